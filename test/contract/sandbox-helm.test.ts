import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type KubernetesSandbox, startKubernetes } from '../../sandbox/kubernetes/server.ts'
import { systemClock } from '../../src/clock.ts'

interface Recording {
  readonly name: string
  readonly args: readonly string[]
  readonly rights: string
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

const recordings = join(import.meta.dirname, '../recordings')
const read = (version: string, name: string): Recording =>
  JSON.parse(readFileSync(join(recordings, `helm-${version}`, `${name}.json`), 'utf8')) as Recording

/** In the order in which they were recorded: each finds what those before it left. */
const story = [
  'version',
  'cluster-unreachable',
  'cluster-unauthorized',
  'status-missing',
  'uninstall-missing',
  'uninstall-missing-ignore-not-found',
  'install-chart-missing',
  'install-bad-values-file',
  'install-repo-unreachable',
  'install-namespace-missing',
  'install-forbidden',
  'install',
  'install-again-unchanged',
  'status',
  'get-values',
  'history',
  'list',
  'status-forbidden',
  'list-forbidden',
  'uninstall-forbidden',
  'uninstall-forbidden-ignore-not-found',
  'install-timeout',
  'status-after-timeout',
  'install-after-failed',
  'upgrade-fails-and-rolls-back',
  'status-after-rollback',
  'first-install-fails-and-rolls-back',
  'status-after-first-install-rolled-back',
  'install-killed',
  'status-pending-install',
  'list-pending',
  'upgrade-while-pending',
  'rollback-pending-first',
  'uninstall-pending',
  'uninstall',
]

/** The statuses of each release's revisions after a command, as labels of helm's Secrets. */
const kept: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  install: ['proxy', ['deployed']],
  'install-again-unchanged': ['proxy', ['superseded', 'deployed']],
  'uninstall-forbidden-ignore-not-found': ['proxy', ['superseded', 'deployed']],
  'install-timeout': ['broken', ['failed']],
  'install-after-failed': ['broken', ['failed', 'deployed']],
  'upgrade-fails-and-rolls-back': ['broken', ['failed', 'superseded', 'failed', 'deployed']],
  'first-install-fails-and-rolls-back': ['slow', []],
  'install-killed': ['stuck', ['pending-install']],
  'uninstall-pending': ['stuck', []],
  uninstall: ['proxy', []],
}

const helm = join(import.meta.dirname, '../../sandbox/helm/helm.ts')

/** What differs from run to run, and what the stand-in has no chart for. */
const normalise = (text: string): unknown => {
  const timeless = text
    .replaceAll(/\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z| \+0000 UTC)/g, 'TIME')
    .replaceAll(/LAST DEPLOYED: .*/g, 'LAST DEPLOYED: TIME')
  if (!/^[[{]/.test(timeless)) return timeless
  return JSON.parse(timeless, (key, value: unknown) =>
    [
      'manifest',
      'resources',
      'lock',
      'templates',
      'values',
      'schema',
      'schemamodtime',
      'files',
      'modtime',
      'apiVersion',
    ].includes(key)
      ? undefined
      : value,
  )
}

describe.each(['3.22', '4.3'])('the stand-in of helm %s', (version) => {
  let kubernetes: KubernetesSandbox
  let folder: string

  beforeAll(async () => {
    kubernetes = await startKubernetes({ clock: systemClock })
    kubernetes.createNamespace('shop')
    const rights = { groups: [''], namespaces: ['shop'] }
    kubernetes.rules.set('system:serviceaccount:shop:installer', [
      { ...rights, verbs: ['*'], resources: ['secrets', 'pods', 'events'] },
    ])
    kubernetes.rules.set('system:serviceaccount:shop:reader', [
      { ...rights, verbs: ['get', 'list'], resources: ['pods'] },
    ])
    folder = mkdtempSync(join(tmpdir(), 'onboard-bot-helm-'))
    for (const name of ['installer', 'reader']) {
      writeFileSync(join(folder, name), kubernetes.kubeconfig(`system:serviceaccount:shop:${name}`))
    }
    mkdirSync(join(folder, 'chart'))
    writeFileSync(join(folder, 'chart', 'Chart.yaml'), 'name: proxy\nversion: 0.1.0\nappVersion: "1.0"\n')
    writeFileSync(join(folder, 'settings.json'), JSON.stringify({ version, timeScale: 0.05 }))
  })
  afterAll(async () => {
    await kubernetes.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const run = async ({ args, rights, signal }: Recording): Promise<Partial<Recording>> => {
    const child = spawn(
      process.execPath,
      [helm, ...args.map((word) => (word === 'CHART' ? join(folder, 'chart') : word))],
      {
        env: {
          ...process.env,
          KUBECONFIG: join(folder, rights.startsWith('all') ? 'installer' : 'reader'),
          HELM_FAULTS: join(folder, 'settings.json'),
        },
      },
    )
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()))
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()))
    const closed = new Promise<[number | null, string | null]>((resolve) => {
      child.once('close', (code, by) => {
        resolve([code, by])
      })
    })
    if (signal === 'SIGKILL') {
      while (statuses('stuck').length === 0) await sleep(20)
      child.kill('SIGKILL')
    }
    const [code, endedBy] = await closed
    return { code, signal: endedBy, stdout, stderr }
  }

  const statuses = (name: string): readonly (string | undefined)[] =>
    kubernetes.secrets
      .list('shop')
      .filter(({ metadata, type }) => metadata.labels?.['name'] === name && type === 'helm.sh/release.v1')
      .toSorted((a, b) => Number(a.metadata.labels?.['version']) - Number(b.metadata.labels?.['version']))
      .map(({ metadata }) => {
        expect(metadata.name).toBe(`sh.helm.release.v1.${name}.v${metadata.labels?.['version']}`)
        expect(metadata.labels?.['owner']).toBe('helm')
        return metadata.labels?.['status']
      })

  it('is held to every recording', () => {
    const recorded = readdirSync(join(recordings, `helm-${version}`)).map((file) => file.replace('.json', ''))
    expect(story.toSorted()).toEqual(recorded.toSorted())
  })

  it.each(story)('%s: it ends, says and keeps what was recorded', async (name) => {
    const recorded = read(version, name)
    const ended = await run(recorded)
    expect({ code: ended.code, signal: ended.signal }).toEqual({
      code: recorded.code,
      signal: recorded.signal,
    })
    expect(ended.stderr).toBe(recorded.stderr)
    expect(normalise(ended.stdout ?? '')).toEqual(normalise(recorded.stdout))
    const [release, expected] = kept[name] ?? []
    if (release !== undefined) expect(statuses(release)).toEqual(expected)
  })
})
