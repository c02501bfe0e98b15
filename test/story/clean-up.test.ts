import { appendFileSync, cpSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, describe, expect, it } from 'vitest'

import type { ShownButton } from '../../sandbox/slack/people.ts'
import { repositoryRoot } from '../../sandbox/world.ts'
import { Play } from './play.ts'

let play: Play

afterEach(async () => {
  await play.end()
})

/** Asks for one whose last step fails, and waits until the card offers what to do. */
const fail = async (): Promise<void> => {
  play.world.setHelmFault('not-ready')
  await play.ask()
  await play.click('U0BEN', 'Approve')
  await play.offered('Clean up')
}

/** The Clean up that was whispered to somebody last. */
const whispered = (user: string): ShownButton | undefined => {
  const { workspace, people } = play.slack
  const last = workspace.ephemerals.findLast((one) => one.user === user)
  return people.buttons('C0ONBOARD', last?.id ?? '').find(({ label }) => label === 'Clean up')
}

/** What each reply in the thread offers, where it offers anything. */
const offeredInThread = (): readonly (readonly string[])[] => {
  const { workspace, people } = play.slack
  const [, ...replies] = workspace.thread('C0ONBOARD', play.card()?.ts ?? '')
  return replies
    .map(({ ts }) => people.buttons('C0ONBOARD', ts).map(({ label }) => label))
    .filter((labels) => labels.length > 0)
}

const waysOut = ['Retry', 'Clean up']

describe('the buttons of a reply in the thread', () => {
  it('go once something was done about what it tells, also when Slack or the bot was away', async () => {
    play = await Play.begin()
    await fail()
    await play.until('it is told', () => offeredInThread().length === 1)
    expect(offeredInThread()).toEqual([waysOut])
    const firstFailure = (): string => play.replies().find((reply) => reply.includes('failed:')) ?? ''
    const before = firstFailure()
    play.slack.faults.api.push({ method: 'chat.update', kind: 'lost', times: 3 })
    await play.click('U0ADA', 'Retry')
    await play.until('the first try offers nothing', () => offeredInThread().length === 0)
    await play.until('it failed again', () => offeredInThread().length === 1)
    expect(before).toContain(firstFailure())
    await play.click('U0ADA', 'Clean up')
    await play.bot.end('SIGKILL')
    await play.bot.start()
    await play.until('it is cleaned up', () => play.cardText().includes('nothing is left'))
    await play.until('nothing is offered any more', () => offeredInThread().length === 0)
    expect(play.slack.problems).toEqual([])
  })
})

it('a clean-up that is started from the private list is answered there, with the way to its thread', async () => {
  play = await Play.begin()
  await fail()
  await play.slack.people.command('U0ADA', '/onboard-cleanup prod-eu shop', 'C0RANDOM')
  await play.told('U0ADA', 'What you may clean up')
  const { workspace, people } = play.slack
  const list = workspace.ephemerals.findLast(({ user }) => user === 'U0ADA')
  const offered = people.buttons('C0RANDOM', list?.id ?? '').find(({ label }) => label === 'Clean up')
  if (offered === undefined) throw new Error('no clean-up is offered')
  await people.click('U0ADA', offered)
  await play.told('U0ADA', 'is being cleaned up')
  expect(play.whispers('U0ADA')).toContain('open the thread')
  await play.until('it is cleaned up', () => play.cardText().includes('nothing is left'))
})

describe('a clean-up runs the file that its dialog named', () => {
  it('and where that has changed since, nothing runs: the new dialog is offered in private', async () => {
    play = await Play.begin()
    const templates = join(play.world.folder, 'templates')
    cpSync(join(repositoryRoot, 'templates'), templates, { recursive: true })
    const environment = { TEMPLATES_DIR: templates }
    await play.bot.end('SIGTERM')
    await play.bot.start(environment)
    await fail()
    const old = await play.offered('Clean up')
    await play.bot.end('SIGTERM')
    appendFileSync(join(templates, 'sap-btp', 'cleanup.yaml'), '# Another file by now.\n')
    await play.bot.start(environment)
    await play.slack.people.click('U0ADA', old)
    await play.told('U0ADA', 'Nothing was done: cleanup.yaml has changed since that button named it.')
    expect(play.cardText()).toContain('Failed')
    await play.slack.people.click('U0OTTO', old)
    await play.told('U0OTTO', 'You may not clean this up.')
    expect(whispered('U0OTTO')).toBeUndefined()
    const offered = whispered('U0ADA')
    if (offered === undefined) throw new Error('no other dialog is offered')
    await play.slack.people.click('U0ADA', offered)
    await play.until('it is cleaned up', () => play.cardText().includes('nothing is left'))
    expect(play.slack.problems).toEqual([])
  })
})
