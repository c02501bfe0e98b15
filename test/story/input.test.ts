import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { renderMessage } from '../../sandbox/slack/render.ts'
import { isAtRest } from './at-rest.ts'
import { Play } from './play.ts'

let play: Play
beforeAll(async () => {
  play = await Play.begin()
})
afterAll(async () => {
  await play.end()
})

const nothing = { text: '', blocks: [] }

/** What a command is answered with in private; nothing where it opens a form. */
const answerTo = async (line: string, user = 'U0ADA'): Promise<string> => {
  const { people, workspace } = play.world.slack
  const before = workspace.ephemerals.length
  const delivery = await people.command(user, line, 'C0RANDOM')
  expect(delivery).toMatchObject({ acked: true })
  return workspace.ephemerals
    .slice(before)
    .map((one) => renderMessage(one, workspace))
    .join('\n')
}

/** What stands in the form that a command opens, field by field. */
const formOf = async (line: string): Promise<Readonly<Record<string, unknown>>> => {
  await play.open('U0ADA', line)
  const { people } = play.world.slack
  const blocks = people.view('U0ADA')?.view.blocks ?? []
  people.close('U0ADA')
  const fields = blocks.flatMap((block) => (block.type === 'input' ? [block] : []))
  return Object.fromEntries(
    fields.map(({ block_id: id, element }) => [
      id,
      'initial_option' in element
        ? element.initial_option?.value
        : 'initial_value' in element
          ? element.initial_value
          : undefined,
    ]),
  )
}

const ask = 'Type `/onboard CLUSTER NAMESPACE [TEMPLATE] [name=value]`'
const status = 'Type `/onboard status CLUSTER NAMESPACE [TEMPLATE]`'
const clean = 'Type `/onboard-cleanup CLUSTER NAMESPACE [TEMPLATE]`'
const noCluster = (name: string): string =>
  `There is no cluster "${name}". There is: prod-eu, dev-eu.\n${ask}`
const long = 'x'.repeat(3_001)

