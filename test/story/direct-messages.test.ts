import { readFileSync, writeFileSync } from 'node:fs'

import { afterEach, expect, it, vi } from 'vitest'

import { renderMessage } from '../../sandbox/slack/render.ts'
import { Play } from './play.ts'

vi.setConfig({ testTimeout: 120_000 })

let play: Play

afterEach(async () => {
  await play.end()
})

it('without the right to write direct messages the thread is told all the same, and the key becomes free', async () => {
  play = await Play.begin()
  play.world.slack.faults.missingScopes.add('im:write')
  await play.ask()
  await play.click('U0BEN', 'Reject')
  const { people } = play.world.slack
  await play.until('the form opens', () => people.view('U0BEN') !== undefined)
  await people.fill('U0BEN', 'reason', 'not now')
  await play.send('U0BEN')
  await play.until('the thread says so', () => play.threadText().includes('rejected the request'))
  expect(await play.ask()).toContain('is recorded')
  await play.until('there is a new card', () => play.cards().length === 2)
  await play.click('U0BEN', 'Approve')
  await play.until('the thread is told', () => play.threadText().includes('Everything is done'))
})

it('an admin who cannot be told keeps no other from being told', async () => {
  play = await Play.begin()
  await play.ask()
  await play.offered('Approve')
  await play.bot.end('SIGKILL')
  const file = play.world.environment['ONBOARD_CONFIG'] ?? ''
  const config = readFileSync(file, 'utf8')
  writeFileSync(file, config.replace(/( *)- U0INES/, '$1- U0LEFT\n$1- U0INES\n$1- U0AWAY'))
  const document = `${play.world.folder}/data/active/prod-eu.shop.sap-btp.json`
  writeFileSync(document, readFileSync(document, 'utf8').replace('"generation":1', '"generation":7'))
  await play.bot.start()
  const { workspace } = play.world.slack
  const read = (): string =>
    workspace.messages
      .filter(({ channel }) => channel === workspace.direct('U0INES').id)
      .map((message) => renderMessage(message, workspace))
      .join('\n')
  await play.until('Ines is told', () => read().includes('is damaged'))
})
