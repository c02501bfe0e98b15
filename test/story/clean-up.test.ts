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