describe('what cannot be understood in a command is answered in private, with what to type instead', () => {
  it.each([
    ['/onboard moon shop', noCluster('moon')],
    ['/onboard PROD-EU shop', 'There is no cluster "PROD-EU". Did you mean "prod-eu"?'],
    ['/onboard prod—eu shop', 'There is no cluster "prod--eu". Did you mean "prod-eu"?'],
    ['/onboard stat', 'There is no cluster "stat". Did you mean "status"?'],
    ['/onboard prod shop', 'There is no cluster "prod". Did you mean "prod-eu"?'],
    ['/onboard statsu', 'There is no cluster "statsu". Did you mean "status"?'],
    ['/onboard __proto__ shop', 'There is no cluster "__proto__".'],
    ['/onboard constructor shop', noCluster('constructor')],
    ['/onboard <!channel> shop', noCluster('<!channel>')],
    ['/onboard *bold* shop', noCluster('*bold*')],
    ['/onboard `code` shop', noCluster('`code`')],
    ['/onboard <@U0BEN|ben> shop', noCluster('@ben')],
    ['/onboard <#C0RANDOM|random> shop', noCluster('#random')],
    ['/onboard <http://x|y> shop', noCluster('http://x')],
    ['/onboard \u202evil shop', noCluster('\\u202evil')],
    [`/onboard ${long}`, `There is no cluster "${'x'.repeat(99)}…"`],
    ['/onboard prod-eu shop sap-bpt', '"sap-bpt" is not offered there. Did you mean "sap-btp"?'],
    ['/onboard prod-eu shop __proto__', '"__proto__" is not offered there. There is: sap-btp'],
    ['/onboard prod-eu shop sap-btp more', `"more" is too much.\n${ask}`],
    [`/onboard prod-eu ${'n'.repeat(64)}`, 'The namespace is too long: it has at most 63 characters.'],
    ['/onboard prod-eu shop "never', 'A quote is opened and never closed.'],
    ['/onboard prod-eu shop =x', '"=x" has no name before the "=".'],
    ['/onboard prod-eu shop region=a region=b', '"region" is given twice.'],
    [
      '/onboard prod-eu shop Region=us10',
      'There is no field "Region" in sap-btp. Did you mean "region"? There is: display-name, subdomain, region,',
    ],
    ['/onboard prod-eu shop –region=us10', 'There is no field "-region" in sap-btp. Did you mean "region"?'],
    ['/onboard prod-eu shop __proto__=x', 'There is no field "__proto__" in sap-btp. There is: display-name'],
    ['/onboard prod-eu shop steps-image=x', 'There is no field "steps-image" in sap-btp.'],
    ['/onboard prod-eu shop run-secret=x', 'There is no field "run-secret" in sap-btp.'],
    [
      '/onboard prod-eu shop cpu=2',
      'There is no field "cpu" in sap-btp. namespace has it: type that name after the namespace. There is: display-name',
    ],
    [
      '/onboard prod-eu shop namespace region=eu10',
      'There is no field "region" in namespace. sap-btp has it: type that name after the namespace. There is: cpu,',
    ],
    [
      '/onboard prod-eu shop region=mars',
      '"mars" is no choice for region. There is: eu10, eu20, us10, ap10.',
    ],
    ['/onboard prod-eu Shop', '"Shop" cannot be the namespace. A namespace has 1 to 63 lower-case letters'],
    [
      '/onboard prod-eu kube-system namespace',
      `"kube-system" cannot be the namespace. This must not be default, nor begin with kube-, since those are the cluster's own.\n${ask}`,
    ],
    ['/onboard prod-eu default namespace cpu=2', '"default" cannot be the namespace.'],
    [
      '/onboard prod-eu shop display-name={{x}}',
      '"{{x}}" cannot be display-name. This must not contain "{{": Argo would expand it.',
    ],
    [
      '/onboard prod-eu Shop subdomain="Bad Sub"',
      `digits and dashes, and begins and ends with no dash.\n"Bad Sub" cannot be subdomain. This must be letters, digits and dashes, at most 63, with no dash at either end.\n${ask}`,
    ],
    [
      `/onboard prod-eu shop display-name=${long}`,
      'display-name is too long: it has at most 3000 characters.',
    ],
    [`/onboard prod-eu shop display-name="${'😀'.repeat(1_501)}"`, 'display-name is too long'],
    ['/onboard status prod-eu', `The namespace is missing.\n${status}`],
    ['/onboard status moon shop', `There is no cluster "moon". There is: prod-eu, dev-eu.\n${status}`],
    ['/onboard status prod-eu Shop', '"Shop" is no namespace: that has 1 to 63 lower-case letters'],
    ['/onboard status prod-eu ../../etc', '"../../etc" is no namespace'],
    ['/onboard status prod-eu shop nope', '"nope" is not offered there.'],
    ['/onboard status prod-eu shop sap-btp x', `"x" is too much after status.\n${status}`],
    ['/onboard status a=b', '"a=b": status takes no values.'],
    ['/onboard list all', '"all" is too much after list.\nType `/onboard list` alone'],
    [
      '/onboard who-can-approve prod-eu',
      '"prod-eu" is too much after who-can-approve.\nType `/onboard who-can-approve` alone',
    ],
    ['/onboard hlep', 'There is no cluster "hlep". Did you mean "help"?'],
    [
      '/onboard prod-eu shop display-name=Shop Team',
      '"Team" is not offered there. There is: sap-btp, namespace. A value of several words stands in quotes: display-name="Shop Team"',
    ],
    [
      '/onboard prod-eu shop sap-btp display-name=Shop Team A region=us10',
      '"Team A" is too much. A value of several words stands in quotes: display-name="Shop Team A"',
    ],
    ['/onboard-cleanup moon shop', `There is no cluster "moon". There is: prod-eu, dev-eu.\n${clean}`],
    ['/onboard-cleanup prod-eu', `The namespace is missing.\n${clean}`],
    ['/onboard-cleanup prod-eu Shop', '"Shop" is no namespace'],
    ['/onboard-cleanup prod-eu shop nope', '"nope" is not offered there.'],
    ['/onboard-cleanup a b c d', `"d" is too much.\n${clean}`],
    ['/onboard-cleanup x=1', `A clean-up takes no values.\n${clean}`],
    ['/onboard-cleanup "x', `A quote is opened and never closed.\n${clean}`],
    ['/onboard-cleanup <!here> shop', 'There is no cluster "<!here>"'],
    [`/onboard-cleanup ${long}`, 'There is no cluster "xxx'],
  ])('%s', async (line, says) => {
    expect(await answerTo(line)).toContain(says)
    expect(play.world.slack.people.view('U0ADA')).toBeUndefined()
    expect(play.cards()).toEqual([])
  })

  it('a command of a million characters, in the time that Slack waits', async () => {
    const says = 'The command is too long: it may have 16000 characters. Open the form by /onboard alone'
    expect(await answerTo(`/onboard ${'a="" '.repeat(200_000)}`)).toContain(says)
    expect(await answerTo(`/onboard-cleanup ${"='".repeat(500_000)}`)).toContain(says)
  })

  it.each([
    ['/onboard help', '`/onboard` opens the form.'],
    ['/onboard --help', '`/onboard` opens the form.'],
    ['/onboard ?', '`/onboard` opens the form.'],
    ['/onboard HELP', '`/onboard` opens the form.'],
    ['/onboard-cleanup help', 'offers what you may clean up'],
    ['/onboard list', 'There is nothing.'],
    ['/onboard status', 'There is nothing.'],
    ['/onboard status prod-eu shop', 'There is nothing.'],
    ['/onboard who-can-approve', '`sap-btp` on `prod-eu`: @platform-approvers'],
    ['/onboard-cleanup', 'There is nothing here that you may clean up.'],
    ['/onboard-cleanup prod-eu shop', 'Nothing was onboarded in `shop` on `prod-eu`'],
  ])('and what can be, is answered: %s', async (line, says) => {
    expect(await answerTo(line)).toContain(says)
  })

  it.each([
    ['/onboard', {}],
    ['/onboard    ', {}],
    ['/onboard prod-eu', { cluster: 'prod-eu' }],
    ['/onboard prod-eu shop sap-btp', { cluster: 'prod-eu', namespace: 'shop' }],
    ['/onboard prod–eu\u00a0shop', { cluster: 'prod-eu', namespace: 'shop' }],
    ['/onboard prod-eu\nshop', { cluster: 'prod-eu', namespace: 'shop' }],
    ['/onboard prod-eu shop display-name=“Two words”', { 'p:display-name': 'Two words' }],
    ['/onboard prod-eu shop display-name=‘Two words’', { 'p:display-name': 'Two words' }],
    ['/onboard prod-eu shop display-name=it’s', { 'p:display-name': "it's" }],
    ['/onboard prod-eu shop display-name="Shop — EU «x»"', { 'p:display-name': 'Shop — EU «x»' }],
    ['/onboard prod-eu shop display-name=<#C0RANDOM|random>', { 'p:display-name': '#random' }],
    ['/onboard prod-eu shop display-name=a=b', { 'p:display-name': 'a=b' }],
    ['/onboard prod-eu shop display-name=', { 'p:display-name': undefined }],
    ['/onboard prod-eu shop region=us10', { 'p:region': 'us10' }],
    ['/onboard prod-eu shop display-name="<!channel> *b*"', { 'p:display-name': '<!channel> *b*' }],
  ])('a form opens with everything that was typed: %s', async (line, fields) => {
    expect(await formOf(line)).toMatchObject(fields)
  })
})

