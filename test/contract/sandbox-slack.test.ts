import assert from 'node:assert/strict'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { methodScopes } from '../../sandbox/slack/api.ts'
import { tokens } from '../../sandbox/slack/cast.ts'
import { AppSocket, type Frame, SlackApp } from './slack-app.ts'
import { blockLimits, view, viewLimits } from './slack-limits.ts'

let app: SlackApp
beforeEach(async () => {
  app = await SlackApp.begin()
})
afterEach(async () => {
  await app.slack.close()
})

/** What the sandbox holds an app to, as Slack does. A text says why no row below shows the rule. */
const rules = {
  'a form or JSON is taken, with the token in the header or beside the arguments': '',
  'an answer names its error, the places of what is wrong and the granted scopes': '',
  'a token that is missing or wrong, a scope that was not granted': '',
  'a call beyond the limit of its method is answered 429 with Retry-After': '',
  'an argument that Slack does not know is ignored': '',
  'a field or type that a block does not have is refused with its place': '',
  'every length and number of Block Kit is a limit': '',
  'a block or element that the bot never sends is refused as unknown, so that it needs no limits': '',
  'blocks or texts that are too long in sum': '',
  'who is in no channel posts in none': '',
  'only what the app posted itself is updated, nothing private': '',
  'timestamps grow strictly': '',
  'metadata is checked, kept, cleared, and read back on demand': '',
  'a trigger opens one form, within 3 s': '',
  'a view is updated only where its hash is the current one': '',
  'a plan stands in a message only, an alert in none': '',
  'a response URL works 5 times within 30 min, and replaces or deletes what was clicked': '',
  'a socket is opened by a ticket, once, and begins with hello': '',
  'payloads go round all sockets, and one may come twice': '',
  'a payload that is not acknowledged in 3 s has failed before the eyes of the person': '',
  'an answer that Slack would refuse is a problem of the app': '',
  'a socket is told to go': '',
  'permalinks, reactions, files, deletion, App Home, pushed views':
    'the bot calls none of these methods: test/slack/manifest.test.ts holds that against its source',
  'events and their redelivery': 'the bot subscribes to no event, so there is none that could come again',
  'signed HTTP instead of sockets': 'the bot has sockets only, so far',
  'the page: acting as somebody, threads, forms, confirm dialogs':
    'test/browser/story.test.ts clicks through it in a real browser',
} as const
type Rule = keyof typeof rules

const shown = new Set<Rule>()
/** A rule with the tests that show it. */
const held = (rule: Rule, tests: () => void): void => {
  shown.add(rule)
  describe.each([rule])('%s', () => {
    tests()
  })
}

const channel = 'C0ONBOARD'
const section = { type: 'section', text: { type: 'mrkdwn', text: 'x' } }
const posting = (blocks: unknown): object => ({ channel, text: 'x', blocks })

/** The call is refused so. */
const refused = async (method: string, values: object, error: string): Promise<readonly string[]> => {
  const { status, body } = await app.call(method, { ...values })
  expect({ status, error: body.error, ok: body.ok }).toEqual({ status: 200, error, ok: false })
  expect(body.response_metadata?.messages ?? []).toEqual(body.errors ?? [])
  return body.errors ?? []
}
const taken = async (method: string, values: object): Promise<void> => {
  expect((await app.call(method, { ...values })).body).toMatchObject({ ok: true })
}

held('a form or JSON is taken, with the token in the header or beside the arguments', () => {
  it('all four', async () => {
    const blocks = [section]
    const json = JSON.stringify({ channel, blocks })
    const form = { channel, blocks: JSON.stringify(blocks) }
    const authorization = `Bearer ${tokens.bot}`
    const type = { 'content-type': 'application/json; charset=utf-8' }
    const answers = [
      await app.send('chat.postMessage', new URLSearchParams(form), { authorization }),
      await app.send('chat.postMessage', json, { authorization, ...type }),
      await app.send('chat.postMessage', new URLSearchParams({ ...form, token: tokens.bot }), {}),
      await app.send('chat.postMessage', JSON.stringify({ channel, blocks, token: tokens.bot }), type),
    ]
    expect(answers.map(({ body }) => body.ok)).toEqual([true, true, true, true])
    expect(app.slack.workspace.messages.map((one) => one.blocks)).toEqual([blocks, blocks, blocks, blocks])
  })
})

