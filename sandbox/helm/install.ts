import { setTimeout as sleep } from 'node:timers/promises'

import { type Arguments, durationMs } from './arguments.ts'
import { applyChart, findChart, manifestOf, readValues, removeChart } from './chart.ts'
import { type Cluster, ClusterRefusal } from './cluster.ts'
import { type Dialect, HelmError, type Settings } from './dialect.ts'
import type { Release, Releases } from './releases.ts'

export interface Command {
  readonly given: Arguments
  readonly dialect: Dialect
  readonly settings: Settings
  readonly cluster: Cluster
  readonly releases: Releases
  readonly namespace: string
  readonly name: string
}

/** Aborted by SIGTERM: helm then marks the release as failed. */
const interrupted = new AbortController()
process.once('SIGTERM', () => {
  interrupted.abort()
})

/** The same release with another status. */
export const withInfo = (release: Release, status: string, description: string): Release => ({
  ...release,
  info: { ...release.info, status, description },
})

/** A release as `-o json` prints it: whole, with its manifest and its values. */
export const shownRelease = (release: Release, { dialect }: Command, withChart: boolean): object => {
  const { name, info, chart, config, version, namespace } = release
  const manifest = manifestOf(release)
  return {
    name,
    info: { ...info, ...dialect.info },
    ...(withChart && { chart }),
    config,
    manifest,
    version,
    namespace,
    ...dialect.release,
  }
}

/** Longer than anybody waits (milliseconds). */
const hangMs = 3_600_000

const waits = ({ given, dialect }: Command): boolean =>
  given.options.has('--wait') || given.options.has(dialect.rollbackFlag)

/** Waits as helm does for what is not ready; throws HelmError when time is up. */
const becomeReady = async (command: Command, release: Release, isUpgrade: boolean): Promise<void> => {
  const { settings, given, dialect } = command
  // The recorded chart's readiness probe is a shell command.
  const isReady = settings.install === undefined && release.config['ready'] !== 'exit 1'
  if (!waits(command) || isReady) return
  const timeoutMs = durationMs(given.options.get('--timeout') ?? '5m')
  const waitMs = settings.install === 'hang' ? hangMs : timeoutMs * settings.timeScale
  await sleep(waitMs, undefined, { signal: interrupted.signal }).catch(() => {
    throw new HelmError('context canceled')
  })
  throw new HelmError(dialect.notReady(`Deployment/${release.namespace}/${release.name}`, isUpgrade))
}

const refuseByFault = ({ settings, given, name }: Command): void => {
  if (settings.install === 'chart-missing') throw new HelmError(`path "${given.words[2] ?? ''}" not found`)
  if (settings.install === 'no-api') {
    throw new HelmError(
      'unable to build kubernetes objects from release manifest: resource mapping not found for name: "x" namespace: "" from "": no matches for kind "ClusterRole" in version "rbac.authorization.k8s.io/v1beta1"',
    )
  }
  if (settings.install === 'foreign-object') {
    throw new HelmError(
      `Unable to continue with install: ServiceAccount "${name}" in namespace "shop" exists and cannot be imported into the current release: invalid ownership metadata`,
    )
  }
}

const newRelease = async (command: Command, last: Release | undefined): Promise<Release> => {
  const { given, name, namespace } = command
  const config = readValues(given)
  const chart = await findChart(given.words[2] ?? '', given)
  refuseByFault(command)
  const now = new Date().toISOString()
  const labels = (given.options.get('--labels') ?? '').split(',').filter((one) => one.includes('='))
  return {
    name,
    namespace,
    version: (last?.version ?? 0) + 1,
    info: {
      first_deployed: last?.info.first_deployed ?? now,
      last_deployed: now,
      description: last === undefined ? 'Initial install underway' : 'Preparing upgrade',
      status: last === undefined ? 'pending-install' : 'pending-upgrade',
    },
    chart,
    config,
    labels: { ...last?.labels, ...Object.fromEntries(labels.map((one) => one.split('='))) },
  }
}

