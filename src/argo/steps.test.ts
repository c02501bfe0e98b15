import { describe, expect, it } from 'vitest'

import { workflowSchema } from './schemas.ts'
import { stateOf } from './steps.ts'

interface Node {
  readonly name: string
  readonly type?: string
  readonly phase?: string
  readonly [field: string]: unknown
}

/** Ids are the names, so that a test reads; real ones end with a hash of it. */
const steps = (...nodes: Node[]) => {
  const all = nodes.map((node) => ({
    id: node.name,
    displayName: node.name.replace(/^.*?[.](?=[^.]*$)/s, ''),
    type: 'Pod',
    phase: 'Running',
    boundaryID: node.name === 'wf' ? undefined : 'wf',
    ...node,
  }))
  const workflow = workflowSchema.parse({
    metadata: { name: 'wf', uid: 'u' },
    status: { phase: 'Running', nodes: Object.fromEntries(all.map((node) => [node.id, node])) },
  })
  return stateOf(workflow).steps.map(({ name, phase, message, podName }) =>
    [name, phase, message, podName === 'wf' ? '' : podName?.replace('wf-', 'pod ')].filter(Boolean).join(' '),
  )
}

const root: Node = { name: 'wf', type: 'Steps' }

describe('nodes become steps', () => {
  it('step groups and hooks are none, the exit handler is one', () => {
    expect(
      steps(
        root,
        { name: 'wf[0]', type: 'StepGroup' },
        { name: 'wf[0].a', phase: 'Succeeded' },
        { name: 'wf[0].a.hooks.running', nodeFlag: { hooked: true } },
        { name: 'wf.onExit', boundaryID: undefined, displayName: 'wf.onExit', nodeFlag: { hooked: true } },
      ),
    ).toEqual(['wf.onExit running', 'a succeeded'])
  })

  it('tasks of a DAG whose dependency failed are left out', () => {
    expect(
      steps(
        { name: 'wf', type: 'DAG' },
        { name: 'wf.a', phase: 'Failed', message: 'main: Error (exit code 3): no chart\n' },
        { name: 'wf.b', type: 'Skipped', phase: 'Omitted', message: 'omitted: depends condition not met' },
      ),
    ).toEqual(['a failed no chart', 'b skipped omitted: depends condition not met'])
  })

  it.each([
    [['Succeeded', 'Running', 'Failed'], 'running'],
    [['Succeeded', 'Pending'], 'pending'],
    [['Succeeded', 'Failed', 'Skipped'], 'failed'],
    [['Succeeded', 'Skipped'], 'succeeded'],
    [['Skipped', 'Skipped'], 'skipped'],
  ])('a fan-out of %j is one step that is %s', (phases, phase) => {
    const members = phases.map((one, index) => ({ name: `wf[0].each(${index}:item-${index})`, phase: one }))
    expect(steps(root, ...members)).toEqual([`each ${phase}`])
  })

  it('a fan-out tells what its failed member tells', () => {
    expect(
      steps(
        { name: 'wf', type: 'DAG' },
        { name: 'wf.each', type: 'TaskGroup', phase: 'Failed' },
        { name: 'wf.each(0:a)', phase: 'Succeeded', templateName: 't', id: 'wf-1' },
        {
          name: 'wf.each(1:b.c)',
          displayName: 'each(1:b.c)',
          phase: 'Failed',
          message: 'no b',
          templateName: 't',
          id: 'wf-2',
        },
      ),
    ).toEqual(['each failed no b pod t-2'])
  })

  it('a step keeps what its program ended with, also as one of many', () => {
    const failed = { phase: 'Failed', message: 'main: Error (exit code 2): no slash', type: 'Pod' }
    const nodes = ['each(0:a)', 'each(1:b)', 'one'].map((name) => [
      name,
      { ...failed, id: name, name: `wf[0].${name}`, displayName: name, boundaryID: 'wf' },
    ])
    const workflow = workflowSchema.parse({
      metadata: { name: 'wf', uid: 'u' },
      status: {
        phase: 'Failed',
        nodes: {
          wf: { id: 'wf', name: 'wf', displayName: 'wf', phase: 'Failed', type: 'Steps' },
          ...Object.fromEntries(nodes),
        },
      },
    })
    expect(stateOf(workflow).steps.map(({ name, exitCode }) => [name, exitCode])).toEqual([
      ['each', 2],
      ['one', 2],
    ])
  })

  it('a fan-out over nothing is the task group alone', () => {
    expect(
      steps({ name: 'wf', type: 'DAG' }, { name: 'wf.each', type: 'TaskGroup', phase: 'Succeeded' }),
    ).toEqual(['each succeeded'])
  })

  it('a step that is steps itself tells what failed inside it', () => {
    expect(
      steps(
        root,
        { name: 'wf[0].outer', type: 'Steps', phase: 'Failed', message: "child 'wf-7' failed" },
        {
          name: 'wf[0].outer[0].inner',
          id: 'wf-7',
          type: 'Retry',
          boundaryID: 'wf[0].outer',
          phase: 'Failed',
          message: 'No more retries left',
          children: ['wf-8', 'wf-9', 'gone'],
        },
        { name: 'x', id: 'wf-8', boundaryID: 'wf[0].outer', nodeFlag: { retried: true }, message: 'first' },
        {
          name: 'y',
          id: 'wf-9',
          boundaryID: 'wf[0].outer',
          nodeFlag: { retried: true },
          phase: 'Failed',
          message: 'second',
          templateName: 't',
        },
      ),
    ).toEqual(['outer failed second pod t-9'])
  })

  it('a step that is steps itself tells what waits inside it', () => {
    expect(
      steps(
        root,
        { name: 'wf[0].outer', type: 'Steps' },
        { name: 'wf[0].outer[0]', type: 'StepGroup', boundaryID: 'wf[0].outer' },
        { name: 'wf[0].outer[0].dag', type: 'DAG', boundaryID: 'wf[0].outer' },
        { name: 'inner', boundaryID: 'wf[0].outer[0].dag', phase: 'Pending', message: 'ErrImagePull: no' },
      ),
    ).toEqual(['outer running ErrImagePull: no'])
  })

  it('children that point to each other are read once', () => {
    expect(
      steps(
        root,
        { name: 'wf[0].a', phase: 'Failed', message: "child 'wf[0].b' failed" },
        { name: 'wf[0].b', phase: 'Failed', message: "child 'wf[0].a' failed" },
      ),
    ).toHaveLength(2)
  })

  it('an entrypoint that is retried shows the steps of its last try', () => {
    expect(
      steps(
        { name: 'wf', type: 'Retry', children: ['wf-0', 'wf-1'] },
        { name: 'wf(0)', id: 'wf-0', type: 'Steps', phase: 'Failed', nodeFlag: { retried: true } },
        { name: 'wf(1)', id: 'wf-1', type: 'Steps', nodeFlag: { retried: true } },
        { name: 'wf(0)[0].a', boundaryID: 'wf-0', phase: 'Failed' },
        { name: 'wf(1)[0].a', boundaryID: 'wf-1', phase: 'Succeeded' },
      ),
    ).toEqual(['a succeeded'])
  })

  it('an entrypoint that is one pod is its own only step, retried or not', () => {
    expect(steps({ name: 'wf', phase: 'Succeeded' })).toEqual(['wf succeeded'])
    expect(
      steps(
        { name: 'wf', type: 'Retry', phase: 'Running', children: ['wf-0'] },
        { name: 'wf(0)', id: 'wf-0', nodeFlag: { retried: true }, templateName: 'main' },
      ),
    ).toEqual(['wf running pod main-0'])
  })
})