held('an answer names its error, the places of what is wrong and the granted scopes', () => {
  it('two places', async () => {
    const { headers, body } = await app.call('chat.postMessage', {
      channel,
      blocks: [section, { type: 'section' }, { type: 'header' }],
    })
    const messages = [
      'must have text or fields [json-pointer:/blocks/1]',
      'missing required field: text [json-pointer:/blocks/2]',
    ]
    const answer = { ok: false, error: 'invalid_blocks', errors: messages, response_metadata: { messages } }
    expect(body).toEqual(answer)
    expect(headers.get('x-oauth-scopes')?.split(',')).toContain('chat:write')
  })
  it.each(['chat.delete', 'chat.getPermalink', 'reactions.add', 'views.publish', 'views.push', 'no.such'])(
    '%s, which the bot does not call: unknown_method',
    async (method) => {
      await refused(method, {}, 'unknown_method')
    },
  )
})

held('a token that is missing or wrong, a scope that was not granted', () => {
  it('no token: not_authed', async () => {
    const { body } = await app.send('auth.test', '', {})
    expect(body.error).toBe('not_authed')
  })
  it('a wrong one: invalid_auth', async () => {
    expect((await app.call('auth.test', {}, 'xoxb-wrong')).body.error).toBe('invalid_auth')
    expect((await app.call('auth.test', {}, tokens.app)).body.error).toBe('invalid_auth')
    expect((await app.call('apps.connections.open', {}, tokens.bot)).body.error).toBe('invalid_auth')
  })
  const needing = Object.entries(methodScopes).filter(([, needed]) => needed.length > 0)
  it.each(needing)('%s without its scope: missing_scope', async (method, needed) => {
    for (const scope of needed) app.slack.faults.missingScopes.add(scope)
    const { body } = await app.call(method)
    expect(body).toMatchObject({ error: 'missing_scope', needed: needed.join(',') })
    const provided = String(body['provided']).split(',')
    expect(provided).toContain('commands')
    expect(provided.filter((scope) => needed.includes(scope))).toEqual([])
  })
  it('a socket without connections:write: missing_scope', async () => {
    app.slack.faults.missingScopes.add('connections:write')
    const { body } = await app.call('apps.connections.open', {}, tokens.app)
    expect(body).toMatchObject({ error: 'missing_scope', needed: 'connections:write' })
  })
})

/** Calls a minute after the burst, by tier; `auth.test` has a limit of its own that nobody meets. */
const rates: Readonly<Record<string, number>> = {
  'apps.connections.open': 50,
  'chat.postEphemeral': 100,
  'chat.postMessage': 60,
  'chat.update': 50,
  'conversations.history': 50,
  'conversations.info': 50,
  'conversations.members': 100,
  'conversations.open': 50,
  'conversations.replies': 50,
  'usergroups.users.list': 20,
  'users.info': 100,
  'views.open': 100,
  'views.update': 100,
}
held('a call beyond the limit of its method is answered 429 with Retry-After', () => {
  it.each(Object.entries(rates))('%s: %i a minute', async (method, perMinute) => {
    app.slack.faults.isLimited = true
    const call = async (): Promise<number> => (await app.call(method, { channel })).status
    for (let made = 0; made < 20; made += 1) expect(await call()).toBe(200)
    const { status, headers, body } = await app.call(method, { channel })
    expect(status).toBe(429)
    expect(body).toEqual({ ok: false, error: 'ratelimited' })
    const waitS = Number(headers.get('retry-after'))
    expect(waitS).toBe(Math.ceil(60 / perMinute))
    app.clock.advance(waitS * 1_000)
    expect(await call()).toBe(200)
  })
  it('a post is limited for each channel, an update for all together', async () => {
    app.slack.faults.isLimited = true
    const call = async (method: string, place: string): Promise<number> =>
      (await app.call(method, { channel: place, text: 'x' })).status
    for (let made = 0; made < 20; made += 1) {
      await call('chat.postMessage', channel)
      await call('chat.update', channel)
    }
    expect(await call('chat.postMessage', channel)).toBe(429)
    expect(await call('chat.postMessage', 'U0ADA')).toBe(200)
    expect(await call('chat.update', 'C0PLATFORM')).toBe(429)
  })
  it('every method has its limit', () => {
    const all = [...Object.keys(methodScopes), 'apps.connections.open']
    expect(all.filter((method) => method !== 'auth.test').toSorted()).toEqual(Object.keys(rates))
  })
  it('nobody is limited where that is not switched on', async () => {
    for (let made = 0; made < 60; made += 1) await app.post()
  })
})

