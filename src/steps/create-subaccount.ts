import { z } from 'zod'

import { Accounts, isOwn, isPendingDeletion, type Subaccount, type WantedSubaccount } from './accounts.ts'
import { readEnvironment, subaccountEnvironment, unknownSubaccount, yesOrNo } from './environment.ts'
import { findSubaccount } from './find-subaccount.ts'
import { lookPatiently } from './look-patiently.ts'
import { readServiceKey } from './service-key.ts'
import { StepError } from './step-error.ts'
import type { Step, StepContext } from './step.ts'
import { isFailedState, isStateInFlight } from './subaccount-state.ts'
import { unstopped } from './unstopped.ts'
import { waitForDeletion } from './wait-for-deletion.ts'
import { waitInPace } from './wait-until.ts'

const environmentSchema = subaccountEnvironment.extend({
  DISPLAY_NAME: z
    .string()
    .min(1)
    .max(255)
    .regex(/\S/, 'is blank')
    .regex(/^[^/]+$/, 'must not contain a slash'),
  SUBDOMAIN: z
    .string()
    .toLowerCase()
    .min(1)
    .regex(
      /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
      'must be letters, digits and dashes, at most 63, with no dash at either end',
    ),
  REGION: z.string().min(2).max(32),
  PARENT_GUID: z.string().max(64).default(''),
  USED_FOR_PRODUCTION: yesOrNo,
})

interface Making {
  readonly accounts: Accounts
  readonly wanted: WantedSubaccount
  readonly onboardingId: string
  readonly context: StepContext
}

/** An answer that was lost may have left one behind. */
const lookFor = ({ accounts, wanted, onboardingId, context }: Making): Promise<Subaccount | undefined> => {
  const { subdomain, region } = wanted
  return lookPatiently(
    async () =>
      (await accounts.findBySubdomain(subdomain, region)) ?? (await findSubaccount(accounts, onboardingId)),
    'SAP BTP does not answer whether the subaccount was created. Retry later.',
    context,
  )
}

const mustBeOwn = (found: Subaccount, onboardingId: string): Subaccount => {
  if (isOwn(found, onboardingId)) return found
  const { displayName, subdomain, region, guid } = found
  throw new StepError(
    'refused',
    `The subdomain "${subdomain}" in ${region} is the subaccount "${displayName}" (${guid}) of your global account, which this onboarding did not make. Clean up, then ask again with another subdomain.`,
  )
}

/** Whose the subdomain is shows when a list has our subaccount; until then nobody knows. */
const waitForOwn = (making: Making): Promise<Subaccount> => {
  const { accounts, wanted, onboardingId, context } = making
  const late = `SAP BTP says that the subdomain "${wanted.subdomain}" is taken in ${wanted.region}. It did not answer before whether it created the subaccount, so nobody knows yet whether that is ours. Retry later.`
  return waitInPace(() => findSubaccount(accounts, onboardingId), { late }, context)
}

const refuseTaken = ({ subdomain, region }: WantedSubaccount): never => {
  throw new StepError(
    'conflict',
    `The subdomain "${subdomain}" is taken in ${region} by another customer of SAP BTP. Clean up, then ask again with another subdomain.`,
  )
}

interface Asked {
  /** An answer was lost, and what it was is not known. */
  isUnclear: boolean
}

/** A subdomain that a subaccount of somebody else's has is not ours; any other refusal speaks for its own call alone. */
const hasMadeNothing = (error: unknown, { isUnclear }: Asked): boolean =>
  error instanceof StepError && (error.kind === 'refused' || (!isUnclear && error.kind !== 'timed-out'))

const ask = async (making: Making, asked: Asked): Promise<Subaccount> => {
  const { accounts, wanted, onboardingId } = making
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const made = await accounts.create(wanted, onboardingId).catch(async (error: unknown) => {
      // A refusal has been seen for what was created all the same.
      const found = error instanceof StepError && (await findSubaccount(accounts, onboardingId))
      if (typeof found === 'object') return found
      throw error
    })
    if (typeof made === 'object') return made
    asked.isUnclear ||= made === 'unknown'
    const found = await lookFor(making)
    if (found !== undefined) return mustBeOwn(found, onboardingId)
    if (made === 'taken') return asked.isUnclear ? waitForOwn(making) : refuseTaken(wanted)
  }
  throw new StepError(
    'remote-down',
    'SAP BTP does not answer whether the subaccount was created. Retry later.',
  )
}

