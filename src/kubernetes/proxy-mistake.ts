/** What is wrong with the proxy-url of a kubeconfig, which the client would only find at each call; undefined where it is right. */
export const proxyMistake = (proxy = ''): { readonly says: string; readonly cure: string } | undefined =>
  proxy === '' || /^(?:https?|socks5?):$/.test(URL.parse(proxy)?.protocol ?? '')
    ? undefined
    : {
        // It may hold a password, so that it is not shown.
        says: 'names a proxy by no address: its proxy-url has to begin with http://, https:// or socks5://',
        cure: 'Put the address of the proxy into the kubeconfig, or take proxy-url out.',
      }
