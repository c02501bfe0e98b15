import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'

import { type WebSocket, WebSocketServer } from 'ws'

import type { Access } from './identities.ts'
import type { ObjectStore } from './objects.ts'
import { parseTarget, type Target } from './requests.ts'
import { badRequest, forbidden, KubernetesError, noSuchPath, notFound, unauthorized } from './status.ts'

/** What the kubelet speaks; a client that offers nothing of it is refused. */
const protocol = 'v4.channel.k8s.io'
const dataChannel = 0
const errorChannel = 1

/** Where a port-forward leads. */
interface Forward {
  readonly pod: string
  readonly port: number
  /** On loopback; undefined where nothing listens in the pod. */
  readonly localPort: number | undefined
}

const frame = (channel: number, data: Buffer): Buffer => Buffer.concat([Buffer.of(channel), data])

/** Each channel begins with its port, little-endian. */
const portBytes = (port: number): Buffer => {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(port)
  return bytes
}

function carry(socket: WebSocket, { pod, port, localPort }: Forward): void {
  // A message of nothing says nothing, and is no reason to fall over.
  socket.send(Buffer.alloc(0))
  for (const channel of [dataChannel, errorChannel]) socket.send(frame(channel, portBytes(port)))
  // Port 1 of loopback has no listener.
  const connection = connect(localPort ?? 1, '127.0.0.1')
  connection.on('data', (data) => socket.send(frame(dataChannel, data)))
  connection.on('error', (error) => {
    const text = `error forwarding port ${port} to pod ${pod}, uid : failed to connect to localhost:${port} inside namespace: ${error.message}`
    socket.send(frame(errorChannel, Buffer.from(text)))
  })
  connection.on('close', () => socket.close())
  socket.on('message', (data: Buffer) => {
    if (data[0] === dataChannel) connection.write(data.subarray(1))
  })
  socket.on('close', () => connection.destroy())
  socket.on('error', () => connection.destroy())
}

function refuse(socket: Duplex, error: KubernetesError): void {
  const body = `${JSON.stringify(error.body())}\n`
  const head = [
    `HTTP/1.1 ${error.code} ${STATUS_CODES[error.code] ?? ''}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

interface Options {
  readonly server: Server
  readonly objects: ObjectStore
  readonly faults: { readonly isHanging: boolean }
  readonly authenticate: (token: string) => string | undefined
  readonly can: (identity: string, access: Access) => boolean
}

/** The port-forwards through this API. */
export interface PortForwards {
  /** What listens in the pod listens on this port of loopback. */
  readonly serve: (pod: string, localPort: number) => void
  /** Ends all, or those to one pod, as when it goes. */
  readonly cut: (pod?: string) => void
  readonly count: () => number
}

/** Serves port-forwards over WebSocket, as the API and the kubelet behind it do. */
export function servePortForwards({ server, objects, faults, authenticate, can }: Options): PortForwards {
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => protocol })
  const open = new Map<WebSocket, string>()
  const localPorts = new Map<string, number>()

  const admit = (request: IncomingMessage, target: Target): void => {
    const who = authenticate((request.headers.authorization ?? '').replace(/^Bearer /, ''))
    if (who === undefined) throw unauthorized()
    // A WebSocket begins as a GET; since Kubernetes 1.35 the right to create is asked for too.
    for (const access of ['get', 'create'].map((verb) => ({ ...target, verb }))) {
      if (!can(who, access)) throw forbidden(who, access)
    }
  }
  const read = (request: IncomingMessage): Forward => {
    const url = new URL(request.url ?? '/', 'http://sandbox')
    const target = parseTarget(url.pathname)
    if (target?.resource !== 'pods' || target.subresource !== 'portforward') throw noSuchPath()
    admit(request, target)
    const { namespace = '', name = '' } = target
    if (objects.get({ resource: 'pods', namespace, name }) === undefined) throw notFound('pods', name)
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(/, */)
    if (!offered.includes(protocol)) throw badRequest('unable to upgrade: no known protocol')
    return { pod: name, port: Number(url.searchParams.get('ports')), localPort: localPorts.get(name) }
  }

  server.on('upgrade', (request, socket: Duplex, head) => {
    if (faults.isHanging) return
    try {
      const forward = read(request)
      sockets.handleUpgrade(request, socket, head, (standing) => {
        open.set(standing, forward.pod)
        standing.on('close', () => open.delete(standing))
        carry(standing, forward)
      })
    } catch (error) {
      refuse(
        socket,
        error instanceof KubernetesError ? error : new KubernetesError(500, 'InternalError', String(error)),
      )
    }
  })
  return {
    serve: (pod, localPort) => localPorts.set(pod, localPort),
    count: () => open.size,
    cut: (pod) => {
      for (const [standing, name] of open) if (pod === undefined || name === pod) standing.terminate()
    },
  }
}
