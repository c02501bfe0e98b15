import { expect, it } from 'vitest'

import type { Person } from '../../src/onboarding/policy.ts'
import { RemoteError } from '../../src/onboarding/ports/remote-error.ts'
import { createRunner } from '../../src/runner/runner.ts'
import { createRandom } from './random.ts'
import { World } from './world.ts'

const person = (id: string): Person => ({ id, standing: 'member', memberOf: [], notLookedUp: [] })
const key = { cluster: 'prod', namespace: 'shop', template: 'sap-btp' }

const turns = async (): Promise<void> => {
  for (let count = 0; count < 60; count += 1) await new Promise((resolve) => setImmediate(resolve))
}

it('what failed is tried again as soon as before when the clock was set back meanwhile', async () => {
  const world = new World(createRandom(1))
  let isDown = true
  const tools = world.tools({ isAlive: true })
  const create: typeof tools.workflows.create = async (...asked) => {
    if (isDown) throw new RemoteError('quota', { code: 'rate-limited' })
    return tools.workflows.create(...asked)
  }
  const runner = createRunner({ ...tools, workflows: { ...tools.workflows, create } }, world.random)
  runner.start()
  await runner.commands.request({ ...key, parameters: [] }, person('UREQ'))
  await turns()
  await runner.commands.approve({ key, by: person('UAPP') })
  await turns()
  isDown = false
  world.clock.set(-3_600_000)
  world.clock.advance(60_000)
  await turns()
  expect(world.document('prod/shop/sap-btp')?.phase).toBe('running')
})
