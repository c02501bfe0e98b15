import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { load } from 'js-yaml'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { type KubernetesSandbox, startKubernetes } from '../../sandbox/kubernetes/server.ts'
import { systemClock } from '../../src/clock.ts'
import { doAll } from '../cluster/do-all.ts'
import { notGiven, siteSchema } from '../cluster/site.ts'
import { Target } from '../cluster/target.ts'

let folder: string
let kubernetes: KubernetesSandbox
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onboard-bot-target-'))
  kubernetes = await startKubernetes({ clock: systemClock })
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await kubernetes.close()
  rmSync(folder, { recursive: true })
})

const targetBy = (text: string): Target => {
  const path = join(folder, 'kubeconfig')
  writeFileSync(path, text)
  vi.stubEnv('KUBECONFIG', path)
  const { 'current-context': context } = load(kubernetes.kubeconfig('admin')) as { 'current-context': string }
  return new Target(siteSchema.parse({ context }))
}

it('what cannot be removed from a cluster keeps nothing else there, and all of it is told', async () => {
  const target = targetBy(kubernetes.kubeconfig('admin'))
  const make = (name: string): Promise<void> =>
    target.make({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'shared' } })
  await make('first')
  await make('second')
  kubernetes.faults.answers.push({
    request: 'DELETE /api/v1/namespaces/shared/secrets/second',
    status: 500,
    message: 'no',
    times: 1,
  })
  // The sandbox's Kubernetes API knows no workflows: as where one may not list them.
  const error: unknown = await target.clean().catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    message: expect.stringMatching(
      /^2 of 4 failed:\n- the workflows in shared: .*404.*\n- Secret second: .*500.*$/,
    ) as string,
  })
  expect(await target.find('v1', 'Secret', 'first', 'shared')).toBeUndefined()
  expect(await target.find('v1', 'Secret', 'second', 'shared')).toBeDefined()
})

it('of several failures none hides another', async () => {
  const tasks = ['one', 'two'].map(
    (name) => [name, () => Promise.reject(new Error(`${name} is there`))] as const,
  )
  await expect(doAll([...tasks, ['three', async () => undefined]])).rejects.toThrow(
    '2 of 3 failed:\n- one: one is there\n- two: two is there',
  )
})

describe('a KUBECONFIG that cannot be used is named, with what to do', () => {
  it.each([
    ['clusters: [\n', /^KUBECONFIG: "PATH" cannot be read: it is not YAML \(line \d\)\. Mend that line/],
    [
      'kind: Secret\n',
      /^KUBECONFIG: "PATH" is none: it holds no clusters and contexts\. Give the path of one/,
    ],
    ['clusters: []\ncontexts: []\n', /^KUBECONFIG has no context ".+", which the site file names; /],
  ])('%j', (text, says) => {
    const path = join(folder, 'kubeconfig')
    expect(() => targetBy(text)).toThrow(new RegExp(says.source.replace('PATH', path)))
  })

  it('where there is no such file', () => {
    vi.stubEnv('KUBECONFIG', join(folder, 'none'))
    expect(() => new Target(siteSchema.parse({ context: 'x' }))).toThrow(
      `KUBECONFIG: "${join(folder, 'none')}" cannot be read; give the path of a kubeconfig`,
    )
  })
})

it('a variable that is empty counts as not given', () => {
  expect(notGiven({ KUBECONFIG: '', CLUSTER_SITE: ' ' })).toEqual(['KUBECONFIG', 'CLUSTER_SITE'])
  expect(notGiven({ KUBECONFIG: 'a', CLUSTER_SITE: 'b' })).toEqual([])
})
