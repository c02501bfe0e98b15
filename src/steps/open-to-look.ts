import { type Accounts, isPendingDeletion, type ManagementBinding, type Subaccount } from './accounts.ts'
import { StepError } from './step-error.ts'
import type { StepContext } from './step.ts'

/** In these states nobody can have put anything into it, or SAP BTP takes all of it away already. */
const isEmptyOrGoing = (subaccount: Subaccount): boolean =>
  ['STARTED', 'CREATING', 'CREATION_FAILED', 'CANCELED', 'DELETING'].includes(subaccount.state) ||
  isPendingDeletion(subaccount)

/** No is the answer, and another call would be answered so too. */
const isRefusal = (error: unknown): error is StepError =>
  error instanceof StepError && ['bad-input', 'authorisation', 'conflict'].includes(error.kind)

/**
 * Access to a subaccount's Service Manager in order to see what is in it, made anew where it is gone. Undefined where
 * it cannot be had: the log says so, and SAP BTP itself then refuses to delete a subaccount with something in it.
 * Throws StepError.
 */
export const openToLook = async (
  accounts: Accounts,
  subaccount: Subaccount,
  context: StepContext,
): Promise<(ManagementBinding & { readonly isNew: boolean }) | undefined> => {
  const { guid, state } = subaccount
  const known = await accounts.findBinding(guid)
  if (known !== undefined) return { ...known, isNew: false }
  if (isEmptyOrGoing(subaccount)) return undefined
  try {
    return await accounts.openBinding(guid)
  } catch (error) {
    if (!isRefusal(error)) throw error
    context.log('could not look into the subaccount', {
      level: 'warn',
      subaccount: guid,
      state,
      because: error.message,
    })
    return undefined
  }
}
