import { describe, expect, it } from 'vitest'

import type { Onboarding } from '../../src/onboarding/onboarding.ts'
import type { Person } from '../../src/onboarding/policy.ts'
import { RemoteError } from '../../src/onboarding/ports/remote-error.ts'
import type { WorkflowState } from '../../src/onboarding/ports/workflows.ts'
import { createRunner, type Runner } from '../../src/runner/runner.ts'
import { createRandom } from './random.ts'
import { World } from './world.ts'

const person = (id: string): Person => ({ id, standing: 'member', memberOf: [], notLookedUp: [] })
const key = { cluster: 'prod', namespace: 'shop', template: 'sap-btp' }
const name = 'prod/shop/sap-btp'
const record = 'onboard-bot.dev/record'

const turns = async (): Promise<void> => {
  for (let count = 0; count < 60; count += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** A world in which one onboarding is running, and the bot is not. */
const running = async (): Promise<World> => {
  const world = new World(createRandom(1))
  const { runner, end } = boot(world)
  const { commands } = runner
  await commands.request({ ...key, parameters: [] }, person('UREQ'))
  await turns()
  await commands.approve({ key, by: person('UAPP') })
  await turns()
  expect(world.document(name)?.phase).toBe('running')
  end()
  return world
}

const boot = (
  world: World,
  change: (tools: ReturnType<World['tools']>) => object = () => ({}),
): { runner: Runner; end: () => void } => {
  const process = { isAlive: true }
  const tools = world.tools(process)
  const runner = createRunner({ ...tools, ...change(tools) }, world.random)
  runner.start()
  return { runner, end: () => void (process.isAlive = false) }
}

const workflow = (world: World): { state: WorkflowState } => {
  const [only] = world.workflows.values()
  if (only === undefined) throw new Error('there is no workflow')
  return only
}

const asked = async (world: World, change?: Parameters<typeof boot>[1]): Promise<Onboarding | undefined> => {
  const { runner } = boot(world, change)
  await turns()
  await runner.commands.request({ ...key, parameters: [] }, person('UREQ'))
  await turns()
  return world.document(name)
}

const doubled = 'of which the bot has no record'

describe('a workflow whose record is gone', () => {
  it('is followed again under the record that it carries', async () => {
    const world = await running()
    const { runId } = world.document(name) ?? {}
    world.documents.clear()
    const { runner } = boot(world)
    await turns()
    expect(world.document(name)).toMatchObject({ runId, phase: 'running', decisions: [{ by: 'UAPP' }] })
    expect(await runner.commands.request({ ...key, parameters: [] }, person('UREQ'))).toMatchObject({
      reason: 'duplicate',
    })
  })

  it('is not asked for anew while it is being looked for: the request waits for that', async () => {
    const world = await running()
    world.documents.clear()
    const { runner } = boot(world)
    expect(await runner.commands.request({ ...key, parameters: [] }, person('UREQ'))).toMatchObject({
      reason: 'duplicate',
    })
  })

  it.each([
    ['is missing', (_text: string) => undefined],
    ['is no JSON', () => '{'],
    ['has another shape', () => '{}'],
    ['was edited', (text: string) => text.replace('eu10', 'us10')],
    ['is of another key', (text: string) => text.replaceAll('shop', 'other')],
    [
      'is of another workflow',
      (text: string) => text.replace(/"workflowName":"[^"]+"/, '"workflowName":"x"'),
    ],
  ])('keeps its key from being started when what it carries %s', async (_what, edit) => {
    const world = await running()
    const only = workflow(world)
    const { [record]: text = '', ...others } = only.state.annotations
    const edited = edit(text)
    only.state = {
      ...only.state,
      annotations: { ...others, ...(edited !== undefined && { [record]: edited }) },
    }
    world.documents.clear()
    const open = await asked(world)
    expect(open).toMatchObject({ phase: 'requested', preflight: { answer: { isTaken: false } } })
    expect(open?.preflight?.answer?.text).toContain(doubled)
    expect(open?.preflight?.answer?.cure).toContain('remove by hand')
  })

  it('does not count when somebody resubmitted it in Argo, or when it belongs to another cluster', async () => {
    const world = await running()
    const { state } = workflow(world)
    world.workflows.clear()
    const annotations = { ...state.annotations, 'onboard-bot.dev/key': 'other/shop/sap-btp' }
    for (const [copy, change] of [
      ['a', { resubmittedFrom: state.name }],
      ['b', { annotations }],
    ] as const) {
      world.workflows.set(copy, { state: { ...state, name: copy, ...change }, creates: 1, fails: false })
    }
    world.documents.clear()
    expect(await asked(world)).toMatchObject({ phase: 'requested', preflight: { answer: { isTaken: true } } })
  })

  it('takes the place of an older record that has ended, such as one from a backup', async () => {
    const world = new World(createRandom(1))
    const first = boot(world)
    const { commands } = first.runner
    const request = async (): Promise<void> => {
      await commands.request({ ...key, parameters: [] }, person('UREQ'))
      await turns()
    }
    await request()
    await commands.withdraw({ key, by: person('UREQ') })
    await turns()
    const backup = world.documents.get(name) ?? ''
    await request()
    await commands.approve({ key, by: person('UAPP') })
    await turns()
    first.end()
    world.documents.set(name, backup)
    boot(world)
    await turns()
    expect(world.document(name)).toMatchObject({ generation: 2, phase: 'running' })
  })
})

describe('a record from an older backup of the same request', () => {
  const untilEnd = async (world: World): Promise<void> => {
    await turns()
    for (let moved = 0; moved < 30; moved += 1) world.move()
    world.tellAll()
    await turns()
  }

  it('takes the place of nothing: the run that it does not know goes on, and no other is begun', async () => {
    const world = new World(createRandom(1))
    world.failing = 0
    const first = boot(world)
    await first.runner.commands.request({ ...key, parameters: [] }, person('UREQ'))
    await turns()
    const backup = world.documents.get(name) ?? ''
    await first.runner.commands.approve({ key, by: person('UAPP') })
    await untilEnd(world)
    first.end()
    world.documents.set(name, backup)
    const { runner } = boot(world)
    await runner.commands.withdraw({ key, by: person('UREQ') })
    await untilEnd(world)
    expect(world.document(name)).toMatchObject({ phase: 'succeeded', decisions: [{ by: 'UAPP' }] })
    const again = await runner.commands.request({ ...key, parameters: [] }, person('UREQ'))
    expect(again).toMatchObject({ reason: 'duplicate' })
    expect(world.workflows.size).toBe(1)
  })

  it('does not call in place what was cleaned up since', async () => {
    const world = new World(createRandom(1))
    world.failing = 0
    const first = boot(world)
    const { commands } = first.runner
    await commands.request({ ...key, parameters: [] }, person('UREQ'))
    await turns()
    await commands.approve({ key, by: person('UAPP') })
    await untilEnd(world)
    const backup = world.documents.get(name) ?? ''
    expect(world.document(name)?.phase).toBe('succeeded')
    await commands.cleanup({ key, by: person('UAPP') })
    await untilEnd(world)
    expect(world.document(name)?.phase).toBe('cleaned-up')
    first.end()
    world.documents.set(name, backup)
    boot(world)
    await untilEnd(world)
    expect(world.document(name)?.phase).toBe('cleaned-up')
  })
})

const unreachable =
  (isDown: () => boolean) =>
  ({ workflows }: ReturnType<World['tools']>): object => ({
    workflows: {
      ...workflows,
      list: (cluster: string) =>
        isDown()
          ? Promise.reject(new RemoteError('no route', { code: 'unreachable' }))
          : workflows.list(cluster),
    },
  })

describe('while the cluster could not be looked at since the start', () => {
  it('a request is taken and nothing is started; it gives way to what is found then', async () => {
    const world = await running()
    const { runId } = world.document(name) ?? {}
    world.documents.clear()
    let isDown = true
    const { runner } = boot(
      world,
      unreachable(() => isDown),
    )
    await runner.commands.request({ ...key, parameters: [] }, person('UREQ'))
    await turns()
    expect(world.document(name)).toMatchObject({
      phase: 'requested',
      preflight: { unanswered: { text: 'no route' } },
    })
    await runner.commands.approve({ key, by: person('UAPP') })
    await turns()
    expect(world.document(name)?.runs[0]?.trouble).toMatchObject({ text: 'no route' })
    isDown = false
    for (let waited = 0; waited < 120_000; waited += 5_000) {
      world.clock.advance(5_000)
      await turns()
    }
    expect(world.document(name)).toMatchObject({ runId, phase: 'running' })
    expect(world.workflows.size).toBe(1)
  })

  it('a request that nobody decided gives way to what was lost', async () => {
    const world = await running()
    const { runId } = world.document(name) ?? {}
    world.documents.clear()
    let isDown = true
    const { runner } = boot(
      world,
      unreachable(() => isDown),
    )
    await runner.commands.request({ ...key, parameters: [] }, person('UREQ'))
    isDown = false
    for (let waited = 0; waited < 10_000; waited += 1_000) {
      await turns()
      world.clock.advance(1_000)
    }
    expect(world.document(name)).toMatchObject({ runId, phase: 'running' })
    expect([...world.messages.values()].flat().map(({ id }) => id)).toContain('superseded')
  })
})
