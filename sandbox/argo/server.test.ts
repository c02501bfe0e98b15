import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, expect, test, vi } from 'vitest'

import { systemClock } from '../../src/clock.ts'
import { startKubernetes } from '../kubernetes/server.ts'
import { createChildProcessRunner } from './child-process-runner.ts'
import { startArgo } from './server.ts'
import type { StepRunner } from './step-runner.ts'
import type { NodeStatus, Workflow } from './workflow.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

const ok: StepRunner = {
  run: async () => ({ exitCode: 0, terminationMessage: '', outputs: { '/tmp/id': '4711\n' }, log: ['done'] }),
}

async function start(runner: StepRunner = ok) {
  const kubernetes = await startKubernetes({ clock: systemClock, collectAfterMs: 5 })
  const argo = await startArgo({
    clock: systemClock,
    kubernetes,
    namespace: 'shared',
    runner,
    reconcileMs: 2,
  })
  closers.push(kubernetes.close, argo.close)
  const call = async (method: string, path: string, body?: unknown) =>
    fetch(`${argo.url}/api/v1/${path}`, {
      method,
      headers: { Authorization: `Bearer ${kubernetes.token('onboard-bot')}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const until = async (name: string, isThere: (workflow: Workflow) => boolean): Promise<Workflow> =>
    vi.waitFor(
      () => {
        const workflow = argo.workflows.get('shared', name)
        if (workflow === undefined || !isThere(workflow)) throw new Error(JSON.stringify(workflow?.status))
        return workflow
      },
      { timeout: 8000, interval: 3 },
    )
  return { kubernetes, argo, call, until }
}

const container = (name: string, extra: object = {}): object => ({
  name,
  container: { image: 'steps:1', command: ['node', 'step.ts'], args: [name], ...extra },
})

function onboarding(name: string, extra: object = {}, templates: object[] = []): object {
  const given = new Set(templates.map((template) => ('name' in template ? template.name : '')))
  const steps = ['a', 'b', 'c'].filter((step) => !given.has(step)).map((step) => container(step))
  const main = { name: 'main', steps: ['a', 'b', 'c'].map((step) => [{ name: step, template: step }]) }
  const all = [...(given.has('main') ? [] : [main]), ...steps, ...templates]
  return { workflow: { metadata: { name }, spec: { entrypoint: 'main', templates: all, ...extra } } }
}

const ended = ({ status }: Workflow): boolean => status.finishedAt !== null
const byDisplayName = (workflow: Workflow): Record<string, NodeStatus> =>
  Object.fromEntries(Object.values(workflow.status.nodes ?? {}).map((node) => [node.displayName, node]))

const fails = (step: string, runner = ok): StepRunner => ({
  run: async (pod, signal) =>
    pod.templateName === step
      ? { exitCode: 3, terminationMessage: 'no chart\n', outputs: {}, log: ['sad'] }
      : runner.run(pod, signal),
})

const waits: StepRunner = {
  run: async (_pod, signal) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () =>
        resolve({ exitCode: 143, terminationMessage: '', outputs: {}, log: [] }),
      )
    }),
}

test('a workflow of steps runs to its end', async () => {
  const { call, until } = await start()
  expect((await call('POST', 'workflows/shared', onboarding('w1'))).status).toBe(200)
  const workflow = await until('w1', ended)
  expect(workflow.status).toMatchObject({ phase: 'Succeeded', progress: '3/3' })
})

test('a failing step ends the workflow with its own message, and a retry runs only what failed', async () => {
  let isBroken = true
  const started: string[] = []
  const runner: StepRunner = {
    run: async (pod, signal) => {
      started.push(pod.templateName)
      return (isBroken ? fails('b') : ok).run(pod, signal)
    },
  }
  const { call, until } = await start(runner)
  await call('POST', 'workflows/shared', onboarding('w2'))
  const failed = await until('w2', ended)
  expect(byDisplayName(failed)['b']?.message).toBe('main: Error (exit code 3): no chart\n')
  isBroken = false
  expect((await call('PUT', 'workflows/shared/w2/retry', {})).status).toBe(200)
  const again = await until('w2', ended)
  expect(again.status.phase).toBe('Succeeded')
  expect(again.metadata.uid).toBe(failed.metadata.uid)
  expect(started).toEqual(['a', 'b', 'b', 'c'])
})

test('stop ends the running step with 143 and runs the exit handler', async () => {
  const started: string[] = []
  const runner: StepRunner = {
    run: async (pod, signal) => {
      started.push(pod.templateName)
      return (pod.templateName === 'bye' ? ok : waits).run(pod, signal)
    },
  }
  const { call, until } = await start(runner)
  await call('POST', 'workflows/shared', onboarding('w3', { onExit: 'bye' }, [container('bye')]))
  await until('w3', (workflow) => byDisplayName(workflow)['a']?.phase === 'Running')
  await call('PUT', 'workflows/shared/w3/stop', {})
  const stopped = await until('w3', ended)
  expect(stopped.status).toMatchObject({ phase: 'Failed', message: "Stopped with strategy 'Stop'" })
  expect(byDisplayName(stopped)['a']).toMatchObject({
    phase: 'Failed',
    message: 'main: Error (exit code 143)',
  })
  expect(started).toEqual(['a', 'bye'])
})

test('a step whose Secret is missing waits, and goes on when it comes', async () => {
  const { call, until, kubernetes } = await start()
  const env = [
    {
      name: 'ID',
      valueFrom: { secretKeyRef: { name: '{{workflow.parameters.run-secret}}', key: 'id' } },
    },
  ]
  const extra = { arguments: { parameters: [{ name: 'run-secret', value: 'run-1' }] } }
  await call('POST', 'workflows/shared', onboarding('w4', extra, [container('a', { env })]))
  const waiting = await until('w4', (workflow) => byDisplayName(workflow)['a']?.message !== undefined)
  expect(byDisplayName(waiting)['a']).toMatchObject({
    phase: 'Pending',
    message: 'CreateContainerConfigError: secret "run-1" not found',
  })
  const key = { resource: 'secrets', namespace: 'shared', name: 'run-1' }
  kubernetes.objects.create(key, { kind: 'Secret', apiVersion: 'v1', data: { id: 'eA==' } }, 'test')
  expect((await until('w4', ended)).status.phase).toBe('Succeeded')
})

test('outputs reach later steps and, by their global name, the workflow', async () => {
  const seen: string[][] = []
  const runner: StepRunner = {
    run: async (pod, signal) => {
      seen.push([...pod.args])
      return ok.run(pod, signal)
    },
  }
  const { call, until } = await start(runner)
  const templates = [
    {
      name: 'main',
      steps: [
        [{ name: 'a', template: 'a' }],
        [
          {
            name: 'b',
            template: 'b',
            arguments: { parameters: [{ name: 'id', value: '{{steps.a.outputs.parameters.id}}' }] },
          },
        ],
      ],
    },
    {
      ...container('a'),
      outputs: { parameters: [{ name: 'id', valueFrom: { path: '/tmp/id' }, globalName: 'subaccount-id' }] },
    },
    { ...container('b', { args: ['{{inputs.parameters.id}}'] }), inputs: { parameters: [{ name: 'id' }] } },
  ]
  await call('POST', 'workflows/shared', onboarding('w5', {}, templates))
  const workflow = await until('w5', ended)
  expect(workflow.status.outputs).toEqual({ parameters: [{ name: 'subaccount-id', value: '4711' }] })
  expect(seen).toEqual([['a'], ['4711']])
})

test('a second workflow waits for the mutex of the first', async () => {
  const { call, until } = await start(waits)
  const extra = { synchronization: { mutexes: [{ name: 'one' }] } }
  await call('POST', 'workflows/shared', onboarding('m1', extra))
  await until('m1', ({ status }) => status.phase === 'Running')
  await call('POST', 'workflows/shared', onboarding('m2', extra))
  const waiting = await until('m2', ({ status }) => status.phase === 'Pending')
  expect(waiting.status.synchronization?.mutex.waiting).toEqual([
    { mutex: 'shared/Mutex/one', holder: 'shared/m1' },
  ])
  await call('PUT', 'workflows/shared/m1/terminate', {})
  await until('m2', ({ status }) => status.phase === 'Running')
})

test('a step with a retryStrategy is tried again until its limit', async () => {
  const { call, until } = await start(fails('a'))
  const template = { ...container('a'), retryStrategy: { limit: '2' } }
  await call('POST', 'workflows/shared', onboarding('w6', {}, [template]))
  const workflow = await until('w6', ended)
  expect(byDisplayName(workflow)['a']).toMatchObject({ type: 'Retry', message: 'No more retries left' })
  expect(Object.keys(byDisplayName(workflow))).toEqual(expect.arrayContaining(['a(0)', 'a(1)', 'a(2)']))
})

test('a task of a dag whose condition is not met is omitted', async () => {
  const { call, until } = await start(fails('a'))
  const main = {
    name: 'main',
    dag: {
      tasks: [
        { name: 'a', template: 'a' },
        { name: 'b', template: 'b', depends: 'a.Failed' },
        { name: 'c', template: 'c', depends: 'a.Succeeded' },
      ],
    },
  }
  await call('POST', 'workflows/shared', onboarding('w7', {}, [main]))
  const nodes = byDisplayName(await until('w7', ended))
  expect([nodes['a']?.phase, nodes['b']?.phase, nodes['c']?.phase]).toEqual([
    'Failed',
    'Succeeded',
    'Omitted',
  ])
})

test('a child process is a step: its log, its output files and its last words are read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'argo-test-'))
  const source = `import { writeFileSync } from 'node:fs'
    const root = process.env.CONTAINER_ROOT
    console.log('hello ' + process.argv[2])
    writeFileSync(root + '/tmp/id', '12')
    writeFileSync(root + '/dev/termination-log', 'bad luck')
    process.exit(process.argv[2] === 'c' ? 4 : 0)`
  await writeFile(join(folder, 'step.ts'), source)
  const runner = createChildProcessRunner({ repositoryRoot: folder, environment: () => ({}) })
  const { call, until } = await start(runner)
  const output = { parameters: [{ name: 'id', valueFrom: { path: '/tmp/id' } }] }
  const templates = ['a', 'b', 'c'].map((name) => ({ ...container(name), outputs: output }))
  await call('POST', 'workflows/shared', onboarding('w8', {}, templates))
  const workflow = await until('w8', ended)
  expect(byDisplayName(workflow)['a']?.outputs?.parameters?.[0]?.value).toBe('12')
  expect(byDisplayName(workflow)['c']?.message).toBe('main: Error (exit code 4): bad luck')
  const log = await (await call('GET', 'workflows/shared/w8/log?logOptions.container=main')).text()
  expect(log).toContain('"content":"hello c"')
  expect(log).toContain('Error: exit status 4')
})

test('a lost answer to a create leaves one workflow', async () => {
  const { argo, call } = await start()
  argo.faults.lostAnswers.push('create')
  await expect(call('POST', 'workflows/shared', onboarding('w9'))).rejects.toThrow('fetch failed')
  expect((await call('POST', 'workflows/shared', onboarding('w9'))).status).toBe(409)
  expect(argo.creates.get('w9')).toBe(1)
})

test('an argument without a value is refused, with a default or without', async () => {
  const { call } = await start()
  for (const given of [{}, { default: '' }, { default: 'x' }]) {
    const parameters = [{ name: 'p', ...given }]
    const answer = await call('POST', 'workflows/shared', onboarding('a', { arguments: { parameters } }))
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({
      message: 'spec.arguments.p.value or spec.arguments.p.valueFrom is required',
    })
  }
})
