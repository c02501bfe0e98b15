import { finishDeletion } from './operation.ts'
import type { Remote } from './remote.ts'
import type { Instance, ServiceInstances } from './service-instances.ts'
import type { Platform } from './service-manager.ts'
import type { StepContext } from './step.ts'

/** The SAP BTP service operator writes it on every instance that it makes. */
const clusterLabel = '_clusterid'

const clustersOf = ({ labels }: Instance): readonly string[] => labels?.[clusterLabel] ?? []

/** By what a cluster made its instances: the platform of its proxy, or the access of its operator. */
export interface Makers {
  readonly platform: Platform | undefined
  readonly access: Instance | undefined
}

/** Whether the cluster made an instance; one that was made in the cockpit or by another platform it did not. */
export const isOfCluster = (one: Instance, { platform, access }: Makers): boolean =>
  (platform !== undefined && one.platform_id === platform.id) ||
  (access !== undefined && clustersOf(one).length > 0)

/**
 * Deletes what the operator of a cluster that is gone made, with all data in it: nobody else can tell the Service
 * Manager that the cluster does not need it any more. `known` is the id that the shipped chart gives the cluster; the
 * operator of somebody else may have given it another. Throws StepError.
 */
export const deleteClusterContent = async (
  manager: Remote,
  instances: ServiceInstances,
  about: { access: Instance; made: readonly Instance[]; known: string; context: StepContext },
): Promise<void> => {
  const { access, made, known, context } = about
  for (const cluster of new Set([known, ...made.flatMap(clustersOf)])) {
    const operation = await instances.deleteCluster(access.id, cluster)
    if (operation === 'gone') continue
    await finishDeletion(manager, operation, { what: `what the cluster "${cluster}" made`, context })
  }
}
