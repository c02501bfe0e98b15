import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { RemoteError } from '../onboarding/ports/remote-error.ts'
import type { WorkflowState, Workflows } from '../onboarding/ports/workflows.ts'
import { ArgoClient } from './client.ts'
import type { ArgoEndpoint } from './endpoint.ts'
import { Follower } from './follower.ts'
import { stateOf } from './steps.ts'

interface Options {
  /** By the name of the cluster. */
  readonly endpoints: ReadonlyMap<string, ArgoEndpoint>
  /** Selects what this installation has made. */
  readonly labelSelector: string
  readonly clock: Clock
  readonly log: Log
  /** In [0, 1). */
  readonly random: () => number
}

const removed = (cluster: string): RemoteError =>
  new RemoteError(`the cluster ${cluster} is not in the configuration any more`, {
    code: 'unreachable',
    cure: 'Put the cluster back into the configuration and restart the bot: it goes on from there.',
  })

/** The argo-servers of all clusters; what one of them does never delays another. */
export const createWorkflows = (options: Options): Workflows & { readonly close: () => void } => {
  const { endpoints, ...rest } = options
  let unfollowed: (cluster: string, state: WorkflowState) => void = () => undefined
  const servers = new Map(
    [...endpoints].map(([cluster, endpoint]) => {
      const client = new ArgoClient(endpoint, options.clock)
      const tell = (state: WorkflowState): void => unfollowed(cluster, state)
      return [cluster, { client, follower: new Follower({ ...rest, cluster, client, unfollowed: tell }) }]
    }),
  )
  const server = (cluster: string): { client: ArgoClient; follower: Follower } => {
    const found = servers.get(cluster)
    if (found !== undefined) return found
    throw removed(cluster)
  }
  return {
    create: async (cluster, manifest) => server(cluster).client.create(manifest),
    check: async (cluster, manifest) => server(cluster).client.check(manifest),
    list: async (cluster) => (await server(cluster).client.list(options.labelSelector)).map(stateOf),
    get: async (cluster, name, uid) => {
      const workflow = await server(cluster).client.get(name, uid)
      return workflow && stateOf(workflow)
    },
    retry: async (cluster, name) => server(cluster).client.retry(name),
    stop: async (cluster, name) => server(cluster).client.stop(name),
    log: async (cluster, name, podName) => server(cluster).client.log(name, podName),
    follow: (cluster, workflow, listener) => {
      const known = servers.get(cluster)
      if (known !== undefined) return known.follower.follow(workflow, listener)
      listener.unseen(removed(cluster), { isListed: false })
      return { look: () => undefined, end: () => undefined }
    },
    watch: (listener) => {
      unfollowed = listener
      for (const { follower } of servers.values()) follower.open()
    },
    link: (cluster, name, uid) => {
      const endpoint = endpoints.get(cluster)
      if (endpoint?.uiUrl === undefined) return undefined
      const page = `${endpoint.uiUrl.replace(/\/$/, '')}/workflows/${endpoint.namespace}/${name}`
      return uid === undefined ? page : `${page}?uid=${encodeURIComponent(uid)}`
    },
    close: () => {
      for (const { follower } of servers.values()) follower.close()
    },
  }
}
