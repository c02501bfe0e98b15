import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { z } from 'zod'

import { protectedRepository, repositoryName, writeRepository } from './chart-repository.ts'
import type { Cluster } from './cluster.ts'
import { readEnvironment } from './environment.ts'
import { didNotBegin, failedUpdate, helmFailure, type Release, saysNotFound } from './helm-failures.ts'
import { configFolder, type Ended, helmRunner, type RunHelm } from './helm-process.ts'
import { type Claimed, ownerLabel } from './ownership.ts'
import { PassingError, retrying } from './retrying.ts'
import { StepError } from './step-error.ts'
import type { StepContext } from './step.ts'

export type { Release } from './helm-failures.ts'

/** How long helm waits, as helm writes it. */
export const helmEnvironment = z.object({
  HELM_TIMEOUT: z
    .string()
    .regex(/^\d+[smh]$/, 'must be a number and s, m or h')
    .default('5m'),
})

const statusSchema = z.object({ info: z.object({ status: z.string() }), version: z.number() })
const historySchema = z.array(z.object({ revision: z.number(), status: z.string() }))

/** Reads what helm printed; what is wrong with it is never quoted, because Secrets stand in it. */
const readOutput = <T>(schema: z.ZodType<T>, stdout: string): T => {
  try {
    return schema.parse(JSON.parse(stdout))
  } catch {
    throw new StepError(
      'bad-input',
      'The helm in the image of the steps prints what is no JSON of helm 3 or 4. Use an image with one of them, then clean up and ask again.',
    )
  }
}

/** A release in its newest revision, and whose it is: the value of our label on helm's own Secret. */
export interface Installed {
  readonly status: string
  readonly revision: number
  readonly owner: string | undefined
}

export interface Installation extends Release {
  readonly chart: string
  readonly version: string
  readonly repository: string
  readonly values: object
  /** What helm keeps as our label on the release. */
  readonly owner: string
  /** Values that must not be in a sentence. */
  readonly secrets: readonly string[]
}

const versionOf = async (run: RunHelm): Promise<3 | 4> => {
  const { stdout } = await run(['version', '--short'])
  const major = /^v?(\d+)\./.exec(stdout.trim())?.[1]
  if (major === '3' || major === '4') return Number(major) === 3 ? 3 : 4
  throw new StepError(
    'bad-input',
    'The helm in the image of the steps is neither helm 3 nor helm 4. Use an image with one of them, then clean up and ask again.',
  )
}

/** The helm that is in the image, used on one cluster. Every method throws StepError. */
export class Helm {
  readonly #run: RunHelm
  readonly #context: StepContext
  readonly #cluster: Cluster
  readonly #major: 3 | 4
  readonly #waiting: readonly string[]

  private constructor(options: { run: RunHelm; cluster: Cluster; major: 3 | 4; context: StepContext }) {
    this.#run = options.run
    this.#context = options.context
    this.#cluster = options.cluster
    this.#major = options.major
    const { HELM_TIMEOUT } = readEnvironment(helmEnvironment, options.context)
    this.#waiting = ['--wait', '--timeout', HELM_TIMEOUT]
  }

  static async open(cluster: Cluster, context: StepContext): Promise<Helm> {
    const run = helmRunner(context, cluster.kubeconfig)
    return new Helm({ run, cluster, major: await versionOf(run), context })
  }

