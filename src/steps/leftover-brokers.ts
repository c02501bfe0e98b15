import { z } from 'zod'

import type { Cluster } from './cluster.ts'

/** The proxy makes brokers while it runs, which helm does not know; their names begin so. */
const prefix = 'sm-'

const api = { group: 'servicecatalog.k8s.io', version: 'v1beta1' } as const

const listSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.looseObject({
        authInfo: z
          .looseObject({
            basic: z.looseObject({
              secretRef: z.object({ name: z.string(), namespace: z.string().optional() }),
            }),
          })
          .optional(),
      }),
    }),
  ),
})

interface Broker {
  readonly name: string
  /** The Secret with its credentials, in the namespace of the proxy. */
  readonly secret: string
}

/** Brokers whose credentials lie in the namespace of the proxy; those of other proxies are theirs. */
const brokersOf = (listed: unknown, isOurs: (place: string | undefined) => boolean): readonly Broker[] =>
  listSchema
    .parse(listed)
    .items.flatMap(({ metadata: { name }, spec: { authInfo } }) =>
      name.startsWith(prefix) && authInfo !== undefined && isOurs(authInfo.basic.secretRef.namespace)
        ? [{ name, secret: authInfo.basic.secretRef.name }]
        : [],
    )

const wide = { ...api, plural: 'clusterservicebrokers' }

/** The brokers of the whole cluster; undefined without the service catalogue. */
const listWide = (cluster: Cluster): Promise<unknown> =>
  cluster.find('list ClusterServiceBrokers', () => cluster.custom.listClusterCustomObject(wide))

/** Whether the cluster has the service catalogue (servicecatalog.k8s.io), which a proxy serves. Throws StepError. */
export const hasServiceCatalogue = async (cluster: Cluster): Promise<boolean> =>
  (await listWide(cluster)) !== undefined

/** Removes the brokers that a proxy of this namespace left, and their Secrets; gives their names. Throws StepError. */
export const removeLeftoverBrokers = async (
  cluster: Cluster,
  namespace: string,
): Promise<readonly string[]> => {
  const { custom, core } = cluster
  const own = { ...api, plural: 'servicebrokers', namespace }
  // Without the service catalogue there are none.
  const wideOnes = await listWide(cluster)
  const ownOnes = await cluster.find('list ServiceBrokers', () => custom.listNamespacedCustomObject(own))
  const inCluster = wideOnes === undefined ? [] : brokersOf(wideOnes, (place) => place === namespace)
  const inNamespace =
    ownOnes === undefined ? [] : brokersOf(ownOnes, (place) => place === undefined || place === namespace)
  for (const { name } of inCluster)
    await cluster.find('delete ClusterServiceBrokers', () =>
      custom.deleteClusterCustomObject({ ...wide, name }),
    )
  for (const { name } of inNamespace)
    await cluster.find('delete ServiceBrokers', () => custom.deleteNamespacedCustomObject({ ...own, name }))
  const all = [...inCluster, ...inNamespace]
  for (const name of new Set(all.map(({ secret }) => secret))) {
    await cluster.find(`delete Secrets in "${namespace}"`, () =>
      core.deleteNamespacedSecret({ name, namespace }),
    )
  }
  return all.map(({ name }) => name)
}
