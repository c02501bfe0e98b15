import { z } from 'zod'

import { Accounts, type Subaccount } from './accounts.ts'
import { readEnvironment, readServiceKey, subaccountEnvironment } from './environment.ts'
import { StepError } from './step-error.ts'
import type { Step, StepContext } from './step.ts'
import { waitUntil } from './wait-until.ts'

const environmentSchema = subaccountEnvironment.extend({
  DISPLAY_NAME: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^/]+$/, 'must not contain a slash'),
  SUBDOMAIN: z
    .string()
    .toLowerCase()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be letters, digits and dashes, at most 63'),
  REGION: z.string().min(2).max(32),
  POLL_FIRST_MS: z.coerce.number().int().positive().default(5_000),
})
type Environment = z.infer<typeof environmentSchema>

const failedStates = /_FAILED$|^CANCELED$/

/** Creation takes a minute below directories, and longer on bad days. */
const deadlineMs = 15 * 60_000

const adopted = async (accounts: Accounts, onboardingId: string): Promise<Subaccount | undefined> => {
  const own = await accounts.findOwn(onboardingId)
  if (own.length > 1) {
    throw new StepError(
      'refused',
      `There are ${own.length} subaccounts of this onboarding. Delete all but one by hand.`,
    )
  }
  return own[0]
}

const createOrFind = async (accounts: Accounts, environment: Environment): Promise<Subaccount> => {
  const { DISPLAY_NAME, SUBDOMAIN, REGION, ONBOARDING_ID } = environment
  const known = await adopted(accounts, ONBOARDING_ID)
  if (known !== undefined) return known
  const wanted = {
    displayName: DISPLAY_NAME,
    subdomain: SUBDOMAIN,
    region: REGION,
    onboardingId: ONBOARDING_ID,
  }
  for (let attempt = 0; attempt < 3; attempt += 1) {
    // An answer that was lost may have left one behind.
    const made = (await accounts.create(wanted)) ?? (await adopted(accounts, ONBOARDING_ID))
    if (made !== undefined) return made
  }
  throw new StepError(
    'remote-down',
    'SAP BTP does not answer whether the subaccount was created. Retry later.',
  )
}

const readyState = async (
  accounts: Accounts,
  guid: string,
  context: StepContext,
): Promise<'ready' | undefined> => {
  const subaccount = await accounts.get(guid)
  if (subaccount === undefined)
    throw new StepError('conflict', 'The subaccount was deleted while it was being created.')
  const { state, stateMessage } = subaccount
  if (state === 'OK') return 'ready'
  if (failedStates.test(state)) {
    const why = stateMessage ?? state
    throw new StepError(
      'conflict',
      `SAP BTP could not create the subaccount: ${why}. Clean up, then ask again.`,
    )
  }
  context.log('waiting', { state })
  return undefined
}

/** Creates the subaccount, or goes on with the one that this onboarding has. */
export const createSubaccount: Step = async (context) => {
  const environment = readEnvironment(environmentSchema, context)
  const { signal } = context
  const accounts = await Accounts.open(readServiceKey(environment.CIS_KEY), signal)
  const { guid } = await createOrFind(accounts, environment)
  // Known as early as possible, so that a clean-up finds a half-made one.
  context.output('subaccount-id', guid)
  context.log('created', { subaccount: guid })
  await waitUntil(() => readyState(accounts, guid, context), {
    firstMs: environment.POLL_FIRST_MS,
    longestMs: 15_000,
    deadlineMs,
    late: 'The subaccount was not ready in time. Retry goes on waiting for it.',
    signal,
  })
}
