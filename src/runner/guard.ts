import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { RunSecrets } from '../onboarding/ports/run-secrets.ts'
import type { Workflows } from '../onboarding/ports/workflows.ts'
import { ClusterHealth } from './cluster-health.ts'

interface Surroundings {
  readonly clock: Clock
  readonly log: Log
  /** In [0, 1). */
  readonly random: () => number
}

type Call = <T>(cluster: string, task: () => Promise<T>) => Promise<T>

/** One breaker for each cluster, so that none of them is slowed by another. */
const createCalls = (server: string, surroundings: Surroundings): Call => {
  const healths = new Map<string, ClusterHealth>()
  return (cluster, task) => {
    const known = healths.get(cluster)
    const health = known ?? new ClusterHealth({ ...surroundings, name: `${server} of ${cluster}` })
    healths.set(cluster, health)
    return health.call(task)
  }
}

/** The same calls; those to an argo-server that gives no answer end at once. What is followed sees to itself. */
export const guardWorkflows = <T extends Workflows>(workflows: T, surroundings: Surroundings): T => {
  const call = createCalls('argo-server', surroundings)
  return {
    ...workflows,
    create: (cluster, manifest) => call(cluster, () => workflows.create(cluster, manifest)),
    check: (cluster, manifest) => call(cluster, () => workflows.check(cluster, manifest)),
    list: (cluster) => call(cluster, () => workflows.list(cluster)),
    get: (cluster, name, uid) => call(cluster, () => workflows.get(cluster, name, uid)),
    retry: (cluster, name) => call(cluster, () => workflows.retry(cluster, name)),
    stop: (cluster, name) => call(cluster, () => workflows.stop(cluster, name)),
    log: (cluster, name, podName) => call(cluster, () => workflows.log(cluster, name, podName)),
  }
}

/** The same calls; those to a Kubernetes API that gives no answer end at once. */
export const guardSecrets = (secrets: RunSecrets, surroundings: Surroundings): RunSecrets => {
  const call = createCalls('The Kubernetes API', surroundings)
  return {
    make: (cluster, name, data) => call(cluster, () => secrets.make(cluster, name, data)),
    own: (cluster, name, workflow) => call(cluster, () => secrets.own(cluster, name, workflow)),
    read: (cluster, name) => call(cluster, () => secrets.read(cluster, name)),
    remove: (cluster, name) => call(cluster, () => secrets.remove(cluster, name)),
  }
}
