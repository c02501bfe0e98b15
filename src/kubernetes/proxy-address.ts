/** Whether a text is an address that the client of Kubernetes takes for a proxy. */
export const isProxyAddress = (text: string): boolean =>
  /^(?:https?|socks5?):$/.test(URL.parse(text)?.protocol ?? '')
