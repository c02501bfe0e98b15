import { z } from 'zod'

const ms = (standard: number): z.ZodType<number> =>
  z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'must be milliseconds: a whole number from 1 to 999999999, such as 900000')
    .transform(Number)
    .default(standard)

/** How long a step waits for what; every figure can be set by a variable of its environment (milliseconds). */
export const paceEnvironment = z.object({
  /** Waits between two looks at something that is being made: they grow from the first to the longest. */
  POLL_FIRST_MS: ms(5_000),
  POLL_LONGEST_MS: ms(15_000),
  /** What is being made or deleted has to be done by then. */
  READY_WITHIN_MS: ms(15 * 60_000),
  /** The first wait after a call that failed in passing; later ones double. */
  RETRY_FIRST_MS: ms(500),
  /** A service that does not work for so long counts as down. */
  RETRY_WITHIN_MS: ms(2 * 60_000),
})

export interface Pace {
  readonly pollFirstMs: number
  readonly pollLongestMs: number
  readonly readyWithinMs: number
  readonly retryFirstMs: number
  readonly retryWithinMs: number
}

export const paceOf = (read: z.infer<typeof paceEnvironment>): Pace => ({
  pollFirstMs: read.POLL_FIRST_MS,
  pollLongestMs: read.POLL_LONGEST_MS,
  readyWithinMs: read.READY_WITHIN_MS,
  retryFirstMs: read.RETRY_FIRST_MS,
  retryWithinMs: read.RETRY_WITHIN_MS,
})
