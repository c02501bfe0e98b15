import { without } from './change.ts'
import type { WorkflowChecked } from './events.ts'
import type { Onboarding, Preflight } from './onboarding.ts'

/** What argo-server has against the workflow; it stands until argo-server says otherwise. */
export const definiteNo = ({ preflight }: Onboarding): Preflight['answer'] | undefined =>
  preflight?.answer?.isTaken === false ? preflight.answer : undefined

const checked = (preflight: Preflight, event: WorkflowChecked): Preflight => {
  const asked = { ...preflight, due: false }
  const { at } = event
  if (event.result === 'taken') return { ...without(asked, 'unanswered'), answer: { isTaken: true, at } }
  const { text, cure } = event
  const why = { text, ...(cure !== undefined && { cure }) }
  // An earlier no stays: that nobody answers does not mend it.
  return event.result === 'unanswered'
    ? { ...asked, unanswered: { ...why, since: at } }
    : { ...without(asked, 'unanswered'), answer: { isTaken: false, at, ...why } }
}

/** What argo-server said; after the decision it is the submission that asks. */
export const onWorkflowChecked = (onboarding: Onboarding, event: WorkflowChecked): Onboarding => {
  const { phase, preflight } = onboarding
  if (phase !== 'requested' || preflight?.due !== true) return onboarding
  return { ...onboarding, preflight: checked(preflight, event) }
}
