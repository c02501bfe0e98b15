import { readFileSync, writeFileSync } from 'node:fs'

import { afterEach, expect, it, vi } from 'vitest'

import { renderMessage } from '../../sandbox/slack/render.ts'
import { Play } from './play.ts'

vi.setConfig({ testTimeout: 120_000 })

let play: Play

afterEach(async () => {
  await play.end()
})

/** A person with the right to do so deletes a message in Slack. */
const remove = (ts: string | undefined): void => {
  const { messages } = play.world.slack.workspace
  messages.splice(
    messages.findIndex((message) => message.ts === ts),
    1,
  )
}

/** Of what the bot has logged with these words. */
const keysOf = (words: string): readonly unknown[] =>
  readFileSync(play.bot.logFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes(words))
    .map((line): unknown => (JSON.parse(line) as { key?: unknown }).key)

it('a card that somebody deleted is posted anew when it changes, once, and its key becomes free', async () => {
  play = await Play.begin()
  await play.ask()
  const withdraw = await play.offered('Withdraw')
  remove(play.card()?.ts)
  await play.world.slack.people.click('U0ADA', withdraw)
  await play.until('the card is there again', () => play.cardText().includes('Withdrawn'))
  await play.until('the thread says so', () => play.threadText().includes('withdrew the request'))
  expect(play.cards()).toHaveLength(1)
  // The card and a notice may both find out.
  await expect
    .poll(() => new Set(keysOf('the card is gone: it is posted anew')))
    .toEqual(new Set(['prod-eu/shop/sap-btp']))
  expect(await play.ask()).toContain('is recorded')
})

it('what happens after the card was deleted stands in the thread of the new one', async () => {
  play = await Play.begin()
  await play.ask()
  await play.click('U0BEN', 'Approve')
  await play.until('a step is done', () => play.threadText().includes('is done'))
  remove(play.card()?.ts)
  await play.until('it is done', () => play.cardText().includes('Done'))
  await play.until('the thread says so', () => play.threadText().includes('Everything is done'))
  expect(play.cards()).toHaveLength(1)
})

it('the card moves to the channel that is configured now once its own is closed, and its key becomes free', async () => {
  play = await Play.begin()
  await play.ask()
  const withdraw = await play.offered('Withdraw')
  await play.bot.end('SIGTERM')
  const file = play.world.environment['ONBOARD_CONFIG'] ?? ''
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('C0ONBOARD', 'C0PLATFORM'))
  const { workspace, people } = play.world.slack
  const channel = workspace.channels.get('C0ONBOARD')
  if (channel === undefined) throw new Error('there is no channel')
  workspace.channels.get('C0PLATFORM')?.members.add('U0ADA')
  workspace.channels.set(channel.id, { ...channel, isPrivate: true, members: new Set(['U0ADA']) })
  await play.bot.start()
  await people.click('U0ADA', withdraw)
  const moved = (): string =>
    workspace.messages
      .filter((message) => message.channel === 'C0PLATFORM')
      .map((message) => renderMessage(message, workspace))
      .join('\n')
  await play.until('the card is there', () => moved().includes('Withdrawn'))
  await play.until('the thread says so', () => moved().includes('withdrew the request'))
  expect(await play.ask()).toContain('is recorded')
})

it('a card that another app has posted, as before the app was made anew, is not edited in vain for ever', async () => {
  play = await Play.begin()
  await play.ask()
  const withdraw = await play.offered('Withdraw')
  Object.assign(play.card() ?? {}, { user: 'U0OLDAPP' })
  await play.world.slack.people.click('U0ADA', withdraw)
  await play.until('there is a card of its own', () => play.cardText().includes('Withdrawn'))
  expect(play.cards()).toHaveLength(2)
  expect(await play.ask()).toContain('is recorded')
})
