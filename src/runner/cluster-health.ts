import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { RemoteError } from '../onboarding/ports/remote-error.ts'
import { backoffMs } from './backoff.ts'

/** So many calls in a row without an answer, and the next ones are not made before a moment has passed. */
const failuresToOpen = 3
/** While one call tries whether it is back, the others wait for this long (milliseconds). */
const whileTriedMs = 2_000

interface Options {
  /** What is called, for people: `argo-server of prod-eu`. */
  readonly name: string
  readonly clock: Clock
  readonly log: Log
  /** In [0, 1). */
  readonly random: () => number
}

interface Outage {
  /** Milliseconds since 1970. */
  readonly since: number
  readonly failures: number
  /** By the clock's `elapsed`. */
  readonly nextTryAt: number
  readonly reason: string
  readonly cure: string | undefined
}

const time = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`

/**
 * A circuit breaker for one server: while it gives no answer, calls end at once, and one now and then tries whether it
 * is back. Answers of any kind, refusals too, count as life.
 */
export class ClusterHealth {
  readonly #options: Options
  #outage: Outage | undefined
  #isTried = false

  constructor(options: Options) {
    this.#options = options
  }

  /** Makes the call, or throws RemoteError at once while the server is known to give no answer. */
  async call<T>(task: () => Promise<T>): Promise<T> {
    const isTry = this.#admit()
    try {
      const answer = await task()
      this.#onAnswer()
      return answer
    } catch (error) {
      if (error instanceof RemoteError && error.code === 'unreachable') this.#onSilence(error)
      else this.#onAnswer()
      throw error
    } finally {
      if (isTry) this.#isTried = false
    }
  }

  /** Says whether the call is the one that tries. */
  #admit(): boolean {
    const outage = this.#outage
    if (outage === undefined || outage.failures < failuresToOpen) return false
    const waitMs = outage.nextTryAt - this.#options.clock.elapsed()
    if (waitMs <= 0 && !this.#isTried) {
      this.#isTried = true
      return true
    }
    const text = `${this.#options.name} cannot be reached since ${time(outage.since)} (${outage.reason}). It is tried again at least once a minute.`
    const { cure } = outage
    throw new RemoteError(text, {
      code: 'unreachable',
      retryAfterMs: Math.max(waitMs, whileTriedMs),
      ...(cure !== undefined && { cure }),
    })
  }

  #onSilence({ message, cure }: RemoteError): void {
    const { clock, random, log, name } = this.#options
    const now = clock.now()
    const failures = (this.#outage?.failures ?? 0) + 1
    const since = this.#outage?.since ?? now
    const nextTryAt = clock.elapsed() + backoffMs(failures, random())
    this.#outage = { since, failures, nextTryAt, reason: message, cure }
    if (failures === failuresToOpen) log.warn({ since, reason: message }, `${name} cannot be reached`)
  }

  #onAnswer(): void {
    const { clock, log, name } = this.#options
    if (this.#outage !== undefined && this.#outage.failures >= failuresToOpen) {
      log.info({ afterMs: clock.now() - this.#outage.since }, `${name} is reached again`)
    }
    this.#outage = undefined
  }
}
