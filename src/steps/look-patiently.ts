import type { StepContext } from './step.ts'
import { waitInPace } from './wait-until.ts'

const mostLooks = 4

/**
 * Lists of SAP BTP lag behind creations: that something is not there is believed after several looks with short waits,
 * and not before `forMs` are over. Throws StepError that says `late` when time is up before.
 */
export const lookPatiently = async <T extends object>(
  look: () => Promise<T | undefined>,
  late: string,
  context: StepContext,
  forMs = 0,
): Promise<T | undefined> => {
  const from = Date.now() + forMs
  let looks = 0
  const found = await waitInPace<T | 'nothing'>(
    async () => {
      looks += 1
      return (await look()) ?? (looks < mostLooks || Date.now() < from ? undefined : 'nothing')
    },
    { late },
    context,
  )
  return found === 'nothing' ? undefined : found
}
