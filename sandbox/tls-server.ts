import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:https'
import type { Socket } from 'node:net'

/** The first byte of a TLS connection: a handshake record (RFC 8446, 5.1). */
const handshake = 0x16
// argo-server 4.1.2, byte for byte.
const refusal = 'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n'

/** A server that speaks TLS and, as Go's does, says so to whoever speaks HTTP without. */
export const createTlsServer = (
  tls: { readonly key: string; readonly cert: string },
  onRequest: RequestListener,
): Server => {
  const server = createServer(tls, onRequest)
  const [secure] = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    // Whoever goes before a word was said has nothing to be told.
    socket.on('error', () => undefined)
    socket.once('data', (first) => {
      if (first[0] !== handshake) {
        socket.end(refusal)
        return
      }
      socket.pause()
      socket.unshift(first)
      secure?.call(server, socket)
    })
  })
  return server
}
