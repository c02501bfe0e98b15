import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { load } from 'js-yaml'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { type ArgoSandbox, startArgo } from '../../sandbox/argo/server.ts'
import type { StepRunner } from '../../sandbox/argo/step-runner.ts'
import type { Rule } from '../../sandbox/kubernetes/identities.ts'
import { type KubernetesSandbox, startKubernetes } from '../../sandbox/kubernetes/server.ts'
import { repositoryRoot } from '../../sandbox/world.ts'
import { ArgoClient } from '../../src/argo/client.ts'
import { createDispatcher, createStreamDispatcher } from '../../src/argo/dispatcher.ts'
import { readStream } from '../../src/argo/stream.ts'
import { systemClock } from '../../src/clock.ts'
import { openCluster } from '../../src/kubernetes/cluster.ts'
import { createRunSecrets } from '../../src/kubernetes/run-secrets.ts'
import { createServiceAccountTokens } from '../../src/kubernetes/tokens.ts'
import type { RunSecrets } from '../../src/onboarding/ports/run-secrets.ts'
import type { WorkflowManifest } from '../../src/onboarding/ports/workflows.ts'
import { deployedRules } from './deployed-rules.ts'

const namespace = 'shared'

/** The rules of the file's Role, one for each verb. */
const rulesOf = (file: string): readonly Rule[] =>
  deployedRules(file, ['Role']).flatMap(({ resources, verbs, ...rule }) =>
    resources.flatMap((resource) =>
      verbs.map((verb) => ({ ...rule, resources: [resource], verbs: [verb], namespaces: [namespace] })),
    ),
  )

const runner: StepRunner = {
  run: async ({ args }, signal) => {
    if (args[0] === 'wait') await new Promise((resolve) => signal.addEventListener('abort', resolve))
    return { exitCode: 3, terminationMessage: 'no\n', outputs: {}, log: ['the reason'] }
  },
}

const manifest = (name: string, args: string): WorkflowManifest => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Workflow',
  metadata: { name, labels: { installation: 'test' }, annotations: {} },
  spec: {
    entrypoint: 'main',
    templates: [{ name: 'main', container: { image: 'busybox:1', command: ['x'], args: [args] } }],
  },
})

const selector = 'installation=test'

let kubernetes: KubernetesSandbox
let argo: ArgoSandbox
let folder: string
let client: ArgoClient
let secrets: RunSecrets

const grant = (rules: readonly Rule[]): void => {
  kubernetes.rules.set(kubernetes.identity('onboard-bot'), [...rules])
}

beforeEach(async () => {
  const clock = systemClock
  kubernetes = await startKubernetes({ clock })
  argo = await startArgo({ clock, kubernetes, namespace, runner, reconcileMs: 2 })
  folder = mkdtempSync(join(tmpdir(), 'onboard-bot-'))
  const path = join(folder, 'kubeconfig')
  writeFileSync(path, kubernetes.kubeconfig('onboard-bot'))
  const cluster = (): ReturnType<typeof openCluster> => openCluster({ kind: 'kubeconfig', path })
  const token = createServiceAccountTokens({ cluster, namespace, serviceAccount: 'onboard-bot', clock })
  const dispatcher = createDispatcher({ isVerified: true })
  client = new ArgoClient({ url: argo.url, namespace, token, dispatcher }, clock)
  secrets = createRunSecrets({
    places: new Map([['here', { cluster, namespace }]]),
    label: { name: 'installation', value: 'test' },
  })
})
afterEach(async () => {
  await argo.close()
  await kubernetes.close()
  rmSync(folder, { recursive: true })
})

const until = (name: string, phase: string): Promise<unknown> =>
  vi.waitFor(
    () => {
      expect(argo.workflows.get(namespace, name)?.status.phase).toBe(phase)
    },
    { timeout: 5_000, interval: 3 },
  )

const firstOfStream = async (): Promise<unknown> => {
  const abort = new AbortController()
  const { now } = systemClock
  const options = {
    labelSelector: selector,
    isMarked: true,
    signal: abort.signal,
    now,
    onOpen: () => undefined,
  }
  for await (const event of readStream(client, options)) {
    abort.abort()
    return event.type
  }
  return undefined
}

/** All that the bot does on a target cluster, through its own adapters. */
const everything = async (): Promise<void> => {
  await secrets.make('here', 'a-run', { key: 'value' })
  const { uid } = await client.create(manifest('a', 'fail'))
  await secrets.own('here', 'a-run', { name: 'a', uid })
  expect(await secrets.read('here', 'a-run')).toEqual({ key: 'value' })
  await until('a', 'Failed')
  expect((await client.list(selector)).map(({ metadata }) => metadata.name)).toEqual(['a'])
  expect(await firstOfStream()).toBe('is')
  expect((await client.get('a'))?.status?.phase).toBe('Failed')
  expect(await client.log('a', 'a')).toContain('the reason')
  await client.retry('a')
  await client.create(manifest('b', 'wait'))
  await until('b', 'Running')
  await client.stop('b')
  await secrets.remove('here', 'a-run')
}

describe('the rights in deploy/target-cluster/bot.yaml', () => {
  const rights = rulesOf('bot.yaml')

  it('are enough for all that the bot does', async () => {
    grant(rights)
    await everything()
  })

  it.each(rights.map((right) => [`${right.verbs[0]} ${right.resources[0]}`, right] as const))(
    'are no more than needed: without %s something fails',
    async (_, missing) => {
      grant(rights.filter((right) => right !== missing))
      await expect(everything()).rejects.toThrow(/forbidden|not allowed|the reason/)
    },
  )
})

describe('the rights in deploy/target-cluster/port-forward.yaml', () => {
  const rights = rulesOf('port-forward.yaml')
  const forward = async (): Promise<unknown> => {
    const { connect } = await openCluster({ kind: 'kubeconfig', path: join(folder, 'kubeconfig') })
    const open = (): ReturnType<typeof connect> => connect({ namespace, name: 'argo-server', port: 2746 })
    const dispatcher = createStreamDispatcher(open, { isVerified: false })
    const token = async (): Promise<string> => kubernetes.token('admin')
    const url = 'http://argo-server.shared.svc:2746'
    return new ArgoClient({ url, namespace, token, dispatcher }, systemClock).list(selector)
  }

  it('are enough for a port-forward', async () => {
    grant(rights)
    expect(await forward()).toEqual([])
  })

  it.each(rights.map((right) => [`${right.verbs[0]} ${right.resources[0]}`, right] as const))(
    'are no more than needed: without %s there is none',
    async (_, missing) => {
      grant(rights.filter((right) => right !== missing))
      await expect(forward()).rejects.toThrow(/forbidden/)
    },
  )
})

describe('the rights in deploy/target-cluster/steps.yaml', () => {
  // Argo Workflows 3.7 to 4.1: docs/workflow-rbac.md.
  it('are what the executor needs to report a step, and no more', () => {
    expect(rulesOf('steps.yaml').map(({ resources, verbs }) => `${verbs[0]} ${resources[0]}`)).toEqual([
      'create workflowtaskresults',
      'patch workflowtaskresults',
    ])
  })

  it('belong to the ServiceAccount that the shipped templates name', () => {
    const named = ['onboard.yaml', 'cleanup.yaml'].map((file) => {
      const text = readFileSync(join(repositoryRoot, 'templates/sap-btp', file), 'utf8')
      return (load(text) as { spec: { serviceAccountName: string } }).spec.serviceAccountName
    })
    expect(named).toEqual(['onboard-steps', 'onboard-steps'])
  })
})