const texts = [
  ['a mention of everybody', '<!channel> <!here> @channel'],
  ['a mention', '<@U0BEN> <!subteam^S0PLATFORM>'],
  ['bold, code and a quote', '*bold* _i_ ~s~ `code`\\'],
  ['a link that lies', '<http://x|y> <https://evil.example|https://good.example>'],
  ['emoji', '😀 :tada: 👩‍👩‍👧'],
  ['an escape', '&lt;!channel&gt; &amp;'],
  ['a name of JavaScript', '__proto__'],
  ['JSON', '{"k":"prod-eu/shop/sap-btp"}'],
] as const

/** Slack parses nothing in rich text and plain text; in mrkdwn a mention pings. */
const pingsIn = (value: unknown): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(pingsIn)
  if (typeof value !== 'object' || value === null) return []
  const { type, text } = value as { type?: unknown; text?: unknown }
  const own =
    type === 'mrkdwn' && typeof text === 'string'
      ? (text.match(/<!(?:channel|here|everyone)>|<!subteam\^[^>]*>|<https?:\/\/(?:x|evil)[^>]*>/g) ?? [])
      : []
  return [...own, ...Object.values(value).flatMap(pingsIn)]
}

const allowed = new Set(['<!subteam^S0PLATFORM>'])

describe('text from people is shown as typed and pings nobody', () => {
  const shownInCard = (text: string): boolean => play.cardText().includes(text)
  const pings = (): readonly string[] => {
    const { messages, ephemerals } = play.world.slack.workspace
    return pingsIn([messages, ephemerals]).filter((one) => !allowed.has(one))
  }

  it.each(texts.map(([what, text], index) => ({ what, text, namespace: `text-${index}` })))(
    '$what, in a parameter, in the answer to a second request and in a reason',
    async ({ text, namespace }) => {
      const { people } = play.world.slack
      await play.open('U0ADA', `/onboard prod-eu ${namespace} subdomain=${namespace}`)
      // A display name has no slash; the reason has the text whole.
      const name = text.replaceAll('/', '|')
      await people.fill('U0ADA', 'p:display-name', name)
      expect(await play.send('U0ADA')).toContain('is recorded')
      people.close('U0ADA')
      await play.until('the card shows it', () => shownInCard(namespace))
      expect(play.cardText()).toContain(name)
      await play.world.slack.people.command(
        'U0ADA',
        `/onboard prod-eu ${namespace} display-name=Other`,
        'C0RANDOM',
      )
      await play.until('it is answered', () => play.whispers('U0ADA').includes('you asked for Other'))
      expect(play.whispers('U0ADA')).toContain(`display-name: is ${name}, you asked for Other`)
      await play.click('U0BEN', 'Reject')
      await play.until('the form opens', () => people.view('U0BEN') !== undefined)
      await people.fill('U0BEN', 'reason', `no: ${text}`)
      expect(await play.send('U0BEN')).toContain('The request is rejected')
      people.close('U0BEN')
      await play.until('the card shows the reason', () => shownInCard(`no: ${text}`))
      expect(pings()).toEqual([])
    },
  )

  it('what turns text around or hides in it is made visible', async () => {
    const { people } = play.world.slack
    await play.open('U0ADA', '/onboard prod-eu rtl subdomain=rtl')
    await people.fill('U0ADA', 'p:display-name', 'a\u202eb\u200bc')
    expect(await play.send('U0ADA')).toContain('is recorded')
    people.close('U0ADA')
    await play.until('the card shows it', () => shownInCard('a\\u202eb\\u200bc'))
  })

  it('as many characters as the template says are taken, and shown, without the blanks around them', async () => {
    const { people } = play.world.slack
    await play.open('U0ADA', '/onboard prod-eu long subdomain=long')
    await people.fill('U0ADA', 'p:display-name', ` ${'y'.repeat(255)} `)
    expect(await play.send('U0ADA')).toContain('is recorded')
    people.close('U0ADA')
    await play.until('the card shows it', () => shownInCard(`display-name: ${'y'.repeat(255)}\n`))
  })

  it('values that the card cannot show whole are refused at the longest, and those that fit are shown to the end', async () => {
    const { people } = play.world.slack
    const groups = (count: number): string =>
      `${Array.from({ length: count }, (_, index) => `group-${1_000 + index}`).join(',')},user:mallory`
    await play.open('U0ADA', '/onboard prod-eu whole namespace')
    await people.fill('U0ADA', 'p:editors', groups(150))
    expect(await play.send('U0ADA')).toContain(
      'p:editors: All values together may have 1500 characters, so that whoever approves sees them whole;',
    )
    // Shown as \\u200b each.
    await people.fill('U0ADA', 'p:editors', `${'\u200b'.repeat(260)}user:mallory`)
    expect(await play.send('U0ADA')).toContain('p:editors: All values together')
    await people.fill('U0ADA', 'p:editors', groups(120))
    expect(await play.send('U0ADA')).toContain('is recorded')
    people.close('U0ADA')
    await play.until('the card shows it', () => shownInCard('group-1119,user:mallory'))
  })

  it.each([
    ['p:display-name', '{{workflow.name}}', 'must not contain "{{"'],
    ['p:display-name', '{{=sprig.env("X")}}', 'must not contain "{{"'],
    ['p:display-name', 'a\u0007b', 'control characters'],
    ['p:subdomain', '{{workflow.parameters.run-secret}}', 'must not contain "{{"'],
    ['p:display-name', 'a/b', 'This must have no slash'],
    ['p:display-name', '   ', 'This is required.'],
    ['p:display-name', 'a\ud800', 'half a character'],
    ['p:subdomain', 'Bad Sub', 'This must be letters, digits and dashes'],
    ['p:subdomain', 'x'.repeat(200), 'at most 63'],
    ['namespace', 'Shop', 'A namespace has 1 to 63'],
    ['namespace', '-shop', 'A namespace has 1 to 63'],
    ['namespace', '../../etc', 'A namespace has 1 to 63'],
    ['namespace', '{{x}}', 'A namespace has 1 to 63'],
    ['namespace', '__proto__', 'A namespace has 1 to 63'],
  ])('or is refused at its field: %s of %j', async (field, value, says) => {
    const { people } = play.world.slack
    await play.open('U0ADA', '/onboard prod-eu refused display-name=R subdomain=r')
    await people.fill('U0ADA', field, value)
    expect(await play.send('U0ADA')).toContain(`${field}: `)
    expect(people.view('U0ADA')?.errors[field]).toContain(says)
    expect(people.view('U0ADA')?.values[field]).toBe(value)
    people.close('U0ADA')
  })
})

