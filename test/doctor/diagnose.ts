import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { dump, load } from 'js-yaml'
import { expect } from 'vitest'

import { tokens } from '../../sandbox/slack/cast.ts'
import { repositoryRoot, type World } from '../../sandbox/world.ts'
import type { Outcome } from '../../src/cli/doctor/check.ts'
import { type Diagnosis, runDoctor } from '../../src/cli/doctor/doctor.ts'
import { type Clock, systemClock } from '../../src/clock.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Line {
  readonly id: string
  readonly outcome: Outcome
  readonly says: string
  readonly cure?: string
}

export interface Diagnosed {
  readonly diagnosis: Diagnosis
  readonly lines: readonly Line[]
  readonly line: (id: string) => Line | undefined
  /** Of everything that is not ok, and not the sandbox's lack of TLS. */
  readonly complaints: readonly string[]
}

const refuseSecrets = (world: World, output: string): void => {
  const secrets = [
    tokens.bot,
    tokens.app,
    world.environment['SHARED_META_TOKEN'] ?? '',
    ...world.kubernetes.tokens.keys(),
    ...Object.values(world.btp.serviceKey()).filter((value) => typeof value === 'string'),
  ]
  expect(secrets.filter((secret) => secret !== '' && output.includes(secret))).toEqual([])
}

// There is no TLS in the sandbox, which doctor says of every cluster.
const isSandboxes = ({ outcome, says }: Line): boolean =>
  outcome === 'warning' && says.includes('NOT ENCRYPTED')

const linesOf = (output: string): readonly Line[] =>
  output
    .trimEnd()
    .split('\n')
    .map((line): Line => JSON.parse(line))

/** How often it is looked whether only what hangs is left (milliseconds). */
const lookMs = 5

/**
 * A clock whose timers wait for what is slow on a busy machine: they end only once `hanging` was called, and when
 * one check alone is left, which is then the one that hangs.
 */
const createPatientClock = (hanging: Promise<unknown> | undefined): Clock & { readonly stop: () => void } => {
  const waiting = new Set<() => void>()
  let looking: NodeJS.Timeout | undefined
  const look = (): void => {
    looking = setInterval(() => {
      const [only] = waiting
      if (waiting.size === 1) only?.()
    }, lookMs)
  }
  void hanging?.then(look, look)
  return {
    now: systemClock.now,
    elapsed: systemClock.elapsed,
    after: (_delayMs, wake) => {
      waiting.add(wake)
      return () => waiting.delete(wake)
    },
    stop: () => {
      clearInterval(looking)
    },
  }
}

/** Runs doctor in this process against a world, and reads what it says as JSON; `hanging` is called by what hangs. */
export const diagnose = async (
  world: World,
  changes: Environment = {},
  hanging?: Promise<unknown>,
): Promise<Diagnosed> => {
  const clock = createPatientClock(hanging)
  let output = ''
  const diagnosis = await runDoctor({
    environment: { ...world.environment, ...changes },
    readFile: (path) => readFileSync(path, 'utf8'),
    clock,
    isJson: true,
    limitMs: 5_000,
    isColoured: false,
    write: (text) => {
      output += text
    },
  })
  clock.stop()
  refuseSecrets(world, output)
  const lines = linesOf(output)
  return {
    diagnosis,
    lines,
    line: (id) => {
      const found = lines.find((one) => one.id === id)
      return (
        found && {
          id,
          outcome: found.outcome,
          says: found.says,
          ...(found.cure !== undefined && { cure: found.cure }),
        }
      )
    },
    complaints: lines.filter((line) => line.outcome !== 'ok' && !isSandboxes(line)).map(({ id }) => id),
  }
}

/** Runs the program as its users do. */
export const runProcess = (
  world: World,
  words: readonly string[],
  options: { readonly changes?: Environment; readonly uid?: number } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['src/main.ts', ...words], {
      cwd: repositoryRoot,
      env: { ...process.env, ...world.environment, ...options.changes },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
    })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()))
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()))
    child.once('error', reject)
    child.once('close', (code) => {
      refuseSecrets(world, stdout + stderr)
      resolve({ code, stdout, stderr })
    })
  })

/** The configuration file of a world, as far as tests change it. */
export interface Configuration {
  channel: string
  credentials?: object
  policy: { request?: readonly string[]; approve?: readonly string[]; approvals?: number }
  clusters: Record<
    string,
    {
      kubernetes: { kubeconfig: string }
      paused?: string
      argo: {
        url?: string
        service?: { secure: boolean }
        namespace: string
        serviceAccount?: string
        tokenFile?: string
        insecureSkipTlsVerify?: boolean
        caFile?: string
      }
      templates: Record<string, object>
    }
  >
}

/** Changes the configuration file of a world. */
export const reconfigure = (world: World, change: (configuration: Configuration) => void): void => {
  const path = join(world.folder, 'onboard-bot.yml')
  const configuration = load(readFileSync(path, 'utf8')) as Configuration
  change(configuration)
  writeFileSync(path, dump(configuration))
}

export const clusterIn = (
  configuration: Configuration,
  name = 'prod-eu',
): Configuration['clusters'][string] => {
  const found = configuration.clusters[name]
  if (found === undefined) throw new Error(`there is no cluster ${name}`)
  return found
}
