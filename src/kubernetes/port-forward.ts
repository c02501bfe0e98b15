import { duplexPair, Writable, type Duplex } from 'node:stream'

import type { KubeConfig } from '@kubernetes/client-node'
import type { WebSocket } from 'ws'

import { RemoteError } from '../onboarding/ports/remote-error.ts'
import { remoteError } from './errors.ts'
import type { PodPort } from './service-target.ts'
import type { Transport } from './transport.ts'

/** The one protocol that the kubelet speaks on a port-forward's WebSocket. */
const protocols = ['v4.channel.k8s.io']

// A WebSocket reads as fast as the server sends: a reader that is slower has to hold it back.
const holdBack = (socket: WebSocket, far: Duplex): void => {
  if (!far.writableNeedDrain || socket.isPaused) return
  socket.pause()
  far.once('drain', () => {
    socket.resume()
  })
}

type OnBytes = ((channel: number, data: Buffer) => boolean) | null

/** What the kubelet writes on the error channel says why there is no connection. */
const createErrorChannel = (told: (text: string) => void): Writable =>
  new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (chunk.length > 0) told(chunk.toString().trim())
      done()
    },
  })

/**
 * One connection to a port of a pod, through the Kubernetes API; no local port is opened. It breaks when the pod
 * goes. Throws RemoteError.
 */
export const forwardPort = async (
  config: KubeConfig,
  transport: Transport,
  target: PodPort,
): Promise<Duplex> => {
  const { PortForward } = await import('@kubernetes/client-node')
  const { namespace, pod, port } = target
  const what = `port-forward to the pod ${namespace}/${pod}`
  const [near, far] = duplexPair()
  // Whoever reads or writes learns of the end; while nobody does, nobody has to.
  for (const side of [near, far]) side.on('error', () => undefined)
  const end = (text: string): void => {
    near.destroy(new RemoteError(`Kubernetes: ${what}: ${text}`, { code: 'unreachable' }))
  }
  const attach = (socket: WebSocket, onBytes: OnBytes): void => {
    socket.on('message', (data: Buffer) => {
      const [channel] = data
      if (channel === undefined) return
      onBytes?.(channel, data.subarray(1))
      holdBack(socket, far)
    })
    socket.on('error', (error) => {
      end(error.message)
    })
    socket.on('close', () => {
      // What the pod said before it went is read first.
      near.once('end', () => {
        end('it has ended')
      })
      far.end()
    })
    near.on('close', () => {
      socket.terminate()
    })
  }
  const forward = new PortForward(config, true, {
    connect: (path, _onText, onBytes) =>
      transport.openSocket(path, { what, protocols, prepare: (socket) => attach(socket, onBytes) }),
  })
  try {
    await forward.portForward(namespace, pod, [port], far, createErrorChannel(end), far)
    return near
  } catch (error) {
    throw remoteError(what, error)
  }
}
