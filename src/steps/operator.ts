import type { Cluster } from './cluster.ts'
import type { Release } from './helm.ts'
import { StepError } from './step-error.ts'

/** The operator brings these; whoever installed it is written on them by helm. */
const definition = 'serviceinstances.services.cloud.sap.com'
/** Kyma's module installs the operator by itself. */
const kymaDefinition = 'btpoperators.operator.kyma-project.io'
const kymaNamespace = 'kyma-system'

const group = { group: 'services.cloud.sap.com', version: 'v1', plural: 'serviceinstances' } as const

/** Where the cluster's operator is: `nowhere`, in the release that is ours to make, or in somebody else's hands. */
export type Found = 'nowhere' | 'here' | 'elsewhere'

const annotationsOf = async (
  cluster: Cluster,
  name: string,
): Promise<Readonly<Record<string, string>> | undefined> => {
  const found = await cluster.find('read CustomResourceDefinitions', () =>
    cluster.extensions.readCustomResourceDefinition({ name }),
  )
  return found === undefined ? undefined : (found.metadata?.annotations ?? {})
}

interface Place {
  readonly namespace: string | undefined
  readonly release: string | undefined
}

const placeOf = async (cluster: Cluster): Promise<Place | undefined> => {
  if ((await annotationsOf(cluster, kymaDefinition)) !== undefined)
    return { namespace: kymaNamespace, release: undefined }
  const annotations = await annotationsOf(cluster, definition)
  return (
    annotations && {
      namespace: annotations['meta.helm.sh/release-namespace'],
      release: annotations['meta.helm.sh/release-name'],
    }
  )
}

/**
 * Looks for the operator, which there is once in a cluster. One that is not in the namespace that the template names
 * would not see our Secret: that is refused, with the cure.
 */
export const findOperator = async (cluster: Cluster, { name, namespace }: Release): Promise<Found> => {
  const place = await placeOf(cluster)
  if (place === undefined) return 'nowhere'
  if (place.namespace !== undefined && place.namespace !== namespace) {
    throw new StepError(
      'refused',
      `The SAP BTP service operator is in the namespace "${place.namespace}" already, and a second one is never installed. Set OPERATOR_NAMESPACE to "${place.namespace}" in the template, then clean up and ask again.`,
    )
  }
  return place.release === name ? 'here' : 'elsewhere'
}

/** The service instances that a namespace, or the whole cluster, has by the operator: up to ten names, and how many. */
export const instancesIn = async (
  cluster: Cluster,
  namespace?: string,
): Promise<{ names: readonly string[]; count: number }> => {
  const listed = await cluster.find('list ServiceInstances', async (): Promise<{ items?: unknown }> =>
    namespace === undefined
      ? cluster.custom.listClusterCustomObject(group)
      : cluster.custom.listNamespacedCustomObject({ ...group, namespace }),
  )
  const names = namesOf(listed?.items)
  return { names: names.slice(0, 10), count: names.length }
}

const namesOf = (items: unknown): readonly string[] =>
  Array.isArray(items)
    ? items.map((item: { metadata?: { name?: string } }) => item.metadata?.name ?? '?')
    : []
