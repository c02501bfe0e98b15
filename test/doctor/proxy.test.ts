import { createServer, type Server } from 'node:http'

import { EnvHttpProxyAgent, request } from 'undici'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { closeServer, listen } from '../../sandbox/http.ts'
import { startWorld } from '../../sandbox/world.ts'
import { proxyOf } from '../../src/cli/doctor/network-checks.ts'
import { runProcess } from './diagnose.ts'

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

const letsNobodyIn = async (): Promise<Server> => {
  const closed = createServer((_request, response) => response.writeHead(407).end())
  closed.on('connect', (_request, socket) => socket.end('HTTP/1.1 407 who\r\n\r\n'))
  await listen(closed, 0)
  return closed
}

it.each([
  ['runs no more', 'refuses the connection', 'Check HTTPS_PROXY or HTTP_PROXY and whether the proxy runs'],
  ['lets nobody in', 'refused (407)', 'Check the user and the password in HTTPS_PROXY or HTTP_PROXY'],
])(
  'of a proxy that %s each line says so, and none shows its password',
  async (how, does, cure) => {
    const closed = await letsNobodyIn()
    const address = closed.address()
    const host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    if (how === 'runs no more') await closeServer(closed)
    const world = await startWorld()
    try {
      const changes = { HTTP_PROXY: `http://bob:top-secret@${host}`, NO_PROXY: '10.0.0.0/8' }
      const { stdout } = await runProcess(world, ['doctor'], { changes })
      expect(stdout).not.toMatch(/bob|top-secret/)
      for (const title of ['token of the bot', 'Kubernetes API', 'argo-server', 'cis of sap-btp on prod-eu'])
        expect(stdout).toMatch(
          new RegExp(
            `${title}: .*cannot be reached.*: the proxy ${host} ${does.replaceAll(/[()]/g, '.')}\\n *cure: ${cure}`,
          ),
        )
      expect(stdout).toContain('NO_PROXY takes no ranges: 10.0.0.0/8 excepts nothing')
    } finally {
      await world.close()
      await closeServer(closed)
    }
  },
  20_000,
)
