import type { Clock } from '../../src/clock.ts'
import type { MessageBlock, Modal } from './block-schemas.ts'
import { bot, channels, groups, users } from './cast.ts'
import type { Metadata } from './content.ts'

export interface Message {
  readonly ts: string
  readonly channel: string
  readonly user: string
  readonly threadTs: string | undefined
  text: string
  blocks: readonly MessageBlock[]
  metadata: Metadata | undefined
  isEdited: boolean
}

/** What only one person sees. */
export interface Ephemeral {
  readonly id: string
  readonly channel: string
  readonly user: string
  /** Who whispers: the bot, or Slack itself. */
  readonly by: string
  readonly at: number
  text: string
  blocks: readonly MessageBlock[]
}

export interface OpenView {
  readonly id: string
  readonly user: string
  hash: string
  view: Modal
  errors: Readonly<Record<string, string>>
  /** What the person has typed or chosen, by block. */
  values: Record<string, string>
}

export interface Channel {
  readonly id: string
  readonly name: string
  /** Whoever is not in it does not learn that it exists. */
  readonly isPrivate: boolean
  readonly members: Set<string>
  /** The other person, where it is a direct channel with the bot. */
  readonly directWith: string | undefined
}

/** Slack gives a person three seconds' worth of trust. */
const triggerMs = 3_000

/** The state of the workspace, and who is told when it changes. */
export class Workspace {
  readonly clock: Clock
  readonly channels = new Map<string, Channel>()
  /** Who is in which user group. */
  readonly groups = new Map(groups.map(({ id, users }) => [id, new Set(users)]))
  readonly messages: Message[] = []
  readonly ephemerals: Ephemeral[] = []
  readonly views = new Map<string, OpenView>()
  readonly #triggers = new Map<string, { user: string; at: number; isUsed: boolean }>()
  readonly #listeners = new Set<() => void>()
  #lastMicros = 0
  #ids = 0

  constructor(clock: Clock) {
    this.clock = clock
    for (const { members, isPrivate = false, ...channel } of channels) {
      this.channels.set(channel.id, {
        ...channel,
        isPrivate,
        members: new Set(members),
        directWith: undefined,
      })
    }
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  changed(): void {
    for (const listener of this.#listeners) listener()
  }

  id(prefix: string): string {
    this.#ids += 1
    return `${prefix}${String(this.#ids).padStart(6, '0')}`
  }

  /** Strictly increasing, as in a channel of Slack. */
  ts(): string {
    this.#lastMicros = Math.max(this.#lastMicros + 1, this.clock.now() * 1_000)
    const seconds = Math.floor(this.#lastMicros / 1_000_000)
    return `${seconds}.${String(this.#lastMicros % 1_000_000).padStart(6, '0')}`
  }

  trigger(user: string): string {
    const id = `${this.id('11.')}.sandbox`
    this.#triggers.set(id, { user, at: this.clock.now(), isUsed: false })
    return id
  }

  /** Uses a trigger up: it gives the person, or Slack's name for why not. */
  useTrigger(id: string): { user: string } | { error: string } {
    const trigger = this.#triggers.get(id)
    if (trigger === undefined) return { error: 'invalid_trigger_id' }
    if (trigger.isUsed) return { error: 'exchanged_trigger_id' }
    if (this.clock.now() - trigger.at > triggerMs) return { error: 'expired_trigger_id' }
    trigger.isUsed = true
    return { user: trigger.user }
  }

  direct(user: string): Channel {
    const id = `D${user.slice(1)}`
    const known = this.channels.get(id)
    if (known !== undefined) return known
    const members = new Set([user, bot.userId])
    const channel: Channel = { id, name: user, isPrivate: true, members, directWith: user }
    this.channels.set(id, channel)
    return channel
  }

  message(channel: string, ts: string): Message | undefined {
    return this.messages.find((message) => message.channel === channel && message.ts === ts)
  }

  thread(channel: string, ts: string): readonly Message[] {
    return this.messages.filter(
      (message) => message.channel === channel && (message.ts === ts || message.threadTs === ts),
    )
  }

  whisper(about: {
    channel: string
    user: string
    by?: string
    text: string
    blocks?: readonly MessageBlock[]
  }): string {
    const { channel, user, by = bot.userId, text, blocks = [] } = about
    const ephemeral = { id: this.ts(), channel, user, by, at: this.clock.now(), text, blocks }
    this.ephemerals.push(ephemeral)
    this.changed()
    return ephemeral.id
  }

  nameOf(id: string): string {
    return users.find((user) => user.id === id)?.name ?? id
  }
}
