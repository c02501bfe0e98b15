import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { z } from 'zod'

import { StepError } from './step-error.ts'

export interface Release {
  readonly name: string
  readonly namespace: string
}

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const statusSchema = z.object({ info: z.object({ status: z.string() }), version: z.number() })

/** helm waits this long for what it installs. */
const timeout = '5m'

/** Runs helm. Its output holds Secrets, so it is never logged; SIGTERM is handed on, so that helm can put things right. */
const runHelm = (args: readonly string[], signal: AbortSignal): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn('helm', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    const end = (): void => {
      child.kill('SIGTERM')
    }
    signal.addEventListener('abort', end)
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()))
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()))
    child.on('error', (error) => {
      reject(new StepError('bad-input', 'helm is not in the image of the steps.', { cause: error }))
    })
    child.on('close', (code) => {
      signal.removeEventListener('abort', end)
      resolve({ code: code ?? 1, stdout, stderr })
    })
  })

const failures: readonly (readonly [RegExp, ConstructorParameters<typeof StepError>[0], string])[] = [
  [
    /is forbidden|Unauthorized|cannot (?:list|get|create) resource/i,
    'authorisation',
    "The workflow's ServiceAccount may not install the chart here. Give it the rights of the chart.",
  ],
  [/namespaces? ".*" not found/, 'bad-input', 'The namespace does not exist. Create it first.'],
  [/no matches for kind/, 'bad-input', 'The chart needs an API that this cluster does not have.'],
  [
    /chart .*not found|failed to download|not a valid chart repository|path .* not found|no such host/i,
    'bad-input',
    'The chart cannot be fetched. Check its address and version.',
  ],
  [
    /cannot be imported into the current release/,
    'conflict',
    'Something of the chart is there already and belongs to another release.',
  ],
  [
    /another operation .* is in progress/,
    'conflict',
    'Another helm operation is in progress on the release.',
  ],
  [
    /timed out|context deadline exceeded|not ready/i,
    'timed-out',
    'The release did not become ready in time. Look at its pods.',
  ],
  [
    /connection refused|i\/o timeout|TLS handshake timeout|cluster unreachable/i,
    'remote-down',
    'The Kubernetes API cannot be reached by helm.',
  ],
]

const failureOf = ({ stderr }: Ended): StepError => {
  const known = failures.find(([shape]) => shape.test(stderr))
  if (known !== undefined) return new StepError(known[1], known[2])
  const line = stderr.trim().split('\n').at(-1) ?? ''
  return new StepError('conflict', `helm failed: ${line.replace(/^Error:\s*/, '').slice(0, 300)}`)
}

/** The status of a release; undefined when there is none. "May not look" is a failure, not an absence. */
export const findRelease = async (
  { name, namespace }: Release,
  signal: AbortSignal,
): Promise<{ status: string; revision: number } | undefined> => {
  const ended = await runHelm(['status', name, '--namespace', namespace, '-o', 'json'], signal)
  if (ended.code === 0) {
    const { info, version } = statusSchema.parse(JSON.parse(ended.stdout))
    return { status: info.status, revision: version }
  }
  if (/release: not found/.test(ended.stderr)) return undefined
  throw failureOf(ended)
}

const mustSucceed = async (args: readonly string[], signal: AbortSignal): Promise<void> => {
  const ended = await runHelm(args, signal)
  if (ended.code !== 0) throw failureOf(ended)
}

/** A run that was killed leaves the release pending, and helm then refuses everything. */
const recover = async (release: Release, status: string, signal: AbortSignal): Promise<void> => {
  const { name, namespace } = release
  if (status === 'pending-install' || status === 'uninstalling') {
    await mustSucceed(['uninstall', name, '--namespace', namespace], signal)
  } else if (status.startsWith('pending-')) {
    await mustSucceed(['rollback', name, '--namespace', namespace], signal)
  }
}

/** Installs or upgrades the chart and waits. Values go by a file that only we can read. Throws StepError. */
export const installRelease = async (
  release: Release & { chart: string; version: string; values: object },
  signal: AbortSignal,
): Promise<void> => {
  const { name, namespace, chart, version, values } = release
  const known = await findRelease(release, signal)
  if (known !== undefined) await recover(release, known.status, signal)
  const folder = await mkdtemp(join(tmpdir(), 'values-'))
  const file = join(folder, 'values.json')
  try {
    await writeFile(file, JSON.stringify(values), { mode: 0o600, flag: 'wx' })
    const args = ['upgrade', '--install', name, chart, '--namespace', namespace, '--values', file]
    const options = ['--wait', '--timeout', timeout, '--history-max', '5', '-o', 'json']
    await mustSucceed([...args, ...(version === '' ? [] : ['--version', version]), ...options], signal)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Removes the release; fine when there is none. Throws StepError. */
export const uninstallRelease = async (release: Release, signal: AbortSignal): Promise<void> => {
  // --ignore-not-found would also call "may not look" a success.
  if ((await findRelease(release, signal)) === undefined) return
  const { name, namespace } = release
  await mustSucceed(['uninstall', name, '--namespace', namespace, '--wait', '--timeout', timeout], signal)
}