/**
 * Asks for the subaccount, and looks for it where the answer does not say. Says before it asks that nobody knows, and
 * takes that back where SAP BTP refuses. What it cannot know: that an earlier run, which ended without an answer, made
 * what the lists do not show yet; the subdomain is then told as another customer's.
 */
const create = async (making: Making): Promise<Subaccount> => {
  const { context } = making
  const asked = { isUnclear: false }
  context.output('subaccount-id', unknownSubaccount)
  try {
    return await ask(making, asked)
  } catch (error) {
    if (hasMadeNothing(error, asked)) context.output('subaccount-id', '')
    throw error
  }
}

/** Goes on with the subaccount that this onboarding has; one that failed or is going away makes room for a new one. */
const findOrCreate = async (making: Making): Promise<Subaccount> => {
  const { accounts, onboardingId, context } = making
  const known = await findSubaccount(accounts, onboardingId)
  if (known === undefined) return create(making)
  if (isPendingDeletion(known)) {
    throw new StepError(
      'conflict',
      `The subaccount "${known.displayName}" (${known.guid}) was deleted by force: SAP BTP keeps it and its subdomain for seven days. Restore it in the cockpit, then retry; or ask again for another namespace, with another subdomain.`,
    )
  }
  if (!isFailedState(known.state) && known.state !== 'DELETING') return known
  context.log('making room', { subaccount: known.guid, state: known.state })
  await waitForDeletion(accounts, known, { isForced: false, context })
  return create(making)
}

interface Watched {
  readonly guid: string
  /** What it was in at the last look. */
  state: string
  /** States that nobody knows, each told once. */
  readonly unknown: Set<string>
}

const readyState = async (
  accounts: Accounts,
  watched: Watched,
  context: StepContext,
): Promise<'ready' | undefined> => {
  const { guid, unknown } = watched
  const subaccount = await accounts.get(guid)
  if (subaccount === undefined) {
    throw new StepError(
      'conflict',
      'The subaccount was deleted while it was being created. Retry makes a new one.',
    )
  }
  const { state, stateMessage } = subaccount
  if (state === 'OK') return 'ready'
  if (isFailedState(state)) {
    throw new StepError(
      'conflict',
      `SAP BTP could not create the subaccount (${state}): ${unstopped(stateMessage ?? 'it does not say why')}. Retry deletes it and makes a new one.`,
    )
  }
  const isNews = !isStateInFlight(state) && !unknown.has(state)
  if (isNews) unknown.add(state)
  watched.state = state
  context.log('waiting', { state, ...(isNews && { level: 'warn', unknown: true }) })
  return undefined
}

/** Creates the subaccount, or goes on with the one that this onboarding has. */
export const createSubaccount: Step = async (context) => {
  const environment = readEnvironment(environmentSchema, context)
  const { PARENT_GUID, ONBOARDING_ID: onboardingId } = environment
  const accounts = new Accounts(readServiceKey(environment.CIS_KEY), context)
  const parent = PARENT_GUID === '' ? {} : { parentGUID: PARENT_GUID }
  const wanted = {
    displayName: environment.DISPLAY_NAME,
    subdomain: environment.SUBDOMAIN,
    region: environment.REGION,
    isForProduction: environment.USED_FOR_PRODUCTION,
    ...parent,
  }
  const { guid } = await findOrCreate({ accounts, wanted, onboardingId, context })
  // Known as early as possible, so that a clean-up finds a half-made one.
  context.output('subaccount-id', guid)
  context.log('created', { subaccount: guid })
  const watched = { guid, state: '', unknown: new Set<string>() }
  const late = (): string =>
    `SAP BTP has not finished the subaccount (${guid}) in time: it is ${watched.state}. Retry goes on waiting for it.`
  await waitInPace(() => readyState(accounts, watched, context), { late }, context)
}
