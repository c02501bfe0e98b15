import { WebAPIRateLimitedError, type WebClient } from '@slack/web-api'
import { z } from 'zod'

import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { keyText } from '../onboarding/key.ts'
import type { Notice, Onboarding, Run } from '../onboarding/onboarding.ts'
import type { Catalogue } from '../onboarding/ports/catalogue.ts'
import type { Directory } from '../onboarding/ports/directory.ts'
import { type Messenger, MessengerError } from '../onboarding/ports/messenger.ts'
import type { Templates } from '../onboarding/ports/templates.ts'
import type { CardView, Message } from './messages/card.ts'
import { renderCard } from './messages/card.ts'
import { renderNotice } from './messages/notice.ts'
import type { ThreadLink } from './messages/refusal.ts'
import { isInvalidBlocks, isMissingScope, messengerError } from './messenger-error.ts'
import { findOwnPost, ownEventType } from './own-posts.ts'
import { Pacer } from './pacer.ts'

interface Options {
  /** Retries nothing by itself. */
  readonly client: WebClient
  readonly catalogue: Catalogue
  readonly templates: Pick<Templates, 'find'>
  readonly directory: Directory
  readonly link: (onboarding: Onboarding, run: Run) => string | undefined
  readonly threadLink: ThreadLink
  /** The bot's own user; undefined until Slack has told it, and with it where its threads are. */
  readonly ownUser: () => string | undefined
  readonly clock: Clock
  readonly log: Log
  readonly isClassic: boolean
}

const posted = z.object({ ts: z.string(), channel: z.string() })
const opened = z.object({ channel: z.object({ id: z.string() }) })

