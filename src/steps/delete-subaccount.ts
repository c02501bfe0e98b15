import { z } from 'zod'

import { Accounts, isPendingDeletion } from './accounts.ts'
import { Cluster } from './cluster.ts'
import { ConnectionSecret } from './connection-secret.ts'
import { readEnvironment, subaccountEnvironment, yesOrNo } from './environment.ts'
import { Helm } from './helm.ts'
import { connectionOf, profileEnvironment, releaseOf } from './profile.ts'
import { readServiceKey } from './service-key.ts'
import type { Step, StepContext } from './step.ts'
import { waitForDeletion } from './wait-for-deletion.ts'

const environmentSchema = z.object({
  ...profileEnvironment.shape,
  ...subaccountEnvironment.shape,
  FORCE_DELETE: yesOrNo,
})
type Environment = z.infer<typeof environmentSchema>

const subaccountsLeft = async (accounts: Accounts, onboardingId: string): Promise<readonly string[]> => {
  const own = await accounts.findOwn(onboardingId)
  return own.map((one) =>
    isPendingDeletion(one)
      ? `subaccount "${one.displayName}" (${one.guid}), which SAP BTP deletes seven days after it was forced`
      : `subaccount "${one.displayName}" (${one.guid})`,
  )
}

/** Looks once more at everything that an onboarding makes; what all namespaces share is not its own. */
const remainingOf = async (
  accounts: Accounts,
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
    ...(await subaccountsLeft(accounts, environment.ONBOARDING_ID)),
    ...(installed === undefined ? [] : [`release "${release.name}" in "${release.namespace}"`]),
    ...(secret === undefined ? [] : [`Secret "${connection.name}" in "${connection.namespace}"`]),
  ]
}

/** Deletes the subaccount that carries our label, by force only when told to, and says what is left after looking. */
export const deleteSubaccount: Step = async (context) => {
  const environment = readEnvironment(environmentSchema, context)
  const accounts = new Accounts(readServiceKey(environment.CIS_KEY), context)
  for (const subaccount of await accounts.findOwn(environment.ONBOARDING_ID)) {
    if (isPendingDeletion(subaccount)) continue
    await waitForDeletion(accounts, subaccount, { isForced: environment.FORCE_DELETE, context })
  }
  const remaining = await remainingOf(accounts, environment, context)
  context.output('remaining', JSON.stringify(remaining))
  context.log('looked', { remaining })
}
