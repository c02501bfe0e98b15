import { type Accounts, isOwn, type Subaccount } from './accounts.ts'
import { unknownSubaccount } from './environment.ts'
import { lookPatiently } from './look-patiently.ts'
import { StepError } from './step-error.ts'
import type { StepContext } from './step.ts'

/** Whose subaccount is looked for, and the id that an earlier step said; '' when none did. */
export interface Sought {
  readonly ONBOARDING_ID: string
  readonly SUBACCOUNT_ID: string
}

const mustBeOne = (own: readonly Subaccount[]): Subaccount | undefined => {
  if (own.length > 1) {
    const names = own.map(({ guid }) => guid).join(', ')
    throw new StepError(
      'refused',
      `There are ${own.length} subaccounts of this onboarding (${names}). Delete all but one by hand, then retry.`,
    )
  }
  return own[0]
}

/** The subaccount of this onboarding, by our label; undefined when there is none. Throws StepError when there are several. */
export const findSubaccount = async (
  accounts: Accounts,
  onboardingId: string,
): Promise<Subaccount | undefined> => mustBeOne(await accounts.findOwn(onboardingId))

/** By its id, which no list lags behind. Throws StepError when it does not carry our label. */
const getOwn = async (
  accounts: Accounts,
  guid: string,
  onboardingId: string,
): Promise<readonly Subaccount[]> => {
  const found = ['', unknownSubaccount].includes(guid) ? undefined : await accounts.get(guid)
  if (found === undefined) return []
  if (isOwn(found, onboardingId)) return [found]
  throw new StepError(
    'refused',
    `The subaccount "${found.displayName}" (${guid}) does not carry the label of this onboarding, so it is left alone. Give it back the label onboarding-id = ${onboardingId} or delete it by hand, then retry.`,
  )
}

/** One that may have been made and is on no list is looked for so long, as a part of what a step has to get done. */
const unknownPart = 1 / 3

const findPatiently = async (
  accounts: Accounts,
  { ONBOARDING_ID: onboardingId, SUBACCOUNT_ID: guid }: Sought,
  context: StepContext,
): Promise<readonly Subaccount[]> => {
  const look = async (): Promise<readonly Subaccount[] | undefined> => {
    const own = await accounts.findOwn(onboardingId)
    return own.length === 0 ? undefined : own
  }
  const late = 'SAP BTP does not show in time whether there is a subaccount. Retry later.'
  const forMs = guid === unknownSubaccount ? context.pace.readyWithinMs * unknownPart : 0
  return (await lookPatiently(look, late, context, forMs)) ?? []
}

/** The subaccount of this onboarding, by its id first. Throws StepError when there are several, or it is not ours. */
export const findKnownSubaccount = async (
  accounts: Accounts,
  sought: Sought,
  context: StepContext,
): Promise<Subaccount | undefined> => {
  const [known] = await getOwn(accounts, sought.SUBACCOUNT_ID, sought.ONBOARDING_ID)
  return known ?? mustBeOne(await findPatiently(accounts, sought, context))
}

/** Everything that carries our label, by its id and by the list. Throws StepError when what has the id is not ours. */
export const findAllSubaccounts = async (
  accounts: Accounts,
  sought: Sought,
  context: StepContext,
): Promise<readonly Subaccount[]> => {
  const { ONBOARDING_ID: onboardingId, SUBACCOUNT_ID: guid } = sought
  const known = await getOwn(accounts, guid, onboardingId)
  if (known.length === 0) return findPatiently(accounts, sought, context)
  const listed = await accounts.findOwn(onboardingId)
  return [...known, ...listed.filter((one) => one.guid !== guid)]
}

/** What is left of subaccounts that were found before, and what the list has by now. */
export const findRemaining = async (
  accounts: Accounts,
  onboardingId: string,
  before: readonly Subaccount[],
): Promise<readonly Subaccount[]> => {
  const looked = await Promise.all(before.map(({ guid }) => accounts.get(guid)))
  const listed = await accounts.findOwn(onboardingId)
  const isNew = ({ guid }: Subaccount): boolean => before.every((one) => one.guid !== guid)
  return [...looked.filter((one) => one !== undefined), ...listed.filter(isNew)]
}
