import { readFileSync, writeFileSync } from 'node:fs'

import { dump, load } from 'js-yaml'
import { afterEach, expect, it, vi } from 'vitest'

import { Play } from './play.ts'

vi.setConfig({ testTimeout: 120_000 })

let play: Play

afterEach(async () => {
  await play.end()
})

it('a card whose cluster was taken out of the configuration says so, and goes on once that is back', async () => {
  play = await Play.begin()
  await play.ask()
  await play.click('U0BEN', 'Approve')
  await play.until('a step is done', () => play.threadText().includes('is done'))
  await play.bot.end('SIGKILL')
  const file = play.world.environment['ONBOARD_CONFIG'] ?? ''
  const before = readFileSync(file, 'utf8')
  const config = load(before) as { clusters: Record<string, object> }
  delete config.clusters['prod-eu']
  writeFileSync(file, dump(config, { noRefs: true }))
  await play.bot.start()
  await play.until('the card says so', () => play.cardText().includes('not in the configuration any more'))
  await play.bot.end('SIGKILL')
  writeFileSync(file, before)
  await play.bot.start()
  await play.until('it is done', () => play.cardText().includes('Done'))
  expect(play.cardText()).not.toContain('not in the configuration any more')
})
