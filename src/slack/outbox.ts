import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, type WebClient } from '@slack/web-api'
import { z } from 'zod'

import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { keyText } from '../onboarding/key.ts'
import type { Onboarding, Run } from '../onboarding/onboarding.ts'
import { type Catalogue, type Messenger, MessengerError } from '../onboarding/ports.ts'
import type { CardView, Message } from './messages/card.ts'
import { renderCard } from './messages/card.ts'
import { renderNotice } from './messages/notice.ts'
import type { ThreadLink } from './messages/refusal.ts'
import { Pacer } from './pacer.ts'

interface Options {
  /** Retries nothing by itself. */
  readonly client: WebClient
  readonly catalogue: Catalogue
  readonly link: (onboarding: Onboarding, run: Run) => string | undefined
  readonly threadLink: ThreadLink
  readonly clock: Clock
  readonly log: Log
  readonly isClassic: boolean
}

const posted = z.object({ ts: z.string(), channel: z.string() })
const opened = z.object({ channel: z.object({ id: z.string() }) })
const found = z.object({
  messages: z
    .array(
      z.object({
        ts: z.string(),
        metadata: z
          .object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()).optional() })
          .optional(),
      }),
    )
    .default([]),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
})

/** Slack's own clock and ours may differ by so much (seconds). */
const clockSlackS = 120
/** What somebody has to mend in Slack, such as inviting the bot, is tried again after this (milliseconds). */
const mendMs = 60_000

const mended = new Set([
  'not_in_channel',
  'channel_not_found',
  'is_archived',
  'restricted_action',
  'invalid_auth',
  'account_inactive',
  'token_revoked',
  'missing_scope',
  'not_authed',
])
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

/** Slack's refusal of a call as the runner knows it. `isOurs` tells that the message itself is at fault. */
const messengerError = (error: unknown): MessengerError => {
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
    if (mended.has(name))
      return new MessengerError(message, { code: 'later', retryAfterMs: mendMs, cause: error })
    return new MessengerError(message, { code: passing.has(name) ? 'later' : 'refused', cause: error })
  }
  const status = error instanceof WebAPIHTTPError ? ` (HTTP ${error.statusCode})` : ''
  return new MessengerError(`Slack cannot be reached${status}`, { code: 'later', cause: error })
}

const isInvalidBlocks = (error: unknown): boolean =>
  error instanceof WebAPIPlatformError && error.data.error === 'invalid_blocks'

interface Address {
  readonly channel: string
  readonly threadTs?: string
}

/** Posts cards and notices at Slack's pace, and finds its own earlier post where an answer was lost. */
export class Outbox implements Messenger {
  readonly #options: Options
  readonly #updates: Pacer
  readonly #posts = new Map<string, Pacer>()
  #isClassic: boolean

  constructor(options: Options) {
    this.#options = options
    this.#isClassic = options.isClassic
    // chat.update: tier 3, one bucket for the whole workspace. chat.postMessage: about one a second and channel.
    this.#updates = new Pacer(options.clock, { everyMs: 1_200, burst: 20 })
  }

