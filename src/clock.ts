/** Time as a thing that is handed in, so that tests can move it. In milliseconds. */
export interface Clock {
  /** Since 1970, for moments that are told or saved. It may be set, also back. */
  readonly now: () => number
  /** Since some moment, for waits and ages: nobody sets it. */
  readonly elapsed: () => number
  /** Calls `wake` once, `delayMs` from now; the returned function cancels it. */
  readonly after: (delayMs: number, wake: () => void) => () => void
}

// Node fires a timer at once when its delay does not fit in 31 bits.
const longestTimerMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (delayMs, wake) => {
    const timer = setTimeout(wake, Math.min(Math.max(delayMs, 0), longestTimerMs))
    return () => {
      clearTimeout(timer)
    }
  },
}