it.each(['default', 'kube-system'])(
  'a namespace that its template refuses is refused at its field: %s',
  async (namespace) => {
    const { people } = play.world.slack
    await play.open('U0ADA', '/onboard prod-eu fine namespace')
    await people.fill('U0ADA', 'namespace', namespace)
    expect(await play.send('U0ADA')).toContain('namespace: This must not be default, nor begin with kube-')
    people.close('U0ADA')
  },
)

describe('what the bot did not make is answered with the truth, and does nothing', () => {
  const offered = async (namespace: string): ReturnType<Play['offered']> => {
    await play.ask(namespace, `display-name=F subdomain=${namespace}`)
    await play.until('its card is there', () => play.cardText().includes(namespace))
    return play.offered('Approve')
  }

  it.each([
    ['', 'I do not know this button'],
    ['approve', 'I do not know this button'],
    ['{"k":"../../x","g":1,"n":"n"}', 'I do not know this button'],
    ['{"k":"prod-eu/none/sap-btp","g":1,"n":"n"}', 'There is no such onboarding any more'],
    ['{"k":"moon/shop/sap-btp","g":1,"n":"n"}', 'There is no such onboarding any more'],
    ['{"k":"__proto__/a/b","g":1,"n":"n"}', 'I do not know this button'],
    ['{"k":"prod-eu/forged/sap-btp","g":1,"n":"forged"}', 'belongs to an earlier card'],
    ['{"k":"prod-eu/forged/sap-btp","g":7,"n":"forged"}', 'belongs to an earlier card'],
    ['{"k":"prod-eu/forged/sap-btp","g":1.5,"n":"n"}', 'I do not know this button'],
    ['{"k":"prod-eu/forged/sap-btp","g":1,"n":"n","by":"U0INES"}', 'I do not know this button'],
    ['['.repeat(2_000), 'I do not know this button'],
  ])('a button with the value %s', async (value, says) => {
    const { people, workspace } = play.world.slack
    const button = play.cardText().includes('forged') ? play.button('Approve') : await offered('forged')
    if (button === undefined) throw new Error('there is no button')
    for (const actionId of ['approve', 'reject', 'withdraw', 'stop', 'retry', 'cleanup']) {
      const before = workspace.ephemerals.length
      await people.click('U0BEN', { ...button, actionId: `onboard.${actionId}`, value })
      await play.until('it is answered', () => workspace.ephemerals.length > before)
      expect(renderMessage(workspace.ephemerals.at(-1) ?? nothing, workspace)).toContain(says)
    }
    expect(people.view('U0BEN')).toBeUndefined()
    expect(play.cardText()).toContain('Waiting for approval')
  })

  it('a reason whose form was forged is not lost', async () => {
    const { people } = play.world.slack
    await play.click('U0BEN', 'Reject')
    await play.until('the form opens', () => people.view('U0BEN') !== undefined)
    const open = people.view('U0BEN')
    if (open !== undefined) Object.assign(open.view, { private_metadata: 'forged' })
    await people.fill('U0BEN', 'reason', 'much thought went into this')
    const said = await play.send('U0BEN')
    expect(said).toContain('I do not know this form any more')
    expect(said).toContain('much thought went into this')
    people.close('U0BEN')
    expect(play.cardText()).toContain('Waiting for approval')
  })

  it.each(['', 'forged', '{"template":"nope"}', '{"template":"__proto__"}', '[]'])(
    'a request whose form says %j of itself is refused at a field, or asked as the form says',
    async (metadata) => {
      const { people } = play.world.slack
      await play.open('U0ADA', '/onboard dev-eu meta display-name=M subdomain=m')
      const open = people.view('U0ADA')
      if (open === undefined) throw new Error('there is no form')
      // Without its field for the template, only what the form says of itself names one.
      const blocks = open.view.blocks.filter((block) => block.block_id !== 'template')
      Object.assign(open.view, { private_metadata: metadata, blocks })
      const cards = play.cards().length
      expect(await play.send('U0ADA')).toContain('is not offered on dev-eu')
      expect(play.cards()).toHaveLength(cards)
      people.close('U0ADA')
    },
  )
})

