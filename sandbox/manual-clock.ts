import type { Clock } from '../src/clock.ts'

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  /** Moves on by that many milliseconds, waking whoever is due on the way, in order. */
  readonly advance: (byMs: number) => void
  /** Sets the clock as an administrator or NTP does, to the future or the past: waits are as long as before. */
  readonly set: (byMs: number) => void
  /** When the next wake-up is due; undefined when nobody waits. */
  readonly next: () => number | undefined
  /** When every wake-up is due. */
  readonly times: () => readonly number[]
}

interface Timer {
  readonly at: number
  readonly wake: () => void
}

/** A manual clock that shows `start` (milliseconds since 1970). */
export const createManualClock = (start = Date.UTC(2026, 0, 5, 9)): ManualClock => {
  let now = start
  // What has been set since: timers do not know of it.
  let offset = 0
  const timers = new Set<Timer>()
  const first = (): Timer | undefined =>
    [...timers].reduce<Timer | undefined>(
      (best, timer) => (best && best.at <= timer.at ? best : timer),
      undefined,
    )

  return {
    now: () => now + offset,
    elapsed: () => now,
    after: (delayMs, wake) => {
      const timer = { at: now + Math.max(delayMs, 0), wake }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    next: () => {
      const at = first()?.at
      return at === undefined ? undefined : at + offset
    },
    times: () => [...timers].map(({ at }) => at + offset),
    advance: (byMs) => {
      const end = now + byMs
      for (let timer = first(); timer !== undefined && timer.at <= end; timer = first()) {
        timers.delete(timer)
        now = Math.max(now, timer.at)
        timer.wake()
      }
      now = end
    },
    set: (byMs) => {
      offset += byMs
    },
  }
}
