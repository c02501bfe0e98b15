import type { Clock } from '../clock.ts'

interface Waiting {
  readonly isUrgent: boolean
  readonly go: () => void
}

/**
 * Lets calls through at a rate: at once while there are tokens, then one each `everyMs`, urgent ones first.
 * The rates are Slack's, per method or per channel.
 */
export class Pacer {
  readonly #clock: Clock
  readonly #everyMs: number
  readonly #burst: number
  #tokens: number
  #countedAt: number
  #pausedUntil = 0
  #waiting: Waiting[] = []
  #cancelTimer: (() => void) | undefined

  constructor(clock: Clock, { everyMs, burst }: { everyMs: number; burst: number }) {
    this.#clock = clock
    this.#everyMs = everyMs
    this.#burst = burst
    this.#tokens = burst
    this.#countedAt = clock.elapsed()
  }

  /** Resolves when it is this call's turn. */
  turn(isUrgent: boolean): Promise<void> {
    return new Promise((resolve) => {
      const entry = { isUrgent, go: resolve }
      const firstCalm = isUrgent ? this.#waiting.findIndex((other) => !other.isUrgent) : -1
      this.#waiting.splice(firstCalm === -1 ? this.#waiting.length : firstCalm, 0, entry)
      this.#flow()
    })
  }

  /** Slack asked for a rest of so many milliseconds. */
  pause(forMs: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.elapsed() + forMs)
    this.#flow()
  }

  #flow(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const now = this.#clock.elapsed()
    const gained = Math.floor((now - this.#countedAt) / this.#everyMs)
    this.#tokens = Math.min(this.#burst, this.#tokens + gained)
    this.#countedAt = this.#tokens === this.#burst ? now : this.#countedAt + gained * this.#everyMs
    while (this.#pausedUntil <= now && this.#tokens > 0) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#tokens -= 1
      next.go()
    }
    if (this.#waiting.length === 0) return
    const at = Math.max(this.#pausedUntil, this.#countedAt + this.#everyMs)
    this.#cancelTimer = this.#clock.after(at - now, () => {
      this.#flow()
    })
  }
}
