import { z } from 'zod'

import type { Cluster } from './cluster.ts'
import { ConnectionSecret } from './connection-secret.ts'
import { counted } from './counted.ts'
import { knownSubaccountEnvironment, readEnvironment, yesOrNo } from './environment.ts'
import { goneClusterEnvironment, openForUndoing } from './gone-cluster.ts'
import { claimedRelease, Helm, type Release } from './helm.ts'
import { sharedOwner } from './install-operator.ts'
import { removeLeftoverBrokers } from './leftover-brokers.ts'
import { mustBeUnused } from './must-be-unused.ts'
import { instancesIn } from './operator.ts'
import { isConnectionMade, madeEnvironment, isOurs, releaseEnvironment } from './ownership.ts'
import { connectionOf, mappingSuffix, profileEnvironment, releaseOf } from './profile.ts'
import { StepError } from './step-error.ts'
import type { Step, StepContext } from './step.ts'
import { stillInUse } from './still-in-use.ts'

const environmentSchema = z.object({
  ...profileEnvironment.shape,
  ...knownSubaccountEnvironment.shape,
  ...goneClusterEnvironment.shape,
  ...madeEnvironment.shape,
  ...releaseEnvironment.shape,
  REMOVE_OPERATOR: yesOrNo,
  FORCE_DELETE: yesOrNo,
})
type Environment = z.infer<typeof environmentSchema>

const removeRelease = async (helm: Helm, release: Release): Promise<void> => {
  const { name, namespace } = release
  await helm.uninstall(release)
  const left = await helm.find(release)
  if (left === undefined) return
  throw new StepError(
    'conflict',
    `The release "${name}" in "${namespace}" is still there (${left.status}). Clean up again.`,
  )
}

const uninstallOwn = async (
  cluster: Cluster,
  environment: Environment,
  context: StepContext,
): Promise<void> => {
  const helm = await Helm.open(cluster, context)
  const release = releaseOf(environment)
  const known = await helm.find(release)
  const isMade = environment.RELEASE !== ''
  const about = { onboardingId: environment.ONBOARDING_ID, isMade, context }
  // The brokers of somebody else's proxy are its own.
  if (known !== undefined && !isOurs(claimedRelease(release, known), about)) return
  if (known !== undefined) {
    if (!environment.FORCE_DELETE) await mustBeUnused(environment, context)
    await removeRelease(helm, release)
  }
  const brokers = await removeLeftoverBrokers(cluster, release.namespace)
  if (brokers.length > 0) context.log('removed what the proxy left', { brokers })
}

/** Why the operator stays; undefined when nothing needs it any more. */
const reasonToKeep = async (cluster: Cluster, helm: Helm, release: Release): Promise<string | undefined> => {
  const { namespace } = release
  const { items } = await cluster.call(`list Secrets in "${namespace}"`, () =>
    cluster.core.listNamespacedSecret({ namespace }),
  )
  const others = items.filter(({ metadata }) => `-${metadata?.name ?? ''}`.endsWith(mappingSuffix)).length
  if (others > 0) return `in use by ${counted(others, 'other connection')}`
  const { count } = await instancesIn(cluster)
  if (count > 0) return `the cluster has ${counted(count, 'service instance')}`
  const known = await helm.find(release)
  return known !== undefined && known.owner !== sharedOwner ? 'onboard-bot did not install it' : undefined
}

const disconnect = async (
  cluster: Cluster,
  environment: Environment,
  context: StepContext,
): Promise<void> => {
  const { NAMESPACE } = environment
  const used = await instancesIn(cluster, NAMESPACE)
  // Without the credentials the operator could not delete them any more.
  if (used.count > 0) throw stillInUse(used, `the namespace "${NAMESPACE}"`)
  const about = { onboardingId: environment.ONBOARDING_ID, isMade: isConnectionMade(environment), context }
  const secret = new ConnectionSecret(cluster, connectionOf(environment))
  await secret.remove(async (claimed) => {
    const isOwn = isOurs(claimed, about)
    if (isOwn && !environment.FORCE_DELETE) await mustBeUnused(environment, context)
    return isOwn
  })
  if (!environment.REMOVE_OPERATOR) return
  const helm = await Helm.open(cluster, context)
  const release = releaseOf(environment)
  const reason = await reasonToKeep(cluster, helm, release)
  context.log(reason === undefined ? 'removing the operator' : 'the operator stays', { reason })
  if (reason === undefined) await removeRelease(helm, release)
}

/** Removes what connects the namespace; done when nothing is there. The operator stays, unless the template says otherwise. */
export const uninstallProxy: Step = async (context) => {
  const environment = readEnvironment(environmentSchema, context)
  const cluster = await openForUndoing(environment, context)
  if (cluster === undefined) return
  if (environment.PROFILE === 'sap-btp-operator') await disconnect(cluster, environment, context)
  else await uninstallOwn(cluster, environment, context)
  context.log('gone', { profile: environment.PROFILE })
}
