import type { V1Deployment } from '@kubernetes/client-node'

import type { Cluster } from './cluster.ts'
import type { Release } from './helm.ts'
import type { StepContext } from './step.ts'
import { waitInPace } from './wait-until.ts'

/** With which version of their Secret the pods of a Deployment were started. */
const annotation = 'onboard-bot.dev/credentials'
/** helm writes on each object which release it belongs to. */
const ofRelease = 'meta.helm.sh/release-name'

const annotationsOf = ({ metadata }: V1Deployment): Readonly<Record<string, string>> =>
  metadata?.annotations ?? {}

/** The newest pods run, and the ones before are gone. */
const isRolledOut = ({ metadata, spec, status = {} }: V1Deployment): boolean => {
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0, observedGeneration = 0 } = status
  const isSeen = observedGeneration >= (metadata?.generation ?? 0)
  const running = Math.min(updatedReplicas, availableReplicas)
  return isSeen && running >= (spec?.replicas ?? 1) && replicas === updatedReplicas
}

const mark = async (
  cluster: Cluster,
  { namespace, name }: Release,
  { version, restarts }: { version: string; restarts: boolean },
): Promise<void> => {
  const { PatchStrategy, setHeaderOptions } = await import('@kubernetes/client-node')
  const metadata = { annotations: { [annotation]: version } }
  const body = { metadata, ...(restarts && { spec: { template: { metadata } } }) }
  await cluster.call(`patch Deployments in "${namespace}"`, () =>
    cluster.apps.patchNamespacedDeployment(
      { name, namespace, body },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    ),
  )
}

/**
 * Starts the proxy's pods anew where they have other credentials than the Secret: they read them at their start only,
 * and the chart does not tell them of a change. Waits until they run. Throws StepError.
 */
export const restartProxy = async (
  cluster: Cluster,
  { name: release, namespace }: Release,
  { version, isNew, context }: { version: string; isNew: boolean; context: StepContext },
): Promise<void> => {
  const { items } = await cluster.call(`list Deployments in "${namespace}"`, () =>
    cluster.apps.listNamespacedDeployment({ namespace }),
  )
  const own = items.filter((one) => annotationsOf(one)[ofRelease] === release)
  for (const deployment of own.filter((one) => annotationsOf(one)[annotation] !== version)) {
    const name = deployment.metadata?.name ?? ''
    // What was installed just now has the credentials that the Secret has.
    await mark(cluster, { namespace, name }, { version, restarts: !isNew })
    if (isNew) continue
    context.log('starting the proxy with its new credentials', { deployment: name })
    const late = `The proxy in "${namespace}" did not become ready with its new credentials in time. Look at the events of the Deployment "${name}", then retry.`
    await waitInPace(
      async () => {
        const read = await cluster.call(`read Deployments in "${namespace}"`, () =>
          cluster.apps.readNamespacedDeployment({ namespace, name }),
        )
        return isRolledOut(read) ? 'ready' : undefined
      },
      { late },
      context,
    )
  }
}
