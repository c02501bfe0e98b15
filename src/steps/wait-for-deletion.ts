import { type Accounts, isPendingDeletion, type Subaccount } from './accounts.ts'
import { StepError } from './step-error.ts'
import type { StepContext } from './step.ts'
import { unstopped } from './unstopped.ts'
import { waitInPace } from './wait-until.ts'

/**
 * Deletes a subaccount and waits until it is gone, or until it is pending after a deletion by force. What something
 * else is changing is asked for again. Throws StepError.
 */
export const waitForDeletion = async (
  accounts: Accounts,
  subaccount: Subaccount,
  { isForced, context }: { isForced: boolean; context: StepContext },
): Promise<'gone' | 'pending'> => {
  const { guid, displayName } = subaccount
  let isAsked = subaccount.state === 'DELETING'
  const look = async (): Promise<'gone' | 'pending' | undefined> => {
    if (!isAsked) {
      const said = await accounts.delete(subaccount, isForced)
      if (said === 'gone') return 'gone'
      isAsked = said === 'asked'
      context.log('deleting', { subaccount: guid, said })
    }
    const left = await accounts.get(guid)
    if (left === undefined) return 'gone'
    if (isPendingDeletion(left)) return 'pending'
    if (isAsked && left.state === 'DELETION_FAILED') {
      throw new StepError(
        'conflict',
        `SAP BTP could not delete the subaccount "${displayName}" (${guid}): ${unstopped(left.stateMessage ?? left.state)}. Retry, or delete it in the cockpit.`,
      )
    }
    return undefined
  }
  const late = `SAP BTP has not finished deleting the subaccount "${displayName}" (${guid}). Retry later.`
  return waitInPace(look, { late }, context)
}