describe('what no listener knows is acknowledged, named in the log, and answered in private', () => {
  const unknown = 'I do not know what was used there, so nothing was done.'
  const deliver = async (payload: object, isCommand = false): Promise<unknown> => {
    const { socket, workspace } = play.world.slack
    const user = { id: 'U0ADA', username: 'ada', team_id: 'T0ACME' }
    const team = { id: 'T0ACME', domain: 'acme' }
    return socket.deliver(isCommand ? 'slash_commands' : 'interactive', {
      ...(isCommand ? { team_id: 'T0ACME', user_id: 'U0ADA', channel_id: 'C0RANDOM' } : { team, user }),
      is_enterprise_install: false,
      trigger_id: workspace.trigger('U0ADA'),
      ...payload,
    })
  }
  const timesNoted = (name: string): number =>
    readFileSync(play.bot.logFile, 'utf8').split(`"payload":"${name}"`).length - 1
  const isNoted = (name: string, before = 0): Promise<void> =>
    vi.waitFor(() => expect(timesNoted(name)).toBeGreaterThan(before), { timeout: 10_000 })

  it('a command', async () => {
    expect(await deliver({ command: '/offboard', text: 'x' }, true)).toMatchObject({
      acked: true,
      payload: { response_type: 'ephemeral', text: expect.stringContaining(unknown) },
    })
    await isNoted('/offboard')
  })

  it('a button', async () => {
    await play.ask('unknown', 'display-name=U subdomain=unknown')
    await play.until('its card is there', () => play.cardText().includes('unknown'))
    const button = await play.offered('Approve')
    const click = await play.world.slack.people.click('U0BEN', { ...button, actionId: 'onboard.nope' })
    expect(click).toMatchObject({ acked: true })
    await play.told('U0BEN', unknown)
    await isNoted('block_actions onboard.nope')
  })

  it('a form', async () => {
    await play.open('U0ADA', '/onboard prod-eu nope display-name=N subdomain=n')
    const open = play.world.slack.people.view('U0ADA')
    if (open !== undefined) Object.assign(open.view, { callback_id: 'onboard.nope' })
    expect(await play.send('U0ADA')).toContain(unknown)
    play.world.slack.people.close('U0ADA')
    await isNoted('view_submission onboard.nope')
  })

  it('a shortcut', async () => {
    expect(await deliver({ type: 'shortcut', callback_id: 'onboard.nope' })).toMatchObject({ acked: true })
    await play.until('it is told', () => play.world.slack.people.view('U0ADA') !== undefined)
    expect(play.world.slack.people.view('U0ADA')?.view).toMatchObject({
      callback_id: 'onboard.told',
      blocks: [{ text: { text: expect.stringContaining(unknown) } }],
    })
    play.world.slack.people.close('U0ADA')
  })

  it.each([
    ['a form that is closed', { type: 'view_closed', view: { callback_id: 'onboard.request' } }],
    ['what is typed into a list', { type: 'block_suggestion', action_id: 'x', value: 'y' }],
    ['a click on nothing', { type: 'block_actions', actions: [] }],
    ['a click without what was clicked', { type: 'block_actions' }],
    ['no list of clicks', { type: 'block_actions', actions: null }],
    ['what Slack does not have yet', { type: 'thought' }],
  ])('%s', async (_, payload) => {
    const name = 'view' in payload ? `${payload.type} ${payload.view.callback_id}` : payload.type
    const before = timesNoted(name)
    expect(await deliver(payload)).toMatchObject({ acked: true })
    await isNoted(name, before)
  })

  it('a field that was forged is one that the form does not have', async () => {
    await play.open('U0ADA', '/onboard prod-eu forged-field display-name=N subdomain=n')
    const open = play.world.slack.people.view('U0ADA')
    const [first] = open?.view.blocks.filter((block) => block.type === 'input') ?? []
    for (const id of ['p:__proto__', '__proto__', 'p:nope'])
      if (open !== undefined && first !== undefined)
        Object.assign(open.view, { blocks: [...open.view.blocks, { ...first, block_id: id }] })
    expect(await play.send('U0ADA')).toContain('the form still had the fields of another template')
    play.world.slack.people.close('U0ADA')
  })

  it('a value of a form that does not say its kind is read all the same', async () => {
    const view = { id: 'V1', callback_id: 'onboard.request', private_metadata: '{"template":"sap-btp"}' }
    const values = JSON.parse('{"p:__proto__":{"value":{"value":"x"}},"namespace":{"value":{"value":"x"}}}')
    expect(await deliver({ type: 'view_submission', view: { ...view, state: { values } } })).toMatchObject({
      payload: {
        response_action: 'errors',
        errors: { 'p:__proto__': expect.stringContaining('There is no field "__proto__" in sap-btp') },
      },
    })
  })
})

