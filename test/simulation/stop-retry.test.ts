import { describe, expect, it } from 'vitest'

import type { Person } from '../../src/onboarding/policy.ts'
import { RemoteError } from '../../src/onboarding/ports/remote-error.ts'
import type { Commands } from '../../src/runner/commands.ts'
import { createRunner } from '../../src/runner/runner.ts'
import { createRandom } from './random.ts'
import { World } from './world.ts'

const person = (id: string): Person => ({ id, standing: 'member', memberOf: [], notLookedUp: [] })
const key = { cluster: 'prod', namespace: 'shop', template: 'sap-btp' }
const name = 'prod/shop/sap-btp'
const wish = { key, by: person('UAPP') }

const turns = async (world: World): Promise<void> => {
  for (let count = 0; count < 60; count += 1) await new Promise((resolve) => setImmediate(resolve))
  world.clock.advance(60_000)
  for (let count = 0; count < 60; count += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** An onboarding whose run has failed, and whose source of secrets is then broken. */
const failed = async (): Promise<{ world: World; commands: Commands; mend: () => void }> => {
  const world = new World(createRandom(1))
  world.failing = 1
  let isBroken = false
  const tools = world.tools({ isAlive: true })
  const fetch = tools.credentials.fetch
  const runner = createRunner(
    {
      ...tools,
      credentials: {
        fetch: async (...asked) => {
          if (isBroken) throw new RemoteError('shared-meta does not know the path', { code: 'not-found' })
          return fetch(...asked)
        },
      },
    },
    world.random,
  )
  runner.start()
  const { commands } = runner
  await commands.request({ ...key, parameters: [] }, person('UREQ'))
  await turns(world)
  await commands.approve(wish)
  await turns(world)
  for (let moved = 0; moved < 30; moved += 1) world.move()
  world.tellAll()
  await turns(world)
  expect(world.document(name)?.phase).toBe('failed')
  isBroken = true
  return { world, commands, mend: () => void (isBroken = false) }
}

const told = (world: World): readonly string[] =>
  [...world.messages.values()].flat().map(({ id }) => id.replace(/\d{13}/, 'T'))

describe('a stop while a retry cannot be carried out', () => {
  it('ends the run, which can then be retried or cleaned up; all of it is told', async () => {
    const { world, commands, mend } = await failed()
    await commands.retry(wish)
    await turns(world)
    expect(world.document(name)?.runs[0]?.trouble?.text).toContain('shared-meta')
    await commands.stop(wish)
    await turns(world)
    expect(world.document(name)).toMatchObject({
      phase: 'failed',
      runs: [{ failure: { message: 'Stopped before it was retried.' } }],
    })
    expect([...world.secrets.keys()]).toEqual([])
    mend()
    await commands.retry(wish)
    await turns(world)
    expect(world.document(name)).toMatchObject({ phase: 'running', runs: [{ retries: 1 }] })
    expect(told(world)).toEqual(
      expect.arrayContaining(['r0.0.retried', 'r0.0.stop-asked', 'r0.0.failed.T', 'r0.0.retried.T']),
    )
  })

  it('begins no new workflow where the old one is gone', async () => {
    const { world, commands } = await failed()
    await commands.retry(wish)
    await turns(world)
    world.workflows.clear()
    await commands.stop(wish)
    await turns(world)
    expect(world.document(name)).toMatchObject({ phase: 'failed', runs: [{ phase: 'failed' }] })
    expect(world.workflows.size).toBe(0)
  })
})

describe('a retry of what somebody has retried in Argo meanwhile', () => {
  it('takes it up, and gives it the Secret that it lacks', async () => {
    const { world, commands, mend } = await failed()
    mend()
    const [workflow] = world.workflows.values()
    if (workflow === undefined) throw new Error('there is no workflow')
    const { finishedAt: _end, ...live } = workflow.state
    workflow.state = { ...live, phase: 'Running', steps: [] }
    workflow.fails = false
    expect(world.secrets.size).toBe(0)
    await commands.retry(wish)
    await turns(world)
    expect(world.secrets.size).toBe(1)
    for (let moved = 0; moved < 30; moved += 1) world.move()
    world.tellAll()
    await turns(world)
    expect(world.document(name)?.phase).toBe('succeeded')
    expect(world.secrets.size).toBe(0)
  })
})
