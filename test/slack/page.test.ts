import { readdirSync, readFileSync } from 'node:fs'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import emoji from '../../sandbox/slack/page/emoji.json' with { type: 'json' }
import { SlackApp } from '../contract/slack-app.ts'

const folder = 'src/slack/messages'

it("every emoji that the bot's messages name is shown by the sandbox", () => {
  const written = readdirSync(folder).flatMap((name) =>
    [...readFileSync(`${folder}/${name}`, 'utf8').matchAll(/:([a-z_]{1,60}):/g)].map(([, one]) => one),
  )
  expect(written).toContain('mag')
  expect(written.filter((name = '') => !Object.hasOwn(emoji, name))).toEqual([])
})

describe('what is typed on the page', () => {
  let app: SlackApp
  beforeEach(async () => {
    app = await SlackApp.begin()
  })
  afterEach(async () => {
    await app.slack.close()
  })
  const type = (kind: 'command' | 'say', text: string): Promise<Response> =>
    fetch(`${app.slack.url}/sandbox/act`, {
      method: 'POST',
      body: JSON.stringify({ kind, as: 'U0ADA', channel: 'C0RANDOM', text }),
    })

  it.each(['/foo', '/foo bar', '/onboarding prod-eu', '/'])(
    'is no command of the app and goes nowhere: %s',
    async (line) => {
      const socket = await app.connect()
      expect((await type('command', line)).status).toBe(200)
      const [command = ''] = line.split(' ')
      expect(app.slack.workspace.ephemerals).toMatchObject([
        {
          by: 'USLACKBOT',
          user: 'U0ADA',
          channel: 'C0RANDOM',
          text: `\`${command}\` is not a valid command.`,
        },
      ])
      expect(socket.frames).toHaveLength(1)
    },
  )

  it.each(['command', 'say'] as const)('is refused in plain words where it is too long: %s', async (kind) => {
    const refused = await type(kind, `/onboard ${'x'.repeat(3_000)}`)
    expect([refused.status, await refused.text()]).toEqual([
      400,
      'This is too long: a line has at most 3000 characters.',
    ])
    expect(app.slack.workspace.messages).toEqual([])
  })

  it.each([
    ['prod-eu a&b <!channel>', 'prod-eu a&amp;b &lt;!channel&gt;'],
    ['#random #none', '<#C0RANDOM|random> #none'],
    ['@ben @platform-approvers @nobody', '<@U0BEN|ben> <!subteam^S0PLATFORM|@platform-approvers> @nobody'],
  ])('comes to the app as Slack hands it on: %s', async (text, handedOn) => {
    const socket = await app.connect()
    const answered = type('command', `/onboard ${text}`)
    const frame = await socket.next((one) => one.type === 'slash_commands')
    socket.ack(frame)
    await answered
    expect(frame.payload).toMatchObject({ command: '/onboard', text: handedOn })
  })
})
