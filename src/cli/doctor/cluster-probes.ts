import { ArgoClient } from '../../argo/client.ts'
import type { ArgoEndpoint } from '../../argo/endpoint.ts'
import type { Clock } from '../../clock.ts'
import type { Cluster } from '../../kubernetes/cluster.ts'
import {
  inspectServer,
  namespaceExists,
  resourcesOf,
  serviceAccountExists,
} from '../../kubernetes/inspection.ts'
import { deniedToSelf, deniedToServiceAccount, whoAmI } from '../../kubernetes/reviews.ts'
import type { WorkflowManifest } from '../../onboarding/ports/workflows.ts'
import type { Bearer, ClusterProbes, OfferedFile } from './cluster.ts'

/** The probes of one cluster, by the same connection and clients that the bot uses. */
export const createClusterProbes = (
  { open, endpoint }: { readonly open: () => Promise<Cluster>; readonly endpoint: ArgoEndpoint },
  options: {
    readonly clock: Clock
    readonly labelSelector: string
    readonly sample: (file: OfferedFile) => WorkflowManifest
  },
): ClusterProbes => {
  const { namespace } = endpoint
  const argo = new ArgoClient(endpoint, options.clock)
  const as = async (bearer: Bearer): Promise<Cluster> => {
    const cluster = await open()
    return bearer === 'kubernetes' ? cluster : cluster.withToken(await endpoint.token({ refused: false }))
  }
  return {
    server: async () => inspectServer(await open()),
    whoAmI: async (bearer) => whoAmI(await as(bearer)),
    namespaceExists: async () => namespaceExists(await open(), namespace),
    argoResources: async () => resourcesOf(await open(), 'argoproj.io', 'v1alpha1'),
    token: async () => {
      await endpoint.token({ refused: false })
    },
    argoVersion: () => argo.version(),
    argoAccess: async () => {
      await argo.list(options.labelSelector)
      return argo.managedNamespace()
    },
    denied: async (place, right) => deniedToSelf(await as(place.bearer), place.namespace, right),
    serviceAccountExists: async (name) => serviceAccountExists(await open(), { namespace, name }),
    deniedToServiceAccount: async (name, right) =>
      deniedToServiceAccount(await open(), { namespace, name }, right),
    dryRun: (file) => argo.check(options.sample(file)),
  }
}
