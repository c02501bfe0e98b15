import { type App, type Receiver, SocketModeReceiver } from '@slack/bolt'

import type { Log } from '../log.ts'
import { createBoltLogger } from './bolt-logger.ts'

/** Slack closes every connection every few hours; with two, payloads go on arriving meanwhile. */
const socketCount = 2
/** The socket client tries again for ever by itself, so a start that takes longer is only told (milliseconds). */
const slowStartMs = 20_000

/** What opens the connections; undefined leaves it to the socket client. */
export type SocketDispatcher = ConstructorParameters<typeof SocketModeReceiver>[0]['dispatcher']

interface Access {
  readonly appToken: string
  readonly apiUrl: string
  readonly dispatcher: SocketDispatcher
  readonly log: Log
}

/** Several Socket Mode connections that serve one app. Slack gives each payload to one of them. */
export class Sockets implements Receiver {
  readonly #receivers: readonly SocketModeReceiver[]
  readonly #log: Log
  #opening: Promise<void> | undefined

  constructor({ appToken, apiUrl, dispatcher, log }: Access) {
    this.#log = log
    this.#receivers = Array.from(
      { length: socketCount },
      () =>
        new SocketModeReceiver({
          appToken,
          ...(dispatcher !== undefined && { dispatcher }),
          logger: createBoltLogger(log),
          // An object of its own: the socket client writes its retry settings into it.
          installerOptions: { clientOptions: { slackApiUrl: apiUrl } },
        }),
    )
  }

  init(app: App): void {
    for (const receiver of this.#receivers) receiver.init(app)
  }

  /**
   * Begins to connect and returns at once; what came of it is told by `start`. Whoever calls it has to call `init`
   * before the event loop turns, since the first payload may come as soon as a connection stands.
   */
  open(): void {
    this.#opening ??= this.#connect()
    this.#opening.catch(() => undefined)
  }

  /** Resolves when the first connection stands; the others follow. Rejects when Slack refuses the token. */
  async start(): Promise<void> {
    this.open()
    await this.#opening
  }

  async #connect(): Promise<void> {
    const slow = setTimeout(() => {
      this.#log.warn('Slack does not open a socket; it is tried on')
    }, slowStartMs)
    try {
      await Promise.any(this.#receivers.map((receiver) => receiver.start()))
    } catch (error) {
      throw error instanceof AggregateError ? error.errors[0] : error
    } finally {
      clearTimeout(slow)
    }
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#receivers.map((receiver) => receiver.client.disconnect()))
  }
}