/** The card's id among the posts of an onboarding. */
const cardId = 'card'
/** More people are not told: somebody will do. */
const mostAdmins = 10

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
    const id = cardId
    try {
      const known = ts ?? (trying ? await this.#find(onboarding, id, { channel }) : undefined)
      if (known === undefined) {
        return await this.#withFallback(
          (view) => this.#post(onboarding, id, { channel }, renderCard(onboarding, view)),
          onboarding,
        )
      }
      // While steps go by, what waits for a person or has ended comes first.
      const isUrgent = onboarding.phase !== 'running' && onboarding.phase !== 'cleaning-up'
      return await this.#withFallback(
        (view) => this.#update({ channel, ts: known }, renderCard(onboarding, view), { isUrgent }),
        onboarding,
      )
    } catch (error) {
      throw messengerError(error)
    }
  }

  readonly postNotice: Messenger['postNotice'] = async (onboarding, notice) => {
    const { channel, ts } = onboarding.thread
    try {
      if (notice.to === 'admins') return await this.#postToAdmins(onboarding, notice)
      const address =
        notice.to === 'requester'
          ? { channel: await this.#directChannel(onboarding.requester) }
          : { channel, ...(ts !== undefined && { threadTs: ts }) }
      return await this.#postOnce(onboarding, notice, address)
    } catch (error) {
      throw messengerError(error)
    }
  }

  readonly redrawNotice: Messenger['redrawNotice'] = async (onboarding, notice) => {
    const { channel } = onboarding.thread
    const { ts } = notice
    if (ts === undefined) return
    try {
      await this.#update({ channel, ts }, this.#renderNotice(onboarding, notice), { isUrgent: false })
    } catch (error) {
      throw messengerError(error)
    }
  }

  readonly findCard: Messenger['findCard'] = async (key, { channel, since }) => {
    try {
      const isCard = (post: { key: string; id: string }): boolean =>
        post.key === keyText(key) && post.id === cardId
      const by = this.#options.ownUser()
      return await findOwnPost(this.#options.client, { channel, since, by }, isCard)
    } catch (error) {
      throw messengerError(error)
    }
  }

  readonly threadLink: Messenger['threadLink'] = (onboarding) =>
    this.#options.ownUser() === undefined ? undefined : this.#options.threadLink(onboarding)

  async #postOnce(onboarding: Onboarding, notice: Notice, address: Address): Promise<{ ts: string }> {
    const known = notice.state === 'trying' ? await this.#find(onboarding, notice.id, address) : undefined
    if (known !== undefined) return { ts: known }
    return this.#post(onboarding, notice.id, address, this.#renderNotice(onboarding, notice))
  }

  #renderNotice(onboarding: Onboarding, notice: Notice): Message {
    const { templates, threadLink } = this.#options
    const { cleanup } = templates.find(onboarding.key.template) ?? {}
    return renderNotice(onboarding, notice, { threadLink: threadLink(onboarding), cleanup })
  }

  /** A direct message to each. */
  async #postToAdmins(onboarding: Onboarding, notice: Notice): Promise<{ ts: string }> {
    const { catalogue, directory } = this.#options
    const { cluster, template } = onboarding.key
    const admins = catalogue.terms(cluster, template)?.policy.admins
    const people = admins === undefined ? [] : await directory.people(admins)
    let last: { ts: string } | undefined
    for (const id of people.slice(0, mostAdmins)) {
      try {
        last = await this.#postOnce(onboarding, notice, { channel: await this.#directChannel(id) })
      } catch (error) {
        // Whoever cannot be told keeps nobody else from being told.
        if (messengerError(error).code !== 'refused') throw error
        const about = { key: keyText(onboarding.key), admin: id, err: error }
        this.#options.log.warn(about, 'Slack lets no direct message through to an admin')
      }
    }
    if (last !== undefined) return last
    throw new MessengerError('The policy names no admins who can be told', { code: 'refused' })
  }

  /** A call at the pace's turn; where Slack asks for a rest, that pace alone rests. */
  async #paced<T>(pace: Pacer, isUrgent: boolean, call: () => Promise<T>): Promise<T> {
    await pace.turn(isUrgent)
    try {
      return await call()
    } catch (error) {
      if (error instanceof WebAPIRateLimitedError) pace.pause(error.retryAfter * 1_000)
      throw error
    }
  }

  async #withFallback<T>(show: (view: CardView) => Promise<T>, onboarding: Onboarding): Promise<T> {
    try {
      return await show(this.#view(onboarding))
    } catch (error) {
      if (this.#isClassic || !isInvalidBlocks(error)) throw error
      this.#options.log.warn(
        { key: keyText(onboarding.key), err: error },
        'Slack does not take the plan block: the classic card takes over',
      )
      this.#isClassic = true
      return show(this.#view(onboarding))
    }
  }

  #view(onboarding: Onboarding): CardView {
    const { catalogue, templates, link } = this.#options
    const { cluster, template } = onboarding.key
    return {
      approvers: catalogue.terms(cluster, template)?.policy.rules.approve,
      link: (run) => link(onboarding, run),
      cleanup: templates.find(template)?.cleanup,
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
    const { key, generation, runId } = onboarding
    const answer = await this.#paced(this.#postPacer(channel), id === cardId, () =>
      this.#options.client.chat.postMessage({
        channel,
        text: message.text,
        blocks: message.blocks,
        metadata: {
          event_type: ownEventType,
          event_payload: { key: keyText(key), generation, run: runId, id },
        },
        parse: 'none',
        link_names: false,
        unfurl_links: false,
        unfurl_media: false,
        ...(threadTs !== undefined && { thread_ts: threadTs }),
      }),
    )
    return posted.parse(answer)
  }

  async #update(
    { channel, ts }: { channel: string; ts: string },
    message: Message,
    { isUrgent }: { isUrgent: boolean },
  ): Promise<{ channel: string; ts: string }> {
    await this.#paced(this.#updates, isUrgent, () =>
      this.#options.client.chat.update({
        channel,
        ts,
        text: message.text,
        blocks: message.blocks,
        parse: 'none',
        link_names: false,
      }),
    )
    return { channel, ts }
  }

  async #directChannel(user: string): Promise<string> {
    try {
      return opened.parse(await this.#options.client.conversations.open({ users: user })).channel.id
    } catch (error) {
      if (!isMissingScope(error)) throw error
      // The thread says the same: what nobody may read in private keeps nothing from going on.
      throw new MessengerError('Slack refused: missing_scope', { code: 'refused', cause: error })
    }
  }

  /** Its own earlier post of that id. */
  async #find(onboarding: Onboarding, id: string, address: Address): Promise<string | undefined> {
    const { key, runId, requestedAt } = onboarding
    const own = await findOwnPost(
      this.#options.client,
      { ...address, since: requestedAt, by: this.#options.ownUser() },
      (post) => post.key === keyText(key) && post.run === runId && post.id === id,
    )
    return own?.ts
  }
}