  readonly showCard: Messenger['showCard'] = async (onboarding) => {
    const { channel, ts, trying } = onboarding.thread
    const id = 'card'
    try {
      const known = ts ?? (trying ? await this.#find(onboarding, id, { channel }) : undefined)
      if (known === undefined) {
        return await this.#withFallback(
          (view) => this.#post(onboarding, id, { channel }, renderCard(onboarding, view)),
          onboarding,
        )
      }
      return await this.#withFallback(
        (view) => this.#update(onboarding, { channel, ts: known }, renderCard(onboarding, view)),
        onboarding,
      )
    } catch (error) {
      throw this.#paused(error, channel)
    }
  }

  readonly postNotice: Messenger['postNotice'] = async (onboarding, notice) => {
    const { channel, ts } = onboarding.thread
    try {
      const address =
        notice.to === 'requester'
          ? { channel: await this.#directChannel(onboarding.requester) }
          : { channel, ...(ts !== undefined && { threadTs: ts }) }
      const known = notice.state === 'trying' ? await this.#find(onboarding, notice.id, address) : undefined
      if (known !== undefined) return { ts: known }
      const message = renderNotice(onboarding, notice, this.#options.threadLink(onboarding))
      return await this.#post(onboarding, notice.id, address, message)
    } catch (error) {
      throw this.#paused(error, notice.to === 'requester' ? onboarding.requester : channel)
    }
  }

  #paused(error: unknown, place: string): MessengerError {
    const told = messengerError(error)
    if (error instanceof WebAPIRateLimitedError) {
      this.#updates.pause(error.retryAfter * 1_000)
      this.#posts.get(place)?.pause(error.retryAfter * 1_000)
    }
    return told
  }

  async #withFallback<T>(show: (view: CardView) => Promise<T>, onboarding: Onboarding): Promise<T> {
    try {
      return await show(this.#view(onboarding))
    } catch (error) {
      if (this.#isClassic || !isInvalidBlocks(error)) throw error
      this.#options.log.warn(
        { err: error },
        'Slack does not take the plan block: the classic card takes over',
      )
      this.#isClassic = true
      return show(this.#view(onboarding))
    }
  }

  #view(onboarding: Onboarding): CardView {
    const { catalogue, link } = this.#options
    const { cluster, template } = onboarding.key
    return {
      approvers: catalogue.terms(cluster, template)?.policy.rules.approve,
      link: (run) => link(onboarding, run),
      isClassic: this.#isClassic,
    }
  }

  #postPacer(channel: string): Pacer {
    const pacer = this.#posts.get(channel) ?? new Pacer(this.#options.clock, { everyMs: 1_000, burst: 10 })
    this.#posts.set(channel, pacer)
    return pacer
  }

  async #post(
    onboarding: Onboarding,
    id: string,
    { channel, threadTs }: Address,
    message: Message,
  ): Promise<{ channel: string; ts: string }> {
    await this.#postPacer(channel).turn(id === 'card')
    const { key, generation } = onboarding
    const answer = await this.#options.client.chat.postMessage({
      channel,
      text: message.text,
      blocks: message.blocks,
      metadata: { event_type: 'onboarding', event_payload: { key: keyText(key), generation, id } },
      parse: 'none',
      link_names: false,
      unfurl_links: false,
      unfurl_media: false,
      ...(threadTs !== undefined && { thread_ts: threadTs }),
    })
    return posted.parse(answer)
  }

  async #update(
    onboarding: Onboarding,
    { channel, ts }: { channel: string; ts: string },
    message: Message,
  ): Promise<{ channel: string; ts: string }> {
    // While steps go by, what waits for a person or has ended comes first.
    const isUrgent = onboarding.phase !== 'running' && onboarding.phase !== 'cleaning-up'
    await this.#updates.turn(isUrgent)
    await this.#options.client.chat.update({
      channel,
      ts,
      text: message.text,
      blocks: message.blocks,
      parse: 'none',
      link_names: false,
    })
    return { channel, ts }
  }

  async #directChannel(user: string): Promise<string> {
    const { channel } = opened.parse(await this.#options.client.conversations.open({ users: user }))
    return channel.id
  }

  /** Its own earlier post of that id, by the metadata that every post carries. */
  async #find(
    onboarding: Onboarding,
    id: string,
    { channel, threadTs }: Address,
  ): Promise<string | undefined> {
    const { client } = this.#options
    const oldest = String(Math.floor(onboarding.requestedAt / 1_000) - clockSlackS)
    let cursor = ''
    do {
      const page = {
        channel,
        oldest,
        limit: 200,
        include_all_metadata: true,
        ...(cursor !== '' && { cursor }),
      }
      const answer = found.parse(
        threadTs === undefined
          ? await client.conversations.history(page)
          : await client.conversations.replies({ ...page, ts: threadTs }),
      )
      const own = answer.messages.find(({ metadata }) => {
        const payload = metadata?.event_type === 'onboarding' ? metadata.event_payload : undefined
        return (
          payload?.['key'] === keyText(onboarding.key) &&
          payload['generation'] === onboarding.generation &&
          payload['id'] === id
        )
      })
      if (own !== undefined) return own.ts
      cursor = answer.response_metadata?.next_cursor ?? ''
    } while (cursor !== '')
    return undefined
  }
}
