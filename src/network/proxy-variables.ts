/** Whether a text is an address of the web. */
export const isWebAddress = (text: string): boolean => /^https?:$/.test(URL.parse(text)?.protocol ?? '')

/** The variables that name a proxy. undici reads them for itself, and throws over a bad one. */
export const proxyNames = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy'] as const

/** What is wrong with their raw values. A proxy's address may hold its password, so it is not shown. */
export const proxyMistakes = (valueOf: (name: string) => string | undefined): readonly string[] =>
  proxyNames.flatMap((name) => {
    const value = valueOf(name)
    // An empty one counts as absent, a blank one is an address to undici.
    return value === undefined || value === '' || isWebAddress(value)
      ? []
      : [`${name}: is no address; give one such as http://proxy.example.com:3128`]
  })
