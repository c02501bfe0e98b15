import { type App, type Receiver, SocketModeReceiver } from '@slack/bolt'
import { WebClient } from '@slack/web-api'

import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { createBoltLogger } from './bolt-logger.ts'
import { tokenRefusal } from './token-refused.ts'

/** Slack closes every connection every few hours; with two, payloads go on arriving meanwhile. */
const socketCount = 2
/** The socket client says nothing of most refusals and tries on, so a start that takes longer is looked into (milliseconds). */
const slowStartMs = 3_000
/** Slack is tried for ever, and the waits in between do not grow without end (milliseconds). */
const retryConfig = { forever: true, retries: 20, factor: 1.3, maxTimeout: 30_000 }

/** What opens the connections; undefined leaves it to the socket client. */
export type SocketDispatcher = ConstructorParameters<typeof SocketModeReceiver>[0]['dispatcher']

interface Access {
  readonly appToken: string
  readonly apiUrl: string
  readonly dispatcher: SocketDispatcher
  readonly clock: Clock
  readonly log: Log
}

/** Several Socket Mode connections that serve one app. Slack gives each payload to one of them. */
export class Sockets implements Receiver {
  readonly #receivers: readonly SocketModeReceiver[]
  readonly #access: Access
  #opening: Promise<void> | undefined

  constructor(access: Access) {
    const { appToken, apiUrl, dispatcher, log } = access
    this.#access = access
    this.#receivers = Array.from(
      { length: socketCount },
      () =>
        new SocketModeReceiver({
          appToken,
          ...(dispatcher !== undefined && { dispatcher }),
          logger: createBoltLogger(log),
          // An object of its own: the socket client writes its retry settings into it.
          installerOptions: { clientOptions: { slackApiUrl: apiUrl, retryConfig: { ...retryConfig } } },
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

  /** Resolves when the first connection stands; the others follow. Rejects with {@link TokenRefused}. */
  async start(): Promise<void> {
    this.open()
    await this.#opening
  }

  async #connect(): Promise<void> {
    let cancel = (): void => undefined
    const refused = new Promise<never>((_, reject) => {
      cancel = this.#access.clock.after(slowStartMs, () => {
        this.#ask().catch(reject)
      })
    })
    try {
      await Promise.race([Promise.any(this.#receivers.map((receiver) => receiver.start())), refused])
    } catch (error) {
      const first: unknown = error instanceof AggregateError ? error.errors[0] : error
      throw tokenRefusal('SLACK_APP_TOKEN', first) ?? first
    } finally {
      cancel()
    }
  }

  /** Why no connection stands yet. Throws when Slack refuses the token. */
  async #ask(): Promise<void> {
    const { appToken, apiUrl, log } = this.#access
    const logger = createBoltLogger(log)
    const client = new WebClient(appToken, { slackApiUrl: apiUrl, retryConfig: { retries: 0 }, logger })
    try {
      await client.apps.connections.open()
    } catch (error) {
      const refusal = tokenRefusal('SLACK_APP_TOKEN', error)
      if (refusal !== undefined) throw refusal
    }
    log.warn('Slack does not open a socket; it is tried on')
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#receivers.map((receiver) => receiver.client.disconnect()))
  }
}
