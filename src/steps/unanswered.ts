import { noAnswer } from '../network/no-answer.ts'
import { proxyErrorIn } from '../network/proxy-error.ts'
import { notAvailable, PassingError, withRetry } from './retrying.ts'

/**
 * A call that got no answer: a PassingError when the same call may succeed later, else a StepError. `what` names the
 * service, and `address` is what was called.
 */
export const unanswered = (what: string, address: string, error: unknown): Error => {
  const { why, cure, isLasting, isUnreachable } = noAnswer(error, address)
  const options = { cure: withRetry(cure), isUnreachable, cause: error }
  if (!isLasting) return new PassingError(why, options)
  const isPassword = proxyErrorIn(error)?.status === 407
  return notAvailable(what, why, { ...options, kind: isPassword ? 'authorisation' : 'remote-down' })
}
