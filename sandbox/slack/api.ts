import { bot, teamId, users } from './cast.ts'
import {
  type Arguments,
  contentOf,
  isRefused,
  metadataOf,
  no,
  type Refused,
  text,
  updateOf,
  viewOf,
} from './content.ts'
import type { Channel, Message, Workspace } from './workspace.ts'

export type Answer = { readonly ok: true; readonly [field: string]: unknown } | Refused

/** Which scope each method needs; several mean any of them, by the kind of channel. */
export const methodScopes: Record<string, readonly string[]> = {
  'auth.test': [],
  'chat.postMessage': ['chat:write'],
  'chat.update': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'conversations.open': ['im:write'],
  'conversations.history': ['channels:history', 'groups:history', 'im:history'],
  'conversations.replies': ['channels:history', 'groups:history', 'im:history'],
  'conversations.members': ['channels:read', 'groups:read', 'im:read'],
  'conversations.info': ['channels:read', 'groups:read', 'im:read'],
  'users.info': ['users:read'],
  'usergroups.users.list': ['usergroups:read'],
  'views.open': [],
  'views.update': [],
}

/** The methods of the Web API that the sandbox knows. */
export class WebApi {
  readonly #workspace: Workspace
  readonly #url: () => string
  readonly #scopes: () => readonly string[]

  constructor(options: { workspace: Workspace; url: () => string; scopes: () => readonly string[] }) {
    this.#workspace = options.workspace
    this.#url = options.url
    this.#scopes = options.scopes
  }

  call(method: string, given: Arguments): Answer {
    const needed = methodScopes[method]
    if (needed === undefined) return no('unknown_method')
    const granted = this.#scopes()
    if (needed.length > 0 && !needed.some((scope) => granted.includes(scope))) {
      return no('missing_scope', { needed: needed.join(','), provided: granted.join(',') })
    }
    return this.#methods[method]?.(given) ?? no('unknown_method')
  }

  readonly #methods: Record<string, (given: Arguments) => Answer> = {
    'auth.test': () => ({
      ok: true,
      url: `${this.#url()}/`,
      team: 'Acme',
      user: bot.name,
      team_id: teamId,
      user_id: bot.userId,
      bot_id: bot.botId,
    }),
    'chat.postMessage': (given) => this.#post(given),
    'chat.update': (given) => this.#update(given),
    'chat.postEphemeral': (given) => this.#whisper(given),
    'conversations.open': (given) => {
      const user = text(given['users'])
      if (!users.some(({ id }) => id === user)) return no('user_not_found')
      return { ok: true, channel: { id: this.#workspace.direct(user).id } }
    },
    'conversations.history': (given) => this.#history(given, undefined),
    'conversations.replies': (given) => this.#history(given, text(given['ts'])),
    'conversations.members': (given) => {
      const channel = this.#seen(text(given['channel']))
      if (channel === undefined) return no('channel_not_found')
      return { ok: true, members: [...channel.members], response_metadata: { next_cursor: '' } }
    },
    'conversations.info': (given) => {
      const channel = this.#seen(text(given['channel']))
      if (channel === undefined) return no('channel_not_found')
      const { id, name, members } = channel
      return { ok: true, channel: { id, name, is_member: members.has(bot.userId), is_ext_shared: false } }
    },
    'users.info': (given) => {
      const user = users.find(({ id }) => id === text(given['user']))
      if (user === undefined) return no('user_not_found')
      const { id, name, flags } = user
      return { ok: true, user: { id, name: name.toLowerCase(), real_name: name, team_id: teamId, ...flags } }
    },
    'usergroups.users.list': (given) => {
      const group = this.#workspace.groups.get(text(given['usergroup']))
      return group === undefined ? no('no_such_subteam') : { ok: true, users: [...group] }
    },
    'views.open': (given) => this.#open(given),
    'views.update': (given) => this.#updateView(given),
  }

  /** A channel; a private one that the bot is not in does not exist for it. */
  #seen(id: string): Channel | undefined {
    const channel = this.#workspace.channels.get(id)
    return channel?.isPrivate === true && !channel.members.has(bot.userId) ? undefined : channel
  }