held('an argument that Slack does not know is ignored', () => {
  it('team_id, as Bolt sends it', () =>
    taken('chat.postMessage', { channel, text: 'x', team_id: 'T0ACME', nonsense: [1] }))
})

held('a field or type that a block does not have is refused with its place', () => {
  const shapes: readonly (readonly [what: string, blocks: unknown, says: string])[] = [
    [
      'a field of a block',
      [{ ...section, colour: 'red' }],
      'invalid additional property: colour [json-pointer:/blocks/0]',
    ],
    [
      'a field of a text',
      [section, { type: 'header', text: { type: 'plain_text', text: 'x', size: 2 } }],
      'invalid additional property: size [json-pointer:/blocks/1/text]',
    ],
    [
      'a field of a button',
      [
        {
          type: 'actions',
          elements: [{ type: 'button', text: { type: 'plain_text', text: 'x' }, hint: 'x' }],
        },
      ],
      'invalid additional property: hint [json-pointer:/blocks/0/elements/0]',
    ],
    ['a type of block', [section, { type: 'box' }], 'unsupported type: box [json-pointer:/blocks/1/type]'],
    [
      'mrkdwn in a header',
      [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }],
      '[json-pointer:/blocks/0/text/type]',
    ],
    [
      'an empty text',
      [{ type: 'section', text: { type: 'mrkdwn', text: '' } }],
      'must be more than 0 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'no elements',
      [{ type: 'actions', elements: [] }],
      'no less than 1 items allowed [json-pointer:/blocks/0/elements]',
    ],
    [
      'the same block_id twice',
      [
        { type: 'divider', block_id: 'one' },
        { type: 'divider', block_id: 'one' },
      ],
      '[json-pointer:/blocks]',
    ],
    [
      'an input in a message',
      [{ type: 'input', label: { type: 'plain_text', text: 'x' }, element: { type: 'plain_text_input' } }],
      'unsupported type: input [json-pointer:/blocks/0/type]',
    ],
  ]
  it.each(shapes)('%s', async (_, blocks, says) => {
    const refusals = await refused('chat.postMessage', posting(blocks), 'invalid_blocks')
    expect(refusals).toHaveLength(1)
    expect(refusals[0]).toContain(says)
    const ts = await app.post()
    expect(await refused('chat.update', { ...posting(blocks), ts }, 'invalid_blocks')).toEqual(refusals)
    expect(
      await refused('chat.postEphemeral', { ...posting(blocks), user: 'U0ADA' }, 'invalid_blocks'),
    ).toEqual(refusals)
  })
  it('a form without a button to send it', async () => {
    const input = {
      type: 'input',
      label: { type: 'plain_text', text: 'x' },
      element: { type: 'plain_text_input' },
    }
    const values = {
      trigger_id: app.slack.workspace.trigger('U0ADA'),
      view: view({ submit: undefined, blocks: [input] }),
    }
    expect(await refused('views.open', values, 'invalid_arguments')).toEqual([
      'must have submit [json-pointer:/view]',
    ])
  })
  it('an initial option that is none of the options, to the last letter', async () => {
    const option = (text: string): object => ({ text: { type: 'plain_text', text }, value: 'v' })
    const input = {
      type: 'input',
      label: { type: 'plain_text', text: 'x' },
      element: { type: 'static_select', options: [option('one')], initial_option: option('One') },
    }
    const values = { trigger_id: app.slack.workspace.trigger('U0ADA'), view: view({ blocks: [input] }) }
    expect(await refused('views.open', values, 'invalid_arguments')).toEqual([
      'must be one of the provided options [json-pointer:/view/blocks/0/element/initial_option]',
    ])
  })
  it('a field of a view', async () => {
    const values = { trigger_id: app.slack.workspace.trigger('U0ADA'), view: view({ size: 'large' }) }
    expect(await refused('views.open', values, 'invalid_arguments')).toEqual([
      'invalid additional property: size [json-pointer:/view]',
    ])
  })
})

