import type { Receiver, ReceiverEvent } from '@slack/bolt'
import { type Logger, WebClient } from '@slack/web-api'

import type { Clock } from '../clock.ts'
import { inTime } from '../in-time.ts'
import { App, SocketModeReceiver } from './bolt.ts'
import { tokenRefusal, type TokenVariables } from './token-refused.ts'

/** Slack closes every connection every few hours; with two, payloads go on arriving meanwhile. */
const socketCount = 2
/** How long the second connection waits for the first (milliseconds). */
const headStartMs = 1_000
/** The socket client says nothing of most refusals and tries on, so a start that takes longer is looked into (milliseconds). */
const slowStartMs = 3_000
/** Slack is tried for ever, and the waits in between do not grow without end (milliseconds). */
const retryConfig = { forever: true, retries: 20, factor: 1.3, maxTimeout: 30_000 }

/** What opens the connections; undefined leaves it to the socket client. */
export type SocketDispatcher = ConstructorParameters<typeof SocketModeReceiver>[0]['dispatcher']

interface Access {
  readonly appToken: string
  readonly variables: TokenVariables
  readonly apiUrl: string
  readonly dispatcher: SocketDispatcher
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Several Socket Mode connections that serve one app. Slack gives each payload to one of them; what comes before the
 * app is started waits for it.
 */
export class Sockets implements Receiver {
  readonly #receivers: readonly SocketModeReceiver[]
  readonly #access: Access
  readonly #started = Promise.withResolvers<App>()
  #app: App | undefined
  #opening: Promise<void> | undefined
  #isStopped = false

  constructor(access: Access) {
    const { appToken, apiUrl, dispatcher, logger } = access
    this.#access = access
    this.#receivers = Array.from(
      { length: socketCount },
      () =>
        new SocketModeReceiver({
          appToken,
          ...(dispatcher !== undefined && { dispatcher }),
          logger,
          // An object of its own: the socket client writes its retry settings into it.
          installerOptions: { clientOptions: { slackApiUrl: apiUrl, retryConfig: { ...retryConfig } } },
        }),
    )
    const waiting: App = Object.create(App.prototype, {
      processEvent: {
        value: async (event: ReceiverEvent) => (await this.#started.promise).processEvent(event),
      },
    })
    for (const receiver of this.#receivers) receiver.init(waiting)
  }

  init(app: App): void {
    this.#app = app
  }

  /** Begins to connect and returns at once; what came of it is told by `start`. */
  open(): void {
    this.#opening ??= this.#connect()
    this.#opening.catch(() => undefined)
  }

  /** Resolves when the first connection stands; the others follow. Rejects with {@link TokenRefused}. */
  async start(): Promise<void> {
    if (this.#app !== undefined) this.#started.resolve(this.#app)
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
      await Promise.race([this.#connectAny(), refused])
    } catch (error) {
      const first: unknown = error instanceof AggregateError ? error.errors[0] : error
      throw tokenRefusal('app', this.#access.variables, first) ?? first
    } finally {
      cancel()
    }
  }

  /** The others wait for the first, so that it stands sooner, but not for long. */
  async #connectAny(): Promise<void> {
    const [first, ...others] = this.#receivers
    const leading = this.#connectOne(first)
    const following = async (receiver: SocketModeReceiver): Promise<void> => {
      await inTime(
        this.#access.clock,
        leading.catch(() => undefined),
        headStartMs,
      )
      await this.#connectOne(receiver)
    }
    await Promise.any([leading, ...others.map(following)])
  }

  async #connectOne(receiver: SocketModeReceiver | undefined): Promise<void> {
    if (!this.#isStopped) await receiver?.start()
  }

  /** Why no connection stands yet. Throws when Slack refuses the token. */
  async #ask(): Promise<void> {
    const { appToken, apiUrl, logger, variables } = this.#access
    const client = new WebClient(appToken, { slackApiUrl: apiUrl, retryConfig: { retries: 0 }, logger })
    try {
      await client.apps.connections.open()
    } catch (error) {
      const refusal = tokenRefusal('app', variables, error)
      if (refusal !== undefined) throw refusal
    }
    logger.warn('Slack does not open a socket; it is tried on')
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.allSettled(this.#receivers.map((receiver) => receiver.client.disconnect()))
  }
}
