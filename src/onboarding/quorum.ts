import type { Approved } from './events.ts'
import type { Decision, Onboarding } from './onboarding.ts'
import { denial } from './policy.ts'

/** The earlier approvals that still count at a click, and those that do not any more. */
export interface Weighed {
  readonly counted: readonly Decision[]
  readonly fallen: readonly Decision[]
}

type Weight = 'counts' | 'fallen' | 'unknown'

const weightOf = (by: string, { requester }: Onboarding, { earlier, policy }: Approved): Weight => {
  const person = earlier.find(({ id }) => id === by)
  if (person === undefined || person.standing === 'unknown') return 'unknown'
  const denied = denial('approve', person, { policy, requester })
  if (denied === undefined) return 'counts'
  return denied.because === 'not-looked-up' ? 'unknown' : 'fallen'
}

/**
 * At the click that would decide, whoever approved before has to be one who may approve now. Gives the id of somebody
 * of whom nobody could tell: then nothing counts.
 */
export const weighed = (onboarding: Onboarding, event: Approved): Weighed | string => {
  const { decisions, approvalsNeeded } = onboarding
  if (decisions.length + 1 < approvalsNeeded) return { counted: decisions, fallen: [] }
  const weights = decisions.map((decision) => ({
    decision,
    weight: weightOf(decision.by, onboarding, event),
  }))
  const those = (weight: Weight): readonly Decision[] =>
    weights.filter((one) => one.weight === weight).map(({ decision }) => decision)
  return those('unknown')[0]?.by ?? { counted: those('counts'), fallen: those('fallen') }
}
