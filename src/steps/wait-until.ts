import { setTimeout as sleep } from 'node:timers/promises'

import { StepError } from './step-error.ts'
import type { StepContext } from './step.ts'

/** Looks again and again, with growing waits, until there is something. Throws StepError when time is up. */
const waitUntil = async <T>(
  look: () => Promise<T | undefined>,
  options: {
    firstMs: number
    longestMs: number
    deadlineMs: number
    late: string | (() => string)
    signal: AbortSignal
  },
): Promise<T> => {
  const end = Date.now() + options.deadlineMs
  for (let waitMs = options.firstMs; ; waitMs = Math.min(waitMs * 1.5, options.longestMs)) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() + waitMs > end)
      throw new StepError('timed-out', typeof options.late === 'string' ? options.late : options.late())
    await sleep(waitMs * (0.75 + Math.random() / 2), undefined, { signal: options.signal })
  }
}

/** The same in the pace of the step; `withinMs` is a deadline of its own, and `late` is asked only when it is over. */
export const waitInPace = <T>(
  look: () => Promise<T | undefined>,
  { late, withinMs }: { late: string | (() => string); withinMs?: number },
  { pace, signal }: Pick<StepContext, 'pace' | 'signal'>,
): Promise<T> =>
  waitUntil(look, {
    firstMs: pace.pollFirstMs,
    longestMs: pace.pollLongestMs,
    deadlineMs: withinMs ?? pace.readyWithinMs,
    late,
    signal,
  })
