import { readFileSync, writeFileSync } from 'node:fs'

import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { startWorld } from '../../sandbox/world.ts'
import { Play } from './play.ts'

vi.setConfig({ testTimeout: 120_000 })

let play: Play

beforeEach(async () => {
  const world = await startWorld()
  const file = world.environment['ONBOARD_CONFIG'] ?? ''
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^( *)approve:/m, '$1approvals: 2\n$1approve:'))
  play = await Play.on(world)
  await play.ask()
})

afterEach(async () => {
  await play.end()
})

it('an approval by somebody who may not approve any more falls when another one would decide', async () => {
  const platform = play.world.slack.workspace.groups.get('S0PLATFORM')
  await play.click('U0BEN', 'Approve')
  await play.until('one of two is there', () => play.cardText().includes('(1 of 2)'))
  platform?.delete('U0BEN')
  await play.click('U0CLEO', 'Approve')
  await play.until('the thread says so', () =>
    play.threadText().includes('@Ben may not approve this any more, so that approval does not count.'),
  )
  await play.until('Cleo counts', () => play.threadText().includes('@Cleo approved.'))
  expect(play.cardText()).toContain('(1 of 2)')
  expect(play.cardText()).toContain('[Approve]')
  platform?.add('U0BEN')
  await play.click('U0BEN', 'Approve')
  await play.until('it runs', () => play.threadText().includes('was submitted'))
  expect(play.cardText()).toMatch(/Approved by @Cleo.*\nApproved by @Ben/)
})