held('every length and number of Block Kit is a limit', () => {
  const isNumber = (place: string): boolean => /(?:fields|elements|options|tasks|blocks)$/.test(place)
  const saysOf = (most: number, place: string): string =>
    isNumber(place) ? `no more than ${most} items allowed` : `must be less than ${most + 1} characters`
  it.each(blockLimits)('%s: %i', async (_, most, make, place) => {
    await taken('chat.postMessage', posting([section, make(most)]))
    expect(await refused('chat.postMessage', posting([section, make(most + 1)]), 'invalid_blocks')).toEqual([
      `${saysOf(most, place)} [json-pointer:/blocks/1/${place}]`,
    ])
  })
  it('blocks of a message: 50', async () => {
    const dividers = (size: number): object[] => Array.from({ length: size }, () => ({ type: 'divider' }))
    await taken('chat.postMessage', posting(dividers(50)))
    expect(await refused('chat.postMessage', posting(dividers(51)), 'invalid_blocks')).toEqual([
      'no more than 50 items allowed [json-pointer:/blocks]',
    ])
  })
  it.each(viewLimits)('%s: %i', async (_, most, make, place) => {
    const opening = (size: number): object => ({
      trigger_id: app.slack.workspace.trigger('U0ADA'),
      view: make(size),
    })
    await taken('views.open', opening(most))
    const refusals = await refused('views.open', opening(most + 1), 'invalid_arguments')
    expect(refusals).toHaveLength(1)
    expect(refusals[0]).toContain(`[json-pointer:/view/${place}]`)
    const viewId = app.slack.people.view('U0ADA')?.id
    const update = { view_id: viewId, view: make(most + 1) }
    expect(await refused('views.update', update, 'invalid_arguments')).toEqual(refusals)
  })
})

held('a block or element that the bot never sends is refused as unknown, so that it needs no limits', () => {
  it.each(['image', 'markdown', 'table', 'data_table', 'video', 'file', 'card', 'carousel', 'container'])(
    'the block %s',
    async (type) => {
      expect(await refused('chat.postMessage', posting([{ type }]), 'invalid_blocks')).toEqual([
        `unsupported type: ${type} [json-pointer:/blocks/0/type]`,
      ])
    },
  )
  it.each(['overflow', 'checkboxes', 'radio_buttons', 'datepicker', 'users_select', 'multi_static_select'])(
    'the element %s',
    async (type) => {
      const blocks = [{ type: 'actions', elements: [{ type }] }]
      expect(await refused('chat.postMessage', posting(blocks), 'invalid_blocks')).toEqual([
        `unsupported type: ${type} [json-pointer:/blocks/0/elements/0/type]`,
      ])
    },
  )
})

held('blocks or texts that are too long in sum', () => {
  const sections = (count: number, size: number): object[] =>
    Array.from({ length: count }, () => ({
      type: 'section',
      text: { type: 'mrkdwn', text: 'x'.repeat(size) },
    }))
  it('blocks of 13,000 characters: msg_blocks_too_long', async () => {
    await taken('chat.postMessage', posting(sections(3, 3_000)))
    await refused('chat.postMessage', posting(sections(5, 2_600)), 'msg_blocks_too_long')
    const ts = await app.post()
    await refused('chat.update', { ...posting(sections(5, 2_600)), ts }, 'msg_blocks_too_long')
  })
  it('a text of more than 4,000 characters in an update: msg_too_long', async () => {
    const ts = await app.post()
    await taken('chat.update', { channel, ts, text: 'x'.repeat(4_000) })
    await refused('chat.update', { channel, ts, text: 'x'.repeat(4_001) }, 'msg_too_long')
  })
  it('a text of more than 40,000 characters in a post is cut', async () => {
    await app.post({ text: 'x'.repeat(40_001) })
    expect(app.slack.workspace.messages.at(-1)?.text).toHaveLength(40_000)
  })
  it('a view of more than 250 kB: view_too_large', async () => {
    const values = {
      trigger_id: app.slack.workspace.trigger('U0ADA'),
      view: view({ blocks: sections(85, 3_000) }),
    }
    await refused('views.open', values, 'view_too_large')
  })
  it('neither text nor blocks: no_text', () => refused('chat.postMessage', { channel }, 'no_text'))
})