  #place(given: Arguments): Channel | Refused {
    const id = text(given['channel'])
    const channel = /^[UW]/.test(id) ? this.#workspace.direct(id) : this.#seen(id)
    if (channel === undefined) return no('channel_not_found')
    return channel.members.has(bot.userId) ? channel : no('not_in_channel')
  }

  #post(given: Arguments): Answer {
    const channel = this.#place(given)
    if (isRefused(channel)) return channel
    const content = contentOf(given)
    if (isRefused(content)) return content
    const about = metadataOf(given)
    if (isRefused(about)) return about
    const threadTs = text(given['thread_ts']) || undefined
    if (threadTs !== undefined && this.#workspace.message(channel.id, threadTs) === undefined)
      return no('thread_not_found')
    const ts = this.#workspace.ts()
    const message: Message = {
      ...content,
      ...about,
      ts,
      threadTs,
      channel: channel.id,
      user: bot.userId,
      isEdited: false,
    }
    this.#workspace.messages.push(message)
    this.#workspace.changed()
    return { ok: true, channel: channel.id, ts, message: { text: content.text, ts } }
  }

  #update(given: Arguments): Answer {
    const channel = this.#seen(text(given['channel']))
    if (channel === undefined) return no('channel_not_found')
    const message = this.#workspace.message(channel.id, text(given['ts']))
    if (message === undefined) return no('message_not_found')
    if (message.user !== bot.userId) return no('cant_update_message')
    const content = updateOf(given)
    if (isRefused(content)) return content
    const about = metadataOf(given, message.metadata)
    if (isRefused(about)) return about
    Object.assign(message, content, about, { isEdited: true })
    this.#workspace.changed()
    return { ok: true, channel: message.channel, ts: message.ts, text: message.text }
  }

  #whisper(given: Arguments): Answer {
    const channel = this.#place(given)
    if (isRefused(channel)) return channel
    const content = contentOf(given)
    if (isRefused(content)) return content
    const user = text(given['user'])
    if (!channel.members.has(user)) return no('user_not_in_channel')
    return { ok: true, message_ts: this.#workspace.whisper({ channel: channel.id, user, ...content }) }
  }

  #history(given: Arguments, thread: string | undefined): Answer {
    const channel = this.#place(given)
    if (isRefused(channel)) return channel
    const limit = Number(given['limit'] ?? 100)
    const oldest = Number(given['oldest'] ?? 0)
    const from = Number(text(given['cursor']) || 0)
    const all =
      thread === undefined
        ? this.#workspace.messages
            .filter((one) => one.channel === channel.id && one.threadTs === undefined)
            .toReversed()
        : this.#workspace.thread(channel.id, thread)
    const matching = all.filter(({ ts }) => Number(ts) >= oldest)
    const page = matching.slice(from, from + limit)
    const withMetadata = given['include_all_metadata'] === true || given['include_all_metadata'] === 'true'
    const next = from + limit < matching.length ? String(from + limit) : ''
    return {
      ok: true,
      messages: page.map(({ ts, text: words, user, threadTs, metadata }) => ({
        type: 'message',
        ts,
        user,
        bot_id: user === bot.userId ? bot.botId : undefined,
        text: words,
        thread_ts: threadTs,
        ...(withMetadata && metadata !== undefined && { metadata }),
      })),
      has_more: next !== '',
      response_metadata: { next_cursor: next },
    }
  }

  #open(given: Arguments): Answer {
    const checked = viewOf(given)
    // Slack looks at the view first: a trigger is not used up by one that it refuses.
    if (isRefused(checked)) return checked
    const used = this.#workspace.useTrigger(text(given['trigger_id']))
    if ('error' in used) return no(used.error)
    const id = this.#workspace.id('V0')
    this.#workspace.views.set(id, {
      id,
      user: used.user,
      hash: this.#workspace.ts(),
      view: checked.view,
      errors: {},
      values: {},
    })
    this.#workspace.changed()
    return { ok: true, view: { id } }
  }

  #updateView(given: Arguments): Answer {
    const open = this.#workspace.views.get(text(given['view_id']))
    if (open === undefined) return no('not_found')
    if (given['hash'] !== undefined && given['hash'] !== open.hash) return no('hash_conflict')
    const checked = viewOf(given)
    if (isRefused(checked)) return checked
    Object.assign(open, { view: checked.view, hash: this.#workspace.ts(), errors: {} })
    this.#workspace.changed()
    return { ok: true, view: { id: open.id } }
  }
}
