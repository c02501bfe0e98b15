import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'

import { type RawData, WebSocketServer, type WebSocket } from 'ws'
import { z } from 'zod'

import type { Clock } from '../../src/clock.ts'
import { bot } from './cast.ts'

/** What became of a payload: the app's answer, or why there is none. */
export type Delivery =
  | { readonly acked: true; readonly payload: unknown }
  | { readonly acked: false; readonly error: 'dispatch_failed' | 'operation_timeout' }

/** Slack waits so long for an acknowledgement (milliseconds). */
const ackMs = 3_000

const ackSchema = z.object({ envelope_id: z.string(), payload: z.unknown().optional() })

const textOf = (data: RawData): string => {
  if (Array.isArray(data)) return Buffer.concat(data).toString()
  return data instanceof ArrayBuffer ? Buffer.from(data).toString() : data.toString()
}

/** Socket Mode: one-time tickets, payloads spread over the connections in turn, three seconds for an answer. */
export class SocketMode {
  /** Every payload is delivered to all connections, as it happens when one is refreshed. */
  isDoubled = false
  readonly #clock: Clock
  readonly #server = new WebSocketServer({ noServer: true })
  readonly #tickets = new Set<string>()
  readonly #sockets = new Set<WebSocket>()
  readonly #waiting = new Map<string, (payload: unknown) => void>()
  readonly #onConnect = new Set<() => void>()
  /** How long the app took for each acknowledgement, in milliseconds. */
  readonly ackTimes: number[] = []
  #turn = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  attach(http: Server): void {
    http.on('upgrade', (request, socket, head) => {
      const ticket = new URL(request.url ?? '', 'http://sandbox').searchParams.get('ticket') ?? ''
      if (!this.#tickets.delete(ticket)) {
        socket.destroy()
        return
      }
      this.#server.handleUpgrade(request, socket, head, (connection) => {
        this.#accept(connection)
      })
    })
  }

  ticket(): string {
    const ticket = randomUUID()
    this.#tickets.add(ticket)
    return ticket
  }

  get connections(): number {
    return this.#sockets.size
  }

  /** Resolves at the app's next connection: one that a killed process left may not be seen as closed yet. */
  nextConnection(): Promise<void> {
    return new Promise((resolve) => this.#onConnect.add(resolve))
  }

  /** Tells the first connection to go, as Slack does every few hours. */
  refresh(): void {
    const [socket] = this.#sockets
    socket?.send(
      JSON.stringify({ type: 'disconnect', reason: 'refresh_requested', debug_info: { host: 'sandbox' } }),
    )
  }

  async deliver(type: 'slash_commands' | 'interactive', payload: object): Promise<Delivery> {
    const sockets = [...this.#sockets]
    const socket = sockets[this.#turn % Math.max(sockets.length, 1)]
    this.#turn += 1
    if (socket === undefined) return { acked: false, error: 'dispatch_failed' }
    const envelope = { envelope_id: randomUUID(), type, accepts_response_payload: true, payload }
    const acked = new Promise<Delivery>((resolve) => {
      this.#waiting.set(envelope.envelope_id, (answer) => {
        resolve({ acked: true, payload: answer })
      })
      this.#clock.after(ackMs, () => {
        resolve({ acked: false, error: 'operation_timeout' })
      })
    })
    const begin = performance.now()
    for (const one of this.isDoubled ? sockets : [socket]) one.send(JSON.stringify(envelope))
    const delivery = await acked
    this.ackTimes.push(performance.now() - begin)
    this.#waiting.delete(envelope.envelope_id)
    return delivery
  }

  close(): void {
    for (const socket of this.#sockets) socket.terminate()
    this.#server.close()
  }

  #accept(connection: WebSocket): void {
    this.#sockets.add(connection)
    connection.on('close', () => this.#sockets.delete(connection))
    connection.on('message', (data) => {
      const { envelope_id: id, payload } = ackSchema.parse(JSON.parse(textOf(data)))
      this.#waiting.get(id)?.(payload)
    })
    const info = { app_id: bot.appId }
    connection.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.#sockets.size,
        connection_info: info,
        debug_info: {},
      }),
    )
    for (const resolve of this.#onConnect) resolve()
    this.#onConnect.clear()
  }
}