held('who is in no channel posts in none', () => {
  it('a channel that is not there: channel_not_found', async () => {
    for (const method of [
      'chat.postMessage',
      'chat.update',
      'chat.postEphemeral',
      'conversations.history',
      'conversations.info',
      'conversations.members',
    ])
      await refused(method, { channel: 'C0NONE', text: 'x', ts: '1.0', user: 'U0ADA' }, 'channel_not_found')
  })
  it('a public one that the bot is not in: not_in_channel', async () => {
    for (const method of ['chat.postMessage', 'chat.postEphemeral', 'conversations.history'])
      await refused(method, { channel: 'C0RANDOM', text: 'x', user: 'U0ADA' }, 'not_in_channel')
    const { body } = await app.call('conversations.info', { channel: 'C0RANDOM' })
    expect(body).toMatchObject({ ok: true, channel: { is_member: false } })
  })
  it('a private one that the bot is not in does not exist: channel_not_found', async () => {
    const place = { channel: 'C0PLATFORM', text: 'x', user: 'U0BEN' }
    await taken('chat.postMessage', place)
    app.slack.workspace.channels.get('C0PLATFORM')?.members.delete('U0BOT')
    for (const method of [
      'chat.postMessage',
      'chat.postEphemeral',
      'conversations.info',
      'conversations.members',
    ])
      await refused(method, place, 'channel_not_found')
  })
  it('a private message to somebody outside: user_not_in_channel', async () => {
    await taken('chat.postEphemeral', { channel, text: 'x', user: 'U0ADA' })
    await refused('chat.postEphemeral', { channel, text: 'x', user: 'U0DORA' }, 'user_not_in_channel')
  })
  it('somebody or a group who is not there', async () => {
    await refused('users.info', { user: 'U0NONE' }, 'user_not_found')
    await refused('conversations.open', { users: 'U0NONE' }, 'user_not_found')
    await refused('usergroups.users.list', { usergroup: 'S0NONE' }, 'no_such_subteam')
  })
})

held('only what the app posted itself is updated, nothing private', () => {
  it('what somebody else wrote: cant_update_message', async () => {
    const ts = await app.post()
    const message = app.slack.workspace.message(channel, ts)
    assert(message !== undefined)
    app.slack.workspace.messages.push({ ...message, ts: '9.000001', user: 'U0ADA' })
    await refused('chat.update', { channel, ts: '9.000001', text: 'x' }, 'cant_update_message')
  })
  it('what nobody wrote: message_not_found', async () => {
    await refused('chat.update', { channel, ts: '9.000001', text: 'x' }, 'message_not_found')
  })
  it('a direct message by the id of the person: channel_not_found', async () => {
    const ts = await app.post({ channel: 'U0ADA' })
    await refused('chat.update', { channel: 'U0ADA', ts, text: 'x' }, 'channel_not_found')
    await taken('chat.update', { channel: 'D0ADA', ts, text: 'x' })
  })
  it('a private message: message_not_found', async () => {
    const { body } = await app.call('chat.postEphemeral', { channel, text: 'x', user: 'U0ADA' })
    await refused('chat.update', { channel, ts: body['message_ts'], text: 'y' }, 'message_not_found')
  })
})

held('timestamps grow strictly', () => {
  it('also within a moment', async () => {
    const all = [await app.post(), await app.post(), await app.post()]
    for (const ts of all) expect(ts).toMatch(/^\d{10}\.\d{6}$/)
    expect(new Set(all).size).toBe(3)
    expect(all.toSorted()).toEqual(all)
  })
})

