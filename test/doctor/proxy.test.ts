import { createServer, type Server } from 'node:http'

import { EnvHttpProxyAgent, request } from 'undici'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { closeServer, listen } from '../../sandbox/http.ts'
import { proxyOf } from '../../src/cli/doctor/network-checks.ts'

let server: Server
let proxy: string
/** What came to the proxy. */
const asked: string[] = []
beforeAll(async () => {
  server = createServer((incoming, response) => {
    asked.push(incoming.url ?? '')
    response.end('proxied')
  })
  // An https call would go on through the tunnel; that it was asked for is all that counts here.
  server.on('connect', (incoming, socket) => {
    asked.push(incoming.url ?? '')
    socket.end('HTTP/1.1 502 no\r\n\r\n')
  })
  proxy = await listen(server, 0)
})
afterAll(() => closeServer(server))

/** Whether undici itself goes by the proxy. */
const goesByProxy = async (url: string, noProxy: string): Promise<boolean> => {
  asked.length = 0
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: proxy,
    httpsProxy: proxy,
    noProxy,
    connect: { timeout: 500, lookup: (_name, _options, done) => done(new Error('not looked up'), '', 4) },
  })
  try {
    const { body } = await request(url, { dispatcher, signal: AbortSignal.timeout(2_000) })
    await body.dump()
  } catch {
    // Nobody is there: only the way that was tried counts.
  }
  await dispatcher.destroy()
  return asked.length > 0
}

it.for([
  ['http://argo.example.com:2746', ''],
  ['https://argo.example.com', ''],
  ['http://argo.example.com:2746', 'argo.example.com'],
  ['http://argo.example.com:2746', 'argo.example.com:2746'],
  ['http://argo.example.com:2746', 'argo.example.com:80'],
  ['http://argo.example.com', 'argo.example.com:80'],
  ['https://argo.example.com', 'other.example.com, .example.com'],
  ['https://argo.example.com', 'example.com'],
  ['https://argo.example.com', '*.example.com'],
  ['https://example.com', '*.example.com'],
  ['https://example.com', '.example.com'],
  ['https://notexample.com', 'example.com'],
  ['https://argo.shared.svc', '.svc .cluster.local'],
  ['https://argo.shared.svc', 'none.invalid,*'],
  ['https://ARGO.Example.com', 'argo.EXAMPLE.com'],
])(
  'a call to %s with NO_PROXY="%s" is said to go where undici sends it',
  async ([url = '', noProxy = '']) => {
    const said = proxyOf(url, { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: noProxy })
    expect(said === proxy).toBe(await goesByProxy(url, noProxy))
  },
)
