import type { Clock } from '../src/clock.ts'

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  /** Moves on by that many milliseconds, waking whoever is due on the way, in order. */
  readonly advance: (byMs: number) => void
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
  const timers = new Set<Timer>()
  const first = (): Timer | undefined =>
    [...timers].reduce<Timer | undefined>(
      (best, timer) => (best && best.at <= timer.at ? best : timer),
      undefined,
    )

  return {
    now: () => now,
    after: (delayMs, wake) => {
      const timer = { at: now + Math.max(delayMs, 0), wake }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    next: () => first()?.at,
    times: () => [...timers].map(({ at }) => at),
    advance: (byMs) => {
      const end = now + byMs
      for (let timer = first(); timer !== undefined && timer.at <= end; timer = first()) {
        timers.delete(timer)
        now = Math.max(now, timer.at)
        timer.wake()
      }
      now = end
    },
  }
}
