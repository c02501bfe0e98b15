import type { Key } from '../key.ts'
import type { Notice, Onboarding } from '../onboarding.ts'

/** Slack did not take a message. */
export class MessengerError extends Error {
  override readonly name = 'MessengerError'
  /**
   * `later`: try again. `refused`: it will never be taken as it is. `gone`: the card was deleted, or is not ours. `closed`: nobody
   * can post where it stands.
   */
  readonly code: 'later' | 'refused' | 'gone' | 'closed'
  readonly retryAfterMs: number | undefined

  constructor(
    message: string,
    options: { code: MessengerError['code']; retryAfterMs?: number; cause?: unknown },
  ) {
    super(message, { cause: options.cause })
    this.code = options.code
    this.retryAfterMs = options.retryAfterMs
  }
}

/** Shows onboardings to people. Every method throws {@link MessengerError}. */
export interface Messenger {
  /** Posts or updates the card; with `thread.trying` it looks for its own earlier post first. */
  readonly showCard: (onboarding: Onboarding) => Promise<{ channel: string; ts: string }>
  /** Posts a notice; one in state `trying` is looked for first. */
  readonly postNotice: (onboarding: Onboarding, notice: Notice) => Promise<{ ts: string }>
  /** Takes from a posted notice the buttons that make no sense any more. */
  readonly redrawNotice: (onboarding: Onboarding, notice: Notice) => Promise<void>
  /** The newest card of a key that was posted in the channel since then (milliseconds since 1970). */
  readonly findCard: (
    key: Key,
    where: { readonly channel: string; readonly since: number },
  ) => Promise<{ readonly ts: string; readonly generation: number } | undefined>
  /** The address of the thread; undefined while there is none, or Slack has not told where it is. */
  readonly threadLink: (onboarding: Onboarding) => string | undefined
}