/** Makes a new revision of what an older one held. */
export const rollBackTo = async (
  { releases, dialect }: Command,
  target: Release,
  all: readonly Release[],
): Promise<void> => {
  const last = all.at(-1) ?? target
  const made = {
    ...target,
    version: last.version + 1,
    info: {
      ...target.info,
      last_deployed: new Date().toISOString(),
      status: 'deployed',
      description: `Rollback to ${target.version}`,
      ...dialect.rollback(target.version),
    },
  }
  await releases.create(made)
  for (const one of all) {
    if (one.info.status === 'deployed' || one.info.status.startsWith('pending-'))
      await releases.update(withInfo(one, 'superseded', one.info.description))
  }
}

const takeBack = async (command: Command, made: Release, reason: string): Promise<never> => {
  const { releases, cluster, dialect, name } = command
  const flag = dialect.rollbackFlag.slice(2)
  const all = await releases.revisions(name)
  const good = all.findLast(({ info }) => info.status === 'deployed')
  if (made.version === 1) {
    await removeChart(cluster, made)
    await releases.remove(made)
    throw new HelmError(
      `release ${name} failed, and has been uninstalled due to ${flag} being set: ${reason}`,
    )
  }
  const warning = dialect.warning(name, reason)
  if (warning !== undefined) console.error(warning)
  if (good !== undefined) await rollBackTo(command, good, all)
  throw new HelmError(
    `UPGRADE FAILED: release ${name} failed, and has been rolled back due to ${flag} being set: ${reason}`,
  )
}

const perform = async (command: Command, made: Release, isFirst: boolean): Promise<void> => {
  const { releases, cluster, given, dialect, name } = command
  try {
    await applyChart(cluster, made)
    await becomeReady(command, made, !isFirst)
  } catch (error) {
    const reason =
      error instanceof ClusterRefusal || error instanceof HelmError ? error.message : String(error)
    const about = isFirst ? `Release "${name}" failed: ${reason}` : `Upgrade "${name}" failed: ${reason}`
    await releases.update(withInfo(made, 'failed', about))
    if (given.options.has(dialect.rollbackFlag)) await takeBack(command, made, reason)
    throw new HelmError(isFirst ? reason : `UPGRADE FAILED: ${reason}`)
  }
}

const told = (command: Command, release: Release): string => {
  const { name, namespace, version, info } = release
  const isFirst = version === 1
  return [
    ...(isFirst ? [] : [`Release "${name}" has been upgraded. Happy Helming!`]),
    `NAME: ${name}`,
    `LAST DEPLOYED: ${new Date(info.last_deployed).toUTCString()}`,
    `NAMESPACE: ${namespace}`,
    'STATUS: deployed',
    `REVISION: ${version}`,
    ...(command.dialect.describes ? [`DESCRIPTION: ${info.description}`] : []),
    'TEST SUITE: None',
  ].join('\n')
}

/** `helm upgrade --install`. */
export const upgrade = async (command: Command): Promise<string> => {
  const { releases, given, name } = command
  const all = await releases.revisions(name)
  const last = all.at(-1)
  const isJson = given.options.get('--output') === 'json'
  if (last?.info.status.startsWith('pending-') === true) {
    throw new HelmError('UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress')
  }
  const made = await newRelease(command, last)
  if (last === undefined && !isJson) console.log(`Release "${name}" does not exist. Installing it now.`)
  await releases.create(made)
  await perform(command, made, last === undefined)
  for (const one of all) {
    if (one.info.status === 'deployed')
      await releases.update(withInfo(one, 'superseded', one.info.description))
  }
  const done = withInfo(made, 'deployed', last === undefined ? 'Install complete' : 'Upgrade complete')
  await releases.update(done)
  return isJson ? JSON.stringify(shownRelease(done, command, true)) : told(command, done)
}
