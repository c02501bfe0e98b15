import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { type KubernetesSandbox, startKubernetes } from '../../sandbox/kubernetes/server.ts'
import { systemClock } from '../../src/clock.ts'
import { createClusterOpener } from '../../src/kubernetes/cluster.ts'
import { createRunSecrets } from '../../src/kubernetes/run-secrets.ts'
import type { RunSecrets } from '../../src/onboarding/ports/run-secrets.ts'

const namespace = 'shared'
const label = { name: 'onboard-bot.dev/installation', value: 'acme' }
const uid = '00000000-0000-0000-0000-000000000001'

let kubernetes: KubernetesSandbox
let folder: string
let secrets: RunSecrets
const workflows = new Set<string>()

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onboard-bot-secrets-'))
  kubernetes = await startKubernetes({ clock: systemClock, collectAfterMs: 10 })
  kubernetes.registerOwner('Workflow', (one) => workflows.has(one))
  const path = join(folder, 'kubeconfig')
  writeFileSync(path, kubernetes.kubeconfig('onboard-bot'))
  const cluster = createClusterOpener({ kind: 'kubeconfig', path }, {})
  secrets = createRunSecrets({ places: new Map([['here', { cluster, namespace }]]), label })
})
afterEach(async () => {
  workflows.clear()
  await kubernetes.close()
  rmSync(folder, { recursive: true })
})

const stored = (): ReturnType<KubernetesSandbox['secrets']['list']>[number] | undefined =>
  kubernetes.secrets.list(namespace)[0]

it('a run Secret is ours, cannot be changed while it lives, and has no owner before the workflow is known', async () => {
  await secrets.make('here', 'a-run', { key: 'välue' })
  expect(await secrets.read('here', 'a-run')).toEqual({ key: 'välue' })
  expect(stored()).toMatchObject({
    immutable: true,
    type: 'Opaque',
    metadata: { labels: { [label.name]: 'acme' } },
  })
  expect(stored()?.metadata.ownerReferences).toBeUndefined()
})

it('a run Secret is made anew before a retry, whatever is left of it', async () => {
  await secrets.make('here', 'a-run', { key: 'old' })
  const before = stored()?.metadata.uid
  await secrets.make('here', 'a-run', { key: 'new' })
  expect(await secrets.read('here', 'a-run')).toEqual({ key: 'new' })
  expect(stored()?.metadata.uid).not.toBe(before)
})

it('a run Secret goes with the workflow that owns it', async () => {
  workflows.add(uid)
  await secrets.make('here', 'a-run', { key: 'value' })
  await secrets.own('here', 'a-run', { name: 'a', uid })
  expect(stored()?.metadata.ownerReferences).toEqual([
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', name: 'a', uid },
  ])
  expect(await secrets.read('here', 'a-run')).toEqual({ key: 'value' })
  workflows.clear()
  kubernetes.collectGarbage()
  await vi.waitFor(() => expect(stored()).toBeUndefined())
})

it('giving an owner to what is gone is fine, and so is deleting and reading it', async () => {
  await secrets.own('here', 'a-run', { name: 'a', uid })
  await secrets.remove('here', 'a-run')
  expect(await secrets.read('here', 'a-run')).toBeUndefined()
})

describe('a Secret that took the name of the one that was looked at', () => {
  beforeEach(async () => {
    await secrets.make('here', 'a-run', { key: 'value' })
    const looked = stored()?.metadata.uid
    kubernetes.faults.onRequest = (line) => {
      if (!line.startsWith('GET') || stored()?.metadata.uid !== looked) return
      const key = { resource: 'secrets', namespace, name: 'a-run' }
      kubernetes.objects.remove(key)
      kubernetes.objects.create(key, { kind: 'Secret', apiVersion: 'v1' }, 'somebody')
    }
  })

  it('is given no owner', async () => {
    await expect(secrets.own('here', 'a-run', { name: 'a', uid })).rejects.toThrow('metadata.uid')
    expect(stored()?.metadata.ownerReferences).toBeUndefined()
  })

  it('is not deleted', async () => {
    await expect(secrets.remove('here', 'a-run')).rejects.toThrow('UID in precondition')
    expect(stored()).toBeDefined()
  })
})

it.each([
  ['made', () => secrets.make('here', 'theirs', {})],
  ['owned', () => secrets.own('here', 'theirs', { name: 'a', uid })],
  ['read', () => secrets.read('here', 'theirs')],
  ['deleted', () => secrets.remove('here', 'theirs')],
])('a Secret of somebody else is not %s', async (_what, touch) => {
  const body = { kind: 'Secret', apiVersion: 'v1', metadata: { labels: { [label.name]: 'staging' } } }
  kubernetes.objects.create({ resource: 'secrets', namespace, name: 'theirs' }, body, 'somebody')
  const before = stored()
  await expect(touch()).rejects.toMatchObject({
    code: 'exists',
    message: 'a Secret named theirs is there and is not ours',
    cure: 'Remove or rename that Secret.',
  })
  expect(stored()).toEqual(before)
})
