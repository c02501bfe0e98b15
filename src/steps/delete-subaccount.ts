import { z } from 'zod'

import { Accounts, isPendingDeletion, type Subaccount } from './accounts.ts'
import { Cluster } from './cluster.ts'
import { ConnectionSecret } from './connection-secret.ts'
import { readEnvironment, knownSubaccountEnvironment, yesOrNo } from './environment.ts'
import { findAllSubaccounts, findRemaining } from './find-subaccount.ts'
import { Helm } from './helm.ts'
import { connectionOf, profileEnvironment, releaseOf } from './profile.ts'
import { readServiceKey } from './service-key.ts'
import type { Step, StepContext } from './step.ts'
import { waitForDeletion } from './wait-for-deletion.ts'

const environmentSchema = z.object({
  ...profileEnvironment.shape,
  ...knownSubaccountEnvironment.shape,
  FORCE_DELETE: yesOrNo,
})
type Environment = z.infer<typeof environmentSchema>

const nameOf = (one: Subaccount): string =>
  isPendingDeletion(one)
    ? `subaccount "${one.displayName}" (${one.guid}), which SAP BTP deletes seven days after it was forced`
    : `subaccount "${one.displayName}" (${one.guid})`

/** What is left of everything that an onboarding makes, after looking once more; what all namespaces share is not its own. */
const remainingOf = async (
  subaccounts: readonly Subaccount[],
  environment: Environment,
  context: StepContext,
): Promise<readonly string[]> => {
  const connection = connectionOf(environment)
  const release = releaseOf(environment)
  const cluster = await Cluster.open(context)
  const secret = await new ConnectionSecret(cluster, connection).read()
  const isShared = environment.PROFILE === 'sap-btp-operator'
  const installed = isShared ? undefined : await (await Helm.open(cluster, context)).find(release)
  return [
    ...subaccounts.map(nameOf),
    ...(installed === undefined ? [] : [`release "${release.name}" in "${release.namespace}"`]),
    ...(secret === undefined ? [] : [`Secret "${connection.name}" in "${connection.namespace}"`]),
  ]
}

/** Deletes the subaccount that carries our label, by force only when told to, and says what is left after looking. */
export const deleteSubaccount: Step = async (context) => {
  const environment = readEnvironment(environmentSchema, context)
  const accounts = new Accounts(readServiceKey(environment.CIS_KEY), context)
  const own = await findAllSubaccounts(accounts, environment, context)
  for (const subaccount of own) {
    if (isPendingDeletion(subaccount)) continue
    await waitForDeletion(accounts, subaccount, { isForced: environment.FORCE_DELETE, context })
  }
  const left = await findRemaining(accounts, environment.ONBOARDING_ID, own)
  const remaining = await remainingOf(left, environment, context)
  context.output('remaining', JSON.stringify(remaining))
  context.log('looked', { remaining })
}
