import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, it } from 'vitest'

import { type KubernetesSandbox, startKubernetes } from '../../sandbox/kubernetes/server.ts'
import { createManualClock, type ManualClock } from '../../sandbox/manual-clock.ts'
import { openCluster } from '../../src/kubernetes/cluster.ts'
import { findTarget } from '../../src/kubernetes/service-target.ts'

let clock: ManualClock
let kubernetes: KubernetesSandbox
let folder: string
beforeEach(async () => {
  clock = createManualClock()
  kubernetes = await startKubernetes({ clock })
  folder = mkdtempSync(join(tmpdir(), 'onboard-bot-service-'))
  writeFileSync(join(folder, 'kubeconfig'), kubernetes.kubeconfig('onboard-bot'))
  const spec = { ports: [{ port: 80 }], selector: { app: 'a' } }
  const key = { resource: 'services', namespace: 'shared', name: 'a' }
  kubernetes.objects.create(key, { kind: 'Service', apiVersion: 'v1', spec }, 'test')
})
afterEach(async () => {
  await kubernetes.close()
  rmSync(folder, { recursive: true })
})

const startPod = (
  name: string,
  { ready = 'True', ...metadata }: { ready?: string; deletionTimestamp?: string } = {},
): void => {
  clock.advance(1_000)
  const key = { resource: 'pods', namespace: 'shared', name }
  const status = { conditions: [{ type: 'Ready', status: ready }] }
  const pod = { kind: 'Pod', apiVersion: 'v1', metadata: { labels: { app: 'a' }, ...metadata }, status }
  kubernetes.objects.create(key, pod, 'test')
}

const found = async (): Promise<string> => {
  const { core } = await openCluster({ kind: 'kubeconfig', path: join(folder, 'kubeconfig') })
  return (await findTarget(core, { namespace: 'shared', name: 'a', port: 80 })).pod
}

it('a Service leads to its newest pod that is ready and does not end', async () => {
  startPod('old')
  startPod('newer')
  startPod('not-ready', { ready: 'False' })
  startPod('ending', { deletionTimestamp: '2026-01-05T09:00:00Z' })
  expect(await found()).toBe('newer')
})

it('a Service without a ready pod leads nowhere yet', async () => {
  startPod('not-ready', { ready: 'False' })
  await expect(found()).rejects.toMatchObject({
    code: 'unavailable',
    message: 'Kubernetes: find the pods of the Service shared/a: none of 1 is ready',
  })
})
