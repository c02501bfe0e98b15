import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api'

import { MessengerError } from '../onboarding/ports/messenger.ts'

/** What somebody has to mend in Slack, such as inviting the bot, is tried again after this (milliseconds). */
const mendMs = 60_000

const mended = new Set([
  'not_in_channel',
  'restricted_action',
  'invalid_auth',
  'account_inactive',
  'token_revoked',
  'missing_scope',
  'not_authed',
])
/** Mended by people too, unless the configuration names another channel by now. */
const closed = new Set(['channel_not_found', 'is_archived'])
// The last is said of a card that another app has posted, such as an earlier one of ours.
const gone = new Set(['message_not_found', 'thread_not_found', 'cant_update_message'])
const passing = new Set([
  'ratelimited',
  'rate_limited',
  'message_limit_exceeded',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
])

const fateOf = (name: string): Pick<MessengerError, 'code'> & { retryAfterMs?: number } => {
  if (closed.has(name)) return { code: 'closed', retryAfterMs: mendMs }
  if (mended.has(name)) return { code: 'later', retryAfterMs: mendMs }
  if (gone.has(name)) return { code: 'gone' }
  return { code: passing.has(name) ? 'later' : 'refused' }
}

/** Slack's refusal of a call as the runner knows it. */
export const messengerError = (error: unknown): MessengerError => {
  if (error instanceof MessengerError) return error
  if (error instanceof WebAPIRateLimitedError) {
    return new MessengerError('Slack: too many calls', {
      code: 'later',
      retryAfterMs: error.retryAfter * 1_000,
      cause: error,
    })
  }
  if (error instanceof WebAPIPlatformError) {
    const name = error.data.error
    const message = `Slack refused: ${name}`
    return new MessengerError(message, { ...fateOf(name), cause: error })
  }
  const status = error instanceof WebAPIHTTPError ? ` (HTTP ${error.statusCode})` : ''
  return new MessengerError(`Slack cannot be reached${status}`, { code: 'later', cause: error })
}

const isNamed = (error: unknown, name: string): boolean =>
  error instanceof WebAPIPlatformError && error.data.error === name

/** Whether Slack does not take the blocks of a message. */
export const isInvalidBlocks = (error: unknown): boolean => isNamed(error, 'invalid_blocks')

/** Whether the app was installed without a right that the call needs. */
export const isMissingScope = (error: unknown): boolean => isNamed(error, 'missing_scope')