it('no answer to all this was one that Slack would refuse', () => {
  expect(play.world.slack.problems).toEqual([])
})

describe('when Slack or the bot fails', () => {
  beforeAll(async () => {
    await play.ask('held', 'display-name=H subdomain=held')
    await play.until('its card is there', () => play.cardText().includes('held'))
  })

  it('whoever cannot be shown a form is told', async () => {
    play.world.slack.faults.api.push({ method: 'views.open', kind: 'http-500', times: 2 })
    await answerTo('/onboard prod-eu shop')
    await play.told('U0ADA', 'Slack did not open the form. Please type the command again.')
    const button = await play.offered('Reject')
    await play.world.slack.people.click('U0BEN', button)
    await play.told('U0BEN', 'Slack did not open the form. Please click again.')
  })

  it('whoever asked a bot that was held up is told that it was too slow', async () => {
    const { people } = play.world.slack
    const button = await play.offered('Reject')
    // Longer than a trigger lives, and shorter than the socket client waits for a pong.
    const held = play.bot.holdStill(3_100)
    const command = people.command('U0ADA', '/onboard prod-eu shop', 'C0RANDOM')
    await people.click('U0BEN', button)
    // Slack waits for three seconds and says so itself.
    expect(await command).toMatchObject({ acked: false, error: 'operation_timeout' })
    await held
    const slow = 'I was too slow: Slack lets me open the form within 3 seconds only.'
    await play.told('U0ADA', `${slow} Please type the command again.`)
    await play.told('U0BEN', `${slow} Please click again.`)
  })

  it('a form that opens too late is told', async () => {
    // The call hangs longer than Slack keeps a trigger.
    play.world.slack.faults.api.push({ method: 'views.open', kind: 'hang', times: 1 })
    await answerTo('/onboard prod-eu shop', 'U0CLEO')
    await play.told('U0CLEO', 'Slack did not open the form. Please type the command again.')
  })

  it('whoever asks about a record that cannot be read is answered', async () => {
    await play.ask('damaged', 'display-name=D subdomain=damaged')
    await play.until('its card is there', () => play.cardText().includes('damaged'))
    const approve = await play.offered('Approve')
    await play.click('U0ADA', 'Withdraw')
    await play.until('it is withdrawn', () => play.cardText().includes('Withdrawn'))
    const again = await play.offered('Ask again')
    const path = join(play.world.folder, 'data', 'done', 'prod-eu', 'prod-eu.damaged.sap-btp.json')
    await vi.waitFor(() => expect(isAtRest(path, play.bot.logFile)).toBe(true), { timeout: 10_000 })
    writeFileSync(path, '{"no":"record"}')
    for (const act of [
      async () => answerTo('/onboard status prod-eu damaged', 'U0OTTO'),
      async () => play.world.slack.people.click('U0OTTO', approve),
      async () => play.world.slack.people.click('U0OTTO', again),
    ]) {
      const { ephemerals } = play.world.slack.workspace
      const before = ephemerals.length
      await act()
      await play.until('it is answered', () => ephemerals.length > before)
      const said = renderMessage(ephemerals.at(-1) ?? nothing, play.world.slack.workspace)
      expect(said).toContain('The record of this is damaged, so nothing was done.')
    }
    await play.open('U0ADA', '/onboard prod-eu damaged display-name=D subdomain=damaged')
    const said = await play.send('U0ADA')
    expect(said).toContain('The record of this is damaged, so nothing was done.')
    expect(play.world.slack.people.view('U0ADA')?.view.callback_id).toBe('onboard.request')
    play.world.slack.people.close('U0ADA')
  })
})
