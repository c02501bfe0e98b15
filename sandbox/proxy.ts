import { createServer, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'

import { closeServer, listen } from './http.ts'

/** A proxy on loopback that lets everything through. */
export interface ProxySandbox {
  readonly url: string
  /** The hosts and ports that were asked for, each once; `upgrade HOST` where a WebSocket was. */
  readonly seen: ReadonlySet<string>
  /** How many tunnels were made. */
  readonly tunnels: () => number
  readonly close: () => Promise<void>
}

const headText = ({ method = 'GET', headers }: IncomingMessage, path: string): string => {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith('proxy-') ? [] : [`${name}: ${String(value)}`],
  )
  return `${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`
}

const carry = (client: Duplex, target: { host: string; first: string | Buffer; greeting: string }): void => {
  const [host = '', port = '443'] = target.host.split(':')
  const server = connect(Number(port), host, () => {
    client.write(target.greeting)
    server.write(target.first)
    server.pipe(client)
    client.pipe(server)
  })
  for (const [one, other] of [
    [server, client],
    [client, server],
  ] as const) {
    one.on('error', () => other.destroy())
    one.on('close', () => other.destroy())
  }
}

/** Starts a proxy that tunnels (CONNECT), and forwards what is asked for by its whole address. */
export const startProxy = async (): Promise<ProxySandbox> => {
  const seen = new Set<string>()
  const tunnels = new Set<Duplex>()
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/')
    seen.add(url.host)
    const { method, headers } = incoming
    const forwarded = request(url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    forwarded.on('error', () => outgoing.destroy())
    outgoing.on('close', () => forwarded.destroy())
    incoming.pipe(forwarded)
  })
  server.on('connect', (incoming, client: Duplex, head) => {
    const host = incoming.url ?? ''
    seen.add(host)
    tunnels.add(client)
    carry(client, { host, first: head, greeting: 'HTTP/1.1 200 Connection established\r\n\r\n' })
  })
  server.on('upgrade', (incoming, client: Duplex) => {
    const { host, pathname, search } = new URL(incoming.url ?? '/')
    seen.add(`upgrade ${host}`)
    tunnels.add(client)
    carry(client, { host, first: headText(incoming, `${pathname}${search}`), greeting: '' })
  })
  return {
    url: await listen(server, 0),
    seen,
    tunnels: () => tunnels.size,
    close: async () => {
      for (const tunnel of tunnels) tunnel.destroy()
      await closeServer(server)
    },
  }
}