held('metadata is checked, kept, cleared, and read back on demand', () => {
  const metadata = { event_type: 'onboarding', event_payload: { key: 'k' } }
  const readBack = async (include: boolean): Promise<unknown> => {
    const { body } = await app.call('conversations.history', { channel, include_all_metadata: include })
    return (body['messages'] as readonly { metadata?: unknown }[])[0]?.metadata
  }
  it('without an event_type: invalid_metadata_format', async () => {
    await refused(
      'chat.postMessage',
      { channel, text: 'x', metadata: { key: 'k' } },
      'invalid_metadata_format',
    )
    const ts = await app.post()
    await refused(
      'chat.update',
      { channel, ts, text: 'x', metadata: { key: 'k' } },
      'invalid_metadata_format',
    )
  })
  it('an update without it keeps it, an empty one clears it', async () => {
    const ts = await app.post({ metadata })
    expect(await readBack(false)).toBeUndefined()
    expect(await readBack(true)).toEqual(metadata)
    await taken('chat.update', { channel, ts, text: 'y' })
    expect(await readBack(true)).toEqual(metadata)
    await taken('chat.update', { channel, ts, text: 'y', metadata: { ...metadata, event_type: 'other' } })
    expect(await readBack(true)).toEqual({ ...metadata, event_type: 'other' })
    await taken('chat.update', { channel, ts, text: 'z', metadata: {} })
    expect(await readBack(true)).toBeUndefined()
  })
})

held('a trigger opens one form, within 3 s', () => {
  it('used twice: exchanged_trigger_id', async () => {
    const opening = { trigger_id: app.slack.workspace.trigger('U0ADA'), view: view() }
    await taken('views.open', opening)
    await refused('views.open', opening, 'exchanged_trigger_id')
  })
  it('after 3 s: expired_trigger_id', async () => {
    const [early, late] = [app.slack.workspace.trigger('U0ADA'), app.slack.workspace.trigger('U0BEN')]
    app.clock.advance(3_000)
    await taken('views.open', { trigger_id: early, view: view() })
    app.clock.advance(1)
    await refused('views.open', { trigger_id: late, view: view() }, 'expired_trigger_id')
  })
  it('one that Slack never gave: invalid_trigger_id', async () => {
    await refused('views.open', { trigger_id: '1.2.forged', view: view() }, 'invalid_trigger_id')
  })
})

held('a view is updated only where its hash is the current one', () => {
  it('an old one: hash_conflict', async () => {
    await taken('views.open', { trigger_id: app.slack.workspace.trigger('U0ADA'), view: view() })
    const open = app.slack.people.view('U0ADA')
    assert(open !== undefined)
    const { id, hash } = open
    await taken('views.update', { view_id: id, hash, view: view() })
    await refused('views.update', { view_id: id, hash, view: view() }, 'hash_conflict')
    await taken('views.update', { view_id: id, view: view() })
    await refused('views.update', { view_id: 'V0NONE', view: view() }, 'not_found')
  })
})

held('a plan stands in a message only, an alert in none', () => {
  const task = { type: 'task_card', task_id: 'one', title: 'x', status: 'pending' }
  const plan = (...tasks: readonly object[]): object => ({ type: 'plan', title: 'x', tasks })
  it('a plan', async () => {
    await taken('chat.postMessage', posting([plan(task), task]))
    const opening = { trigger_id: app.slack.workspace.trigger('U0ADA'), view: view({ blocks: [plan(task)] }) }
    expect(await refused('views.open', opening, 'invalid_arguments')).toEqual([
      'unsupported type: plan [json-pointer:/view/blocks/0/type]',
    ])
  })
  it('an alert', async () => {
    const alert = { type: 'alert', text: { type: 'plain_text', text: 'x' }, level: 'info' }
    expect(await refused('chat.postMessage', posting([alert]), 'invalid_blocks')).toEqual([
      'unsupported type: alert [json-pointer:/blocks/0/type]',
    ])
  })
  it('the tasks of a plan have ids of their own, plain titles and rich details', async () => {
    const wrong = [
      plan(task, task),
      plan({ ...task, details: 'a string' }),
      plan({ ...task, status: 'skipped' }),
      { ...plan(task), title: { type: 'plain_text', text: 'x' } },
    ]
    const found = []
    for (const one of wrong)
      found.push(...(await refused('chat.postMessage', posting([one]), 'invalid_blocks')))
    expect(found.map((text) => /json-pointer:(.*)\]/.exec(text)?.[1])).toEqual([
      '/blocks/0/tasks',
      '/blocks/0/tasks/0/details',
      '/blocks/0/tasks/0/status',
      '/blocks/0/title',
    ])
  })
})