describe('what a workflow waits for', () => {
  const waiting = (status: object, spec: object = {}) =>
    stateOf(workflowSchema.parse({ metadata: { name: 'wf', uid: 'u' }, spec, status }))

  it('is the first lock, with who holds it', () => {
    const mutex = { waiting: [{ mutex: 'shared/Mutex/one', holder: 'shared/other' }] }
    expect(waiting({ synchronization: { mutex } }).lock).toEqual({
      name: 'shared/Mutex/one',
      holder: 'shared/other',
    })
    const semaphore = { waiting: [{ semaphore: 'shared/ConfigMap/s/k', holders: ['shared/a', 'shared/b'] }] }
    expect(waiting({ synchronization: { semaphore } }).lock).toEqual({
      name: 'shared/ConfigMap/s/k',
      holder: 'shared/a, shared/b',
    })
    expect(waiting({ synchronization: { mutex: { holding: [] } } })).not.toHaveProperty('lock')
  })

  it('may be a person, and a stop that was asked for is seen', () => {
    expect(waiting({}, { suspend: true }).suspended).toEqual({})
    expect(waiting({}, { shutdown: 'Stop' }).shutdown).toBe('Stop')
    expect(waiting({}, { shutdown: '' })).not.toHaveProperty('shutdown')
  })
})
