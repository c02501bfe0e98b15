// A stand-in for the helm command: keeps releases as helm does, as Secrets of the cluster, and runs nothing.
import { readArguments } from './arguments.ts'
import { removeChart } from './chart.ts'
import { ClusterRefusal, reachCluster } from './cluster.ts'
import { dialectOf, HelmError, readSettings } from './dialect.ts'
import { type Command, rollBackTo, shownRelease, upgrade, withInfo } from './install.ts'
import { type Release, Releases } from './releases.ts'
import { updateRepository } from './repositories.ts'

const given = readArguments(process.argv.slice(2))
const settings = readSettings()
const dialect = dialectOf(settings)

const lastOf = async ({ releases, name }: Command): Promise<Release> => {
  const last = (await releases.revisions(name)).at(-1)
  if (last === undefined) throw new HelmError('release: not found')
  return last
}

const status = async (command: Command): Promise<string> =>
  JSON.stringify(shownRelease(await lastOf(command), command, false))

const uninstall = async (command: Command): Promise<string> => {
  const { releases, cluster, name } = command
  const all = await releases.revisions(name).catch((error: unknown) => {
    // helm's own trap: with the flag it takes "may not look" for "not there".
    if (given.options.has('--ignore-not-found')) return []
    throw prefixed(error, `uninstall: Release not loaded: ${name}: ${queryFailed}`)
  })
  const last = all.at(-1)
  if (last === undefined && !given.options.has('--ignore-not-found')) {
    throw new HelmError(`uninstall: Release not loaded: ${name}: release: not found`)
  }
  if (settings.uninstall === 'hook-fails')
    throw new HelmError('failed pre-delete: job failed: BackoffLimitExceeded')
  if (settings.uninstall === 'too-slow')
    throw new HelmError('uninstallation completed with 1 error(s): timed out waiting for the condition')
  if (last !== undefined) {
    await releases.update(withInfo(last, 'uninstalling', 'Deletion in progress (or silently failed)'))
    await removeChart(cluster, last)
  }
  for (const one of all) await releases.remove(one)
  return `release "${name}" uninstalled`
}

const chartName = ({ chart }: Release): string => `${chart.metadata.name}-${chart.metadata.version}`

const history = async ({ releases, name }: Command): Promise<string> => {
  const all = await releases.revisions(name)
  if (all.length === 0) throw new HelmError('release: not found')
  const rows = all.map((release) => ({
    revision: release.version,
    updated: release.info.last_deployed,
    status: release.info.status,
    chart: chartName(release),
    app_version: release.chart.metadata.appVersion,
    description: release.info.description,
  }))
  return JSON.stringify(rows)
}

const list = async ({ releases }: Command): Promise<string> => {
  const all = await releases.revisions().catch((error: unknown) => {
    throw prefixed(error, 'list: failed to list')
  })
  const newest = all.filter(
    (one) => !all.some(({ name, version }) => name === one.name && version > one.version),
  )
  const rows = newest
    .filter(({ info }) => !given.options.has('--pending') || info.status.startsWith('pending-'))
    .map((release) => ({
      name: release.name,
      namespace: release.namespace,
      revision: String(release.version),
      updated: release.info.last_deployed,
      status: release.info.status,
      chart: chartName(release),
      app_version: release.chart.metadata.appVersion,
    }))
  return JSON.stringify(rows)
}

const rollback = async (command: Command): Promise<string> => {
  const all = await command.releases.revisions(command.name)
  const last = await lastOf(command)
  const wanted = Number(given.words[2] ?? last.version - 1)
  const target = all.find(({ version }) => version === wanted)
  if (target === undefined) throw new HelmError(`release has no ${wanted} version`)
  await rollBackTo(command, target, all)
  return 'Rollback was a success! Happy Helming!'
}

const getValues = async (command: Command): Promise<string> => JSON.stringify((await lastOf(command)).config)

const commands: Readonly<Record<string, (command: Command) => Promise<string>>> = {
  upgrade,
  status,
  uninstall,
  history,
  list,
  rollback,
  get: getValues,
}

const queryFailed = 'query: failed to query with labels'

/** helm's words before those of Kubernetes. */
const prefixed = (error: unknown, words: string): unknown =>
  error instanceof ClusterRefusal ? new HelmError(`${words}: ${error.message}`) : error

const run = async (): Promise<string> => {
  const [name = '', ...rest] = given.words
  if (name === 'version') return dialect.version
  if (name === 'repo') return updateRepository(rest[1] ?? '', dialect)
  const perform = commands[name]
  if (perform === undefined) throw new HelmError(`unknown command "${name}" for "helm"`)
  const removed = dialect.removedFlags.find((flag) => given.options.has(flag))
  if (removed !== undefined) throw new HelmError(`unknown flag: ${removed}`)
  const cluster = await reachCluster(given, dialect)
  const namespace = given.options.get('--namespace') ?? 'default'
  const release = (name === 'get' ? rest[1] : rest[0]) ?? ''
  const releases = new Releases(cluster, namespace)
  return perform({ given, dialect, settings, cluster, releases, namespace, name: release })
}

try {
  console.log(await run())
} catch (error) {
  const told = prefixed(error, queryFailed)
  console.error(`Error: ${told instanceof Error ? told.message : 'unknown'}`)
  process.exitCode = 1
}
