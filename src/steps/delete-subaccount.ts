import { z } from 'zod'

import { Accounts } from './accounts.ts'
import { ClusterSecrets } from './cluster-secrets.ts'
import { readEnvironment, readServiceKey, subaccountEnvironment } from './environment.ts'
import { findRelease } from './helm.ts'
import { platformSecret, proxyRelease } from './proxy.ts'
import { StepError } from './step-error.ts'
import type { Step } from './step.ts'
import { waitUntil } from './wait-until.ts'

const environmentSchema = subaccountEnvironment.extend({
  POLL_FIRST_MS: z.coerce.number().int().positive().default(5_000),
})
type Environment = z.infer<typeof environmentSchema>

const deadlineMs = 15 * 60_000

/** Looks once more at everything that an onboarding makes. */
const remainingOf = async (
  accounts: Accounts,
  environment: Environment,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const { ONBOARDING_ID: onboardingId, NAMESPACE: namespace } = environment
  const subaccounts = await accounts.findOwn(onboardingId)
  const release = await findRelease(proxyRelease(namespace), signal)
  const secret = await (await ClusterSecrets.open({ namespace, onboardingId })).read(platformSecret)
  return [
    ...subaccounts.map(({ guid }) => `subaccount ${guid}`),
    ...(release === undefined ? [] : [`release ${proxyRelease(namespace).name}`]),
    ...(secret === undefined ? [] : [`Secret ${platformSecret}`]),
  ]
}

const goneOf = async (accounts: Accounts, guid: string): Promise<'gone' | undefined> => {
  const left = await accounts.get(guid)
  if (left === undefined) return 'gone'
  if (left.state === 'DELETION_FAILED') {
    throw new StepError(
      'conflict',
      `SAP BTP could not delete the subaccount: ${left.stateMessage ?? left.state}.`,
    )
  }
  return undefined
}

/** Deletes the subaccount that carries our label, never by force, and says what is left after looking. */
export const deleteSubaccount: Step = async (context) => {
  const environment = readEnvironment(environmentSchema, context)
  const { signal } = context
  const accounts = await Accounts.open(readServiceKey(environment.CIS_KEY), signal)
  for (const { guid, state } of await accounts.findOwn(environment.ONBOARDING_ID)) {
    if (state !== 'DELETING') await accounts.delete(guid)
    context.log('deleting', { subaccount: guid })
    await waitUntil(() => goneOf(accounts, guid), {
      firstMs: environment.POLL_FIRST_MS,
      longestMs: 15_000,
      deadlineMs,
      late: 'The subaccount is still being deleted. Clean up again later.',
      signal,
    })
  }
  const remaining = await remainingOf(accounts, environment, signal)
  context.output('remaining', JSON.stringify(remaining))
  context.log('looked', { remaining })
}
