import { expect, it } from 'vitest'

import type { Person } from '../../src/onboarding/policy.ts'
import { createRunner } from '../../src/runner/runner.ts'
import { createRandom } from './random.ts'
import { World } from './world.ts'

const person = (id: string): Person => ({ id, standing: 'member', memberOf: [], notLookedUp: [] })
const key = { cluster: 'prod', namespace: 'shop', template: 'sap-btp' }
const name = 'prod/shop/sap-btp'
const wish = { key, by: person('UAPP') }

it('a clean-up waits for the end of a workflow that somebody has retried in Argo', async () => {
  const world = new World(createRandom(1))
  world.failing = 1
  const turns = async (): Promise<void> => {
    for (let count = 0; count < 60; count += 1) await new Promise((resolve) => setImmediate(resolve))
    world.clock.advance(60_000)
    for (let count = 0; count < 60; count += 1) await new Promise((resolve) => setImmediate(resolve))
  }
  const end = async (): Promise<void> => {
    for (let moved = 0; moved < 30; moved += 1) world.move()
    world.tellAll()
    await turns()
  }
  const { commands, start } = createRunner(world.tools({ isAlive: true }), world.random)
  start()
  await commands.request({ ...key, parameters: [] }, person('UREQ'))
  await turns()
  await commands.approve(wish)
  await turns()
  await end()
  expect(world.document(name)?.phase).toBe('failed')
  const [workflow] = world.workflows.values()
  if (workflow === undefined) throw new Error('there is no workflow')
  const { finishedAt: _end, ...live } = workflow.state
  workflow.state = {
    ...live,
    phase: 'Running',
    steps: live.steps.map((step) => ({ ...step, phase: 'pending' })),
  }
  world.failing = 0
  await commands.cleanup(wish)
  await turns()
  expect(world.workflows.size).toBe(1)
  expect(world.document(name)?.runs[1]?.trouble?.text).toContain('is running again')
  await end()
  await end()
  expect(world.document(name)).toMatchObject({ phase: 'cleaned-up' })
  expect(world.workflows.size).toBe(2)
})
