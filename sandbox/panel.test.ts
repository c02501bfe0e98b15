import { afterEach, beforeEach, expect, it } from 'vitest'

import { BotProcess } from './bot-process.ts'
import { createPanel } from './panel.ts'
import type { Panel } from './slack/page-api.ts'
import { startWorld, type World } from './world.ts'

let world: World
let panel: Panel
beforeEach(async () => {
  world = await startWorld()
  world.btp.accounts.add('shop-prod')
  const bot = new BotProcess(world)
  panel = createPanel(() => ({ world, bot }))
})
afterEach(() => world.close())

const on = (): readonly string[] =>
  panel
    .read()
    .switches.filter((one) => one.on)
    .map(({ id }) => id)

it('each switch of the page breaks one thing, and puts it right again', () => {
  const ids = panel.read().switches.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(on()).toEqual([])
  for (const id of ids) {
    panel.switch(id, true)
    expect([id, ...on()]).toEqual([id, id])
    panel.switch(id, false)
    expect([id, ...on()]).toEqual([id])
  }
})

it('a service instance that is in use is in every subaccount, once', () => {
  panel.switch('instance', true)
  panel.switch('instance', true)
  expect(world.btp.instances.all().map(({ name }) => name)).toEqual(['orders-db'])
})
