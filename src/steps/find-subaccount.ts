import type { Accounts, Subaccount } from './accounts.ts'
import { StepError } from './step-error.ts'

/** The subaccount of this onboarding, by our label; undefined when there is none. Throws StepError when there are several. */
export const findSubaccount = async (
  accounts: Accounts,
  onboardingId: string,
): Promise<Subaccount | undefined> => {
  const own = await accounts.findOwn(onboardingId)
  if (own.length > 1) {
    const names = own.map(({ guid }) => guid).join(', ')
    throw new StepError(
      'refused',
      `There are ${own.length} subaccounts of this onboarding (${names}). Delete all but one by hand.`,
    )
  }
  return own[0]
}
