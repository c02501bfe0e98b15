import { z } from 'zod'

import { Accounts, isPendingDeletion, type Subaccount } from './accounts.ts'
import type { Cluster } from './cluster.ts'
import { ConnectionSecret } from './connection-secret.ts'
import { knownSubaccountEnvironment, readEnvironment, unknownSubaccount, yesOrNo } from './environment.ts'
import { findAllSubaccounts, findRemaining } from './find-subaccount.ts'
import { goneClusterEnvironment, openForUndoing } from './gone-cluster.ts'
import { claimedRelease, Helm } from './helm.ts'
import { type Claimed, isConnectionMade, madeEnvironment, releaseEnvironment, isOurs } from './ownership.ts'
import { connectionOf, profileEnvironment, releaseOf } from './profile.ts'
import { readServiceKey } from './service-key.ts'
import type { Step, StepContext } from './step.ts'
import { waitForDeletion } from './wait-for-deletion.ts'

const environmentSchema = z.object({
  ...profileEnvironment.shape,
  ...knownSubaccountEnvironment.shape,
  ...goneClusterEnvironment.shape,
  ...madeEnvironment.shape,
  ...releaseEnvironment.shape,
  FORCE_DELETE: yesOrNo,
})
type Environment = z.infer<typeof environmentSchema>

const nameOf = (one: Subaccount): string =>
  isPendingDeletion(one)
    ? `subaccount "${one.displayName}" (${one.guid}), which was deleted by force: SAP BTP keeps it for seven days, in which neither its subdomain nor this namespace can be onboarded again. Clean up again after that.`
    : `subaccount "${one.displayName}" (${one.guid})`

/** What is left in the cluster of what an onboarding makes; what others made, or all namespaces share, is not its own. */
const remainingIn = async (
  cluster: Cluster,
  environment: Environment,
  context: StepContext,
): Promise<readonly string[]> => {
  const { ONBOARDING_ID: onboardingId, RELEASE } = environment
  const release = releaseOf(environment)
  const secret = await new ConnectionSecret(cluster, connectionOf(environment)).claimed()
  const isShared = environment.PROFILE === 'sap-btp-operator'
  const installed = isShared ? undefined : await (await Helm.open(cluster, context)).find(release)
  const named = (claimed: Claimed | undefined, isMade: boolean): readonly string[] =>
    claimed !== undefined && isOurs(claimed, { onboardingId, isMade, context }) ? [claimed.what] : []
  return [
    ...named(installed && claimedRelease(release, installed), RELEASE !== ''),
    ...named(secret, isConnectionMade(environment)),
  ]
}

/**
 * Says what is left of everything that an onboarding makes, after looking once more. `isSure`: nothing but what was
 * found can be in the global account.
 */
const tellRemaining = async (
  { subaccounts, isSure }: { subaccounts: readonly Subaccount[]; isSure: boolean },
  environment: Environment,
  context: StepContext,
): Promise<void> => {
  const cluster = await openForUndoing(environment, context)
  const inCluster = cluster === undefined ? [] : await remainingIn(cluster, environment, context)
  // Last, since one of them may say more than its name.
  const remaining = [...inCluster, ...subaccounts.map(nameOf)]
  // Nobody can look into a cluster that is gone: an empty text does not say that nothing is left.
  const isUnknown = (cluster === undefined || !isSure) && remaining.length === 0
  context.output('remaining', isUnknown ? '' : JSON.stringify(remaining))
  context.log('looked', { remaining })
}

/**
 * Deletes the subaccount that carries our label, by force only when told to, and says what is left after looking. Where
 * nobody knows whether SAP BTP made one, and no list shows it, that says nothing. What it cannot know: a creation whose
 * pod was lost with its outputs, and that the lists do not show after several looks.
 */
export const deleteSubaccount: Step = async (context) => {
  const environment = readEnvironment(environmentSchema, context)
  const accounts = new Accounts(readServiceKey(environment.CIS_KEY), context)
  const own = await findAllSubaccounts(accounts, environment, context)
  for (const subaccount of own) {
    if (isPendingDeletion(subaccount)) continue
    await waitForDeletion(accounts, subaccount, { isForced: environment.FORCE_DELETE, context })
  }
  const left = await findRemaining(accounts, environment.ONBOARDING_ID, own)
  const isSure = environment.SUBACCOUNT_ID !== unknownSubaccount || own.length > 0
  if (!isSure) {
    context.log('SAP BTP never said whether it made the subaccount, and shows none', { level: 'warn' })
  }
  await tellRemaining({ subaccounts: left, isSure }, environment, context)
}
