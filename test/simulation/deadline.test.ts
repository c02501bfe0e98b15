import { expect, it } from 'vitest'

import type { Person } from '../../src/onboarding/policy.ts'
import type { Commands } from '../../src/runner/commands.ts'
import { createRunner } from '../../src/runner/runner.ts'
import { createRandom } from './random.ts'
import { World } from './world.ts'

const person = (id: string): Person => ({ id, standing: 'member', memberOf: [], notLookedUp: [] })
const key = { cluster: 'prod', namespace: 'shop', template: 'sap-btp' }
const hour = 3_600_000

const turns = async (): Promise<void> => {
  for (let count = 0; count < 60; count += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** A request that has to be decided within an hour, in a bot whose clock then jumps: it was wrong, or the machine slept. */
const slept = async (): Promise<{ world: World; commands: Commands }> => {
  const world = new World(createRandom(1))
  const runner = createRunner(world.tools({ isAlive: true }), world.random)
  runner.start()
  await runner.commands.request({ ...key, parameters: [] }, person('UREQ'))
  await turns()
  world.clock.set(2 * hour)
  return { world, commands: runner.commands }
}

it('a request is not approved after the time that its card names, though nothing woke the bot then', async () => {
  const { world, commands } = await slept()
  expect(await commands.approve({ key, by: person('UAPP') })).toMatchObject({
    reason: 'wrong-phase',
    onboarding: { phase: 'expired' },
  })
  await turns()
  expect(world.workflows.size).toBe(0)
})

it('a deadline that passed while the machine slept is noticed soon after', async () => {
  const { world } = await slept()
  world.clock.advance(10 * 60_000)
  await turns()
  expect(world.document('prod/shop/sap-btp')?.phase).toBe('expired')
})
