/** Time as a thing that is handed in, so that tests can move it. All times are milliseconds since 1970. */
export interface Clock {
  readonly now: () => number
  /** Calls `wake` once, `delayMs` from now; the returned function cancels it. */
  readonly after: (delayMs: number, wake: () => void) => () => void
}

// Node fires a timer at once when its delay does not fit in 31 bits.
const longestTimerMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, wake) => {
    const timer = setTimeout(wake, Math.min(Math.max(delayMs, 0), longestTimerMs))
    return () => {
      clearTimeout(timer)
    }
  },
}