const isCommand = ({ type }: Frame): boolean => type === 'slash_commands'
const isClick = ({ type }: Frame): boolean => type === 'interactive'
/** The response URL of a command that was typed just now. */
const commanded = async (): Promise<string> => {
  const socket = await app.connect()
  const typed = app.slack.people.command('U0ADA', '/onboard help', channel)
  const frame = await socket.next(isCommand)
  socket.ack(frame)
  await typed
  return frame.payload?.response_url ?? ''
}
const button = { type: 'button', action_id: 'a', text: { type: 'plain_text', text: 'Go' } }
const clicked = async (): Promise<string> => {
  const ts = await app.post({ blocks: [{ type: 'actions', elements: [button] }] })
  const [shown] = app.slack.people.buttons(channel, ts)
  assert(shown !== undefined)
  const socket = await app.connect()
  const click = app.slack.people.click('U0BEN', shown)
  const frame = await socket.next(isClick)
  socket.ack(frame)
  await click
  return frame.payload?.response_url ?? ''
}
held('a response URL works 5 times within 30 min, and replaces or deletes what was clicked', () => {
  it('a sixth use: 404 used_url', async () => {
    const url = await commanded()
    for (let use = 0; use < 5; use += 1)
      expect(await app.respond(url, { text: 'x' })).toEqual({ status: 200, body: '{"ok":true}' })
    expect(await app.respond(url, { text: 'x' })).toEqual({ status: 404, body: 'used_url' })
    expect(app.slack.workspace.ephemerals.filter(({ user }) => user === 'U0ADA')).toHaveLength(5)
  })
  it('after 30 min: 404 expired_url', async () => {
    const url = await commanded()
    app.clock.advance(30 * 60_000)
    expect(await app.respond(url, { text: 'x' })).toMatchObject({ status: 200 })
    app.clock.advance(1)
    expect(await app.respond(url, { text: 'x' })).toEqual({ status: 404, body: 'expired_url' })
  })
  it('wrong blocks', async () => {
    const answer = await app.respond(await commanded(), { blocks: [{ type: 'box' }] })
    expect(answer).toEqual({ status: 400, body: 'invalid_blocks' })
  })
  it('the message that was clicked is replaced, deleted, or left alone', async () => {
    const url = await clicked()
    const texts = (): readonly string[] => app.slack.workspace.messages.map(({ text }) => text)
    await app.respond(url, { text: 'aside' })
    await app.respond(url, { text: 'aside', replace_original: false })
    expect(texts()).toEqual(['hello'])
    expect(app.slack.workspace.ephemerals.map(({ text }) => text)).toEqual(['aside', 'aside'])
    await app.respond(url, { text: 'decided', replace_original: true })
    expect(texts()).toEqual(['decided'])
    await app.respond(url, { delete_original: true })
    expect(texts()).toEqual([])
  })
})

held('a socket is opened by a ticket, once, and begins with hello', () => {
  it('a ticket that was used, and one that was never given', async () => {
    const { body } = await app.call('apps.connections.open', {}, tokens.app)
    const first = new AppSocket(body.url ?? '')
    await first.next(() => true)
    expect(first.frames).toMatchObject([{ type: 'hello', num_connections: 1 }])
    expect(await new AppSocket(body.url ?? '').refused()).toBeInstanceOf(Error)
    expect(await new AppSocket(`${body.url?.split('?')[0]}?ticket=forged`).refused()).toBeInstanceOf(Error)
  })
})

held('payloads go round all sockets, and one may come twice', () => {
  it('two sockets', async () => {
    const sockets = [await app.connect(), await app.connect()]
    for (const [index, socket] of sockets.entries()) {
      const typed = app.slack.people.command('U0ADA', `/onboard ${index}`, channel)
      socket.ack(await socket.next(isCommand))
      expect(await typed).toMatchObject({ acked: true })
    }
    expect(sockets.map(({ frames }) => frames.filter(isCommand).length)).toEqual([1, 1])
  })
  it('the same payload on both', async () => {
    const [one, other] = [await app.connect(), await app.connect()]
    app.slack.socket.isDoubled = true
    const typed = app.slack.people.command('U0ADA', '/onboard', channel)
    const [first, second] = [await one.next(isCommand), await other.next(isCommand)]
    expect(second).toEqual(first)
    one.ack(first)
    other.ack(second)
    expect(await typed).toMatchObject({ acked: true })
  })
})