  /** Undefined when there is none; "may not look" is a failure, not an absence. */
  async find(release: Release): Promise<Installed | undefined> {
    const { name, namespace } = release
    const ended = await this.#perform(release, ['status', name, '--namespace', namespace, '-o', 'json'])
    if (ended.code !== 0) {
      if (saysNotFound(ended)) return undefined
      throw helmFailure(release, ended)
    }
    // It prints the whole manifest, Secrets included: only these two are kept.
    const { info, version } = readOutput(statusSchema, ended.stdout)
    return { status: info.status, revision: version, owner: await this.#ownerOf(release, version) }
  }

  /** Installs or upgrades, and waits; what fails is taken back. Values go by a file that only we can read. */
  async install(wanted: Installation): Promise<void> {
    const { name, namespace, values, owner } = wanted
    const file = join(this.#context.folder, `${name}-values.json`)
    writeFileSync(file, JSON.stringify(values), { mode: 0o600 })
    const what = [...(await this.#chartOf(wanted)), '--namespace', namespace, '--values', file]
    const takeBack = this.#major === 3 ? '--atomic' : '--rollback-on-failure'
    const how = ['--labels', `${ownerLabel}=${owner}`, '--history-max', '5', ...this.#waiting, takeBack]
    const ended = await this.#perform(wanted, ['upgrade', '--install', name, ...what, ...how])
    if (ended.code !== 0) throw helmFailure(wanted, ended)
  }

  /** Removes the release and waits until its things are gone; fine when it is not there. */
  async uninstall(release: Release): Promise<void> {
    const { name, namespace } = release
    // --ignore-not-found would also call "may not look" a success.
    const ended = await this.#perform(release, [
      'uninstall',
      name,
      '--namespace',
      namespace,
      ...this.#waiting,
    ])
    if (ended.code !== 0 && !saysNotFound(ended)) throw helmFailure(release, ended)
  }

  /**
   * Puts right what a run that was killed left: helm refuses everything else on it. What never worked has to be
   * removed; `beforeRemoval` may throw to keep it.
   */
  async recover(release: Release, status: string, beforeRemoval?: () => Promise<void>): Promise<void> {
    const good =
      status.startsWith('pending-') && status !== 'pending-install'
        ? await this.#lastGood(release)
        : undefined
    if (good === undefined) {
      await beforeRemoval?.()
      return this.uninstall(release)
    }
    const { name, namespace } = release
    const ended = await this.#perform(release, [
      'rollback',
      name,
      String(good),
      '--namespace',
      namespace,
      ...this.#waiting,
    ])
    if (ended.code !== 0) throw helmFailure(release, ended)
  }

  /** How the command line names the chart: credentials of its repository are never on it. */
  async #chartOf(wanted: Installation): Promise<readonly string[]> {
    const { chart, version, repository } = wanted
    const which = version === '' ? [] : ['--version', version]
    const own = protectedRepository(repository)
    if (own === undefined) return [chart, ...which, ...(repository === '' ? [] : ['--repo', repository])]
    writeRepository(join(this.#context.folder, configFolder, 'repositories.yaml'), own)
    const ended = await this.#perform(wanted, ['repo', 'update', repositoryName])
    if (ended.code !== 0) throw helmFailure(wanted, ended)
    return [`${repositoryName}/${chart}`, ...which]
  }

  /** Runs helm, again where it did not get as far as the cluster or the chart. */
  #perform(about: Release, args: readonly string[]): Promise<Ended> {
    return retrying(
      'The Kubernetes API or the repository of the chart',
      async () => {
        const ended = failedUpdate(await this.#run(args))
        if (didNotBegin(about, ended)) throw new PassingError('helm cannot reach it')
        return ended
      },
      this.#context,
    )
  }

  /** The newest revision that once worked. */
  async #lastGood(release: Release): Promise<number | undefined> {
    const { name, namespace } = release
    const ended = await this.#perform(release, ['history', name, '--namespace', namespace, '-o', 'json'])
    if (ended.code !== 0) throw helmFailure(release, ended)
    const all = readOutput(historySchema, ended.stdout)
    return all.findLast(({ status }) => status === 'deployed' || status === 'superseded')?.revision
  }

  async #ownerOf({ name, namespace }: Release, version: number): Promise<string | undefined> {
    const secret = secretOf(name, version)
    const found = await this.#cluster.find(`read helm's Secrets in "${namespace}"`, () =>
      this.#cluster.core.readNamespacedSecret({ name: secret, namespace }),
    )
    return found?.metadata?.labels?.[ownerLabel]
  }
}

/** Where helm keeps a revision. */
const secretOf = (name: string, revision: number): string => `sh.helm.release.v1.${name}.v${revision}`

/** A release that has the name of ours. */
export const claimedRelease = ({ name, namespace }: Release, { revision, owner }: Installed): Claimed => ({
  what: `release "${name}" in "${namespace}"`,
  labelled: { name: secretOf(name, revision), namespace },
  owner,
})

/** Whether a killed run left a release so that helm refuses to go on. */
export const isStuck = ({ status }: Installed): boolean =>
  status.startsWith('pending-') || status === 'uninstalling'
