import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'

import { Agent, type buildConnector, type Dispatcher } from 'undici'

import { createEnvironmentProxyAgent } from '../network/proxy-agents.ts'

/**
 * argo-server sends a sign of life every 15 s on a stream, the first with its headers; after two that did not come the
 * peer is gone (milliseconds).
 */
const silenceMs = 35_000
const connectMs = 5_000
/** A port-forward costs several calls to make, so it is kept for a while (milliseconds). */
const keepForwardMs = 60_000
/** Calls to one argo-server at the same time, its stream among them; the others wait their turn. */
const connections = 10

/** How argo-server's certificate is looked at. */
export interface TlsSettings {
  readonly ca?: string
  readonly isVerified: boolean
}

const limits = { bodyTimeout: silenceMs, headersTimeout: silenceMs, connections }

/** A dispatcher that verifies TLS by the CA given, and goes through a proxy where the environment names one. */
export const createDispatcher = (tls: TlsSettings): Dispatcher => {
  const connect = {
    rejectUnauthorized: tls.isVerified,
    ...(tls.ca !== undefined && { ca: tls.ca }),
    timeout: connectMs,
  }
  return createEnvironmentProxyAgent({ ...limits, connect, requestTls: connect })
}

// undici asks of a connection what every Duplex has.
const isSocket = (stream: Duplex): stream is Socket => stream.writable

const secure = (stream: Duplex, host: string, tls: TlsSettings): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connectTls({
      socket: stream,
      servername: host,
      rejectUnauthorized: tls.isVerified,
      ...(tls.ca !== undefined && { ca: tls.ca }),
      ALPNProtocols: ['http/1.1'],
    })
    const timer = setTimeout(() => socket.destroy(new Error('no TLS handshake in time')), connectMs)
    socket.once('secureConnect', () => {
      clearTimeout(timer)
      resolve(socket)
    })
    socket.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    // TLS does not hear of the end of a stream that is no socket.
    stream.once('close', () => socket.destroy(stream.errored ?? new Error('the connection has ended')))
  })

const connectBy = async (
  open: () => Promise<Duplex>,
  { protocol, hostname }: buildConnector.Options,
  tls: TlsSettings,
): Promise<Socket> => {
  const stream = await open()
  if (protocol === 'https:') return secure(stream, hostname, tls)
  if (isSocket(stream)) return stream
  throw stream.errored ?? new Error('the connection has ended')
}

/** A dispatcher whose every connection is a stream that `open` makes, such as a port-forward. */
export const createStreamDispatcher = (open: () => Promise<Duplex>, tls: TlsSettings): Dispatcher => {
  const dial = async (options: buildConnector.Options): Promise<Parameters<buildConnector.Callback>> => {
    try {
      return [null, await connectBy(open, options, tls)]
    } catch (error) {
      return [error instanceof Error ? error : new Error('no connection', { cause: error }), null]
    }
  }
  const answer = async (
    options: buildConnector.Options,
    callback: buildConnector.Callback,
  ): Promise<void> => {
    callback(...(await dial(options)))
  }
  const connect: buildConnector.connector = (options, callback) => void answer(options, callback)
  return new Agent({
    ...limits,
    connect,
    keepAliveTimeout: keepForwardMs,
    keepAliveMaxTimeout: keepForwardMs,
  })
}
