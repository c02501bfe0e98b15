import { setTimeout as sleep } from 'node:timers/promises'

import { thenRetryOrAnew } from './closing.ts'
import { counted } from './counted.ts'
import { StepError } from './step-error.ts'
import type { StepContext } from './step.ts'

const longestWaitMs = 30_000

interface PassingOptions extends ErrorOptions {
  readonly waitMs?: number | undefined
  readonly cure?: string
  readonly isUnreachable?: boolean
}

/** A call failed in a way that passes; the message says how, for the sentence of the StepError in the end. */
export class PassingError extends Error {
  override readonly name = 'PassingError'
  /** When the server says to come again (milliseconds). */
  readonly waitMs: number | undefined
  /** What to do when it does not pass. */
  readonly cure: string
  /** Nothing was there that could answer. */
  readonly isUnreachable: boolean

  constructor(message: string, options: PassingOptions = {}) {
    super(message, options)
    this.waitMs = options.waitMs
    this.cure = options.cure ?? 'Retry later.'
    this.isUnreachable = options.isUnreachable ?? false
  }
}

const inWords = (ms: number): string =>
  ms < 90_000 ? counted(Math.ceil(ms / 1_000), 'second') : counted(Math.ceil(ms / 60_000), 'minute')

/** What stands in the template: a Retry runs what was approved, with what it had. */
const byTemplate = /NODE_EXTRA_CA_CERTS|HTTPS_PROXY|NO_PROXY/

/** What cures it, as a sentence that says what to press then. */
export const withRetry = (cure: string | undefined): string => {
  if (cure === undefined) return 'Retry later.'
  const then = byTemplate.test(cure) ? thenRetryOrAnew : 'then retry'
  return `${cure}${cure.includes(', ') ? ';' : ','} ${then}.`
}

/** A service does not work: `why` as it stands in the brackets of the sentence. */
export const notAvailable = (
  what: string,
  why: string,
  { cure, cause, kind = 'remote-down' }: { cure: string; cause?: unknown; kind?: StepError['kind'] },
): StepError => new StepError(kind, `${what} is not available (${why}). ${cure}`, { cause })

/** The step was told to end: whatever it did, it can be run again. */
export const toldToEnd = (cause?: unknown): StepError =>
  new StepError('timed-out', 'The step was told to end before it was done. Retry to go on from here.', {
    cause,
  })

/**
 * Tries until it works, with jitter, or when the server says. Throws StepError `remote-down` when that would take
 * longer than the step's pace allows; `what` names the service.
 */
export const retrying = async <T>(
  what: string,
  attempt: () => Promise<T>,
  { pace, signal, log }: Pick<StepContext, 'pace' | 'signal' | 'log'>,
): Promise<T> => {
  const end = Date.now() + pace.retryWithinMs
  for (let count = 0; ; count += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (signal.aborted) throw toldToEnd(error)
      if (!(error instanceof PassingError)) throw error
      const backoffMs = Math.min(pace.retryFirstMs * 2 ** count, longestWaitMs) * (0.5 + Math.random() / 2)
      const waitMs = error.waitMs === undefined ? backoffMs : error.waitMs + backoffMs / 4
      if (Date.now() + waitMs > end) {
        const asks = error.waitMs === undefined ? '' : `, and asks to come again in ${inWords(error.waitMs)}`
        throw notAvailable(what, `${error.message}${asks}`, { cure: error.cure, cause: error })
      }
      log('trying again', { service: what, because: error.message, inMs: Math.round(waitMs) })
      await sleep(waitMs, undefined, { signal }).catch((cause: unknown) => {
        throw toldToEnd(cause)
      })
    }
  }
}