held('a payload that is not acknowledged in 3 s has failed before the eyes of the person', () => {
  const seenBy = (user: string): readonly string[] =>
    app.slack.workspace.ephemerals.filter((one) => one.user === user).map(({ text }) => text)
  it('a command: operation_timeout, and a later answer is lost', async () => {
    const socket = await app.connect()
    const typed = app.slack.people.command('U0ADA', '/onboard list', channel)
    const frame = await socket.next(isCommand)
    app.clock.advance(3_000)
    expect(await typed).toEqual({ acked: false, error: 'operation_timeout' })
    socket.ack(frame, { text: 'too late' })
    await app.call('auth.test')
    expect(seenBy('U0ADA')).toEqual(['/onboard failed with the error "operation_timeout"'])
  })
  it('a command that is answered in time', async () => {
    const socket = await app.connect()
    const typed = app.slack.people.command('U0ADA', '/onboard list', channel)
    const frame = await socket.next(isCommand)
    app.clock.advance(2_999)
    socket.ack(frame, { text: 'in time' })
    expect(await typed).toMatchObject({ acked: true })
    expect(seenBy('U0ADA')).toEqual(['in time'])
  })
  it('a command while no socket is open: dispatch_failed', async () => {
    const typed = await app.slack.people.command('U0ADA', '/onboard list', channel)
    expect(typed).toEqual({ acked: false, error: 'dispatch_failed' })
    expect(seenBy('U0ADA')).toEqual(['/onboard failed with the error "dispatch_failed"'])
  })
  it('a click: a warning', async () => {
    const ts = await app.post({ blocks: [{ type: 'actions', elements: [button] }] })
    const [shown] = app.slack.people.buttons(channel, ts)
    assert(shown !== undefined)
    const socket = await app.connect()
    const click = app.slack.people.click('U0BEN', shown)
    await socket.next(isClick)
    app.clock.advance(3_000)
    expect(await click).toEqual({ acked: false, error: 'operation_timeout' })
    expect(seenBy('U0BEN')).toEqual([':warning: The app did not answer the click.'])
  })
  it('a form: it stays, with what was typed', async () => {
    await taken('views.open', { trigger_id: app.slack.workspace.trigger('U0ADA'), view: view() })
    const socket = await app.connect()
    const sent = app.slack.people.submit('U0ADA')
    await socket.next(isClick)
    app.clock.advance(3_000)
    expect(await sent).toEqual({ acked: false, error: 'operation_timeout' })
    expect(app.slack.people.view('U0ADA')?.errors).toEqual({
      '': 'We had some trouble connecting. Try again?',
    })
  })
})

held('an answer that Slack would refuse is a problem of the app', () => {
  it('to a command: wrong blocks', async () => {
    const socket = await app.connect()
    const typed = app.slack.people.command('U0ADA', '/onboard list', channel)
    socket.ack(await socket.next(isCommand), { text: 'x', blocks: [{ type: 'box' }] })
    await typed
    expect(app.slack.problems).toHaveLength(1)
    expect(app.slack.problems[0]).toContain('the answer to /onboard has invalid blocks')
  })
  it.each([
    [
      'errors at what is no input',
      { response_action: 'errors', errors: { other: 'x' } },
      'errors for blocks that are no inputs: other',
    ],
    [
      'a view that is none',
      { response_action: 'update', view: { type: 'modal' } },
      'the answer to a form is no view',
    ],
  ])('to a form: %s', async (_, answer, problem) => {
    await taken('views.open', { trigger_id: app.slack.workspace.trigger('U0ADA'), view: view() })
    const socket = await app.connect()
    const sent = app.slack.people.submit('U0ADA')
    socket.ack(await socket.next(isClick), answer)
    await sent
    expect(app.slack.problems).toHaveLength(1)
    expect(app.slack.problems[0]).toContain(problem)
    expect(app.slack.people.view('U0ADA')).toBeDefined()
  })
})

held('a socket is told to go', () => {
  it('refresh_requested', async () => {
    const socket = await app.connect()
    app.slack.socket.refresh()
    const frame = await socket.next(({ type }) => type === 'disconnect')
    expect(frame).toMatchObject({ reason: 'refresh_requested' })
  })
})

it('every rule is shown here, or says why not', () => {
  const open = Object.entries(rules).filter(([rule, reason]) => shown.has(rule as Rule) === (reason !== ''))
  expect(open).toEqual([])
})
