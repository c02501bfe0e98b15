import { parseKey } from '../onboarding/key.ts'
import type { Onboarding } from '../onboarding/onboarding.ts'
import type { WorkflowState } from '../onboarding/ports/workflows.ts'
import type { Ledger } from './ledger.ts'
import type { Tools } from './performing.ts'
import { keyOf } from './workflow-metadata.ts'

// A copy may itself have been copied.
const runOf = (onboarding: Onboarding | undefined, from: string): number =>
  onboarding?.runs.findIndex(
    ({ workflowName, resubmitted }) => workflowName === from || resubmitted?.includes(from) === true,
  ) ?? -1

/** Enters that somebody made a copy of an onboarding's workflow by Resubmit in Argo; the same copy counts once. */
export const noteResubmitted = async (
  { ledger, tools }: { ledger: Ledger; tools: Tools },
  cluster: string,
  copy: WorkflowState,
): Promise<void> => {
  const { name, resubmittedFrom = '' } = copy
  const key = parseKey(keyOf(copy) ?? '')
  if (key?.cluster !== cluster) return
  try {
    if ((await tools.store.find(key)) === undefined) return
    await ledger.enter(key, (existing) => ({
      type: 'workflow-resubmitted',
      at: tools.clock.now(),
      run: runOf(existing, resubmittedFrom),
      workflowName: name,
    }))
  } catch (error) {
    // The next snapshot of the stream tells it again.
    tools.log.error({ err: error, workflow: name }, 'a resubmitted workflow could not be noted')
  }
}
