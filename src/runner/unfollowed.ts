import { type Key, keyText, parseKey } from '../onboarding/key.ts'
import type { Onboarding } from '../onboarding/onboarding.ts'
import type { WorkflowState } from '../onboarding/ports/workflows.ts'
import type { Ledger } from './ledger.ts'
import type { Tools } from './performing.ts'
import { isOwn, keyOf, workflowLabels } from './workflow-metadata.ts'

interface Parts {
  readonly ledger: Ledger
  readonly tools: Tools
}

// A copy may itself have been copied.
const runOf = (onboarding: Onboarding | undefined, from: string): number =>
  onboarding?.runs.findIndex(
    ({ workflowName, resubmitted }) => workflowName === from || resubmitted?.includes(from) === true,
  ) ?? -1

/** Somebody made a copy of an onboarding's workflow by Resubmit in Argo; the same copy counts once. */
const noteResubmitted = async (
  { ledger, tools }: Parts,
  key: Key,
  { name, resubmittedFrom = '' }: WorkflowState,
): Promise<void> => {
  if ((await tools.store.find(key)) === undefined) return
  await ledger.enter(key, (existing) => ({
    type: 'workflow-resubmitted',
    at: tools.clock.now(),
    run: runOf(existing, resubmittedFrom),
    workflowName: name,
  }))
}

/** Somebody had Argo retry a workflow that had failed. */
const noteRetried = async ({ ledger, tools }: Parts, key: Key, { name }: WorkflowState): Promise<void> => {
  const onboarding = await tools.store.find(key)
  const index = onboarding?.runs.findIndex(({ workflowName }) => workflowName === name) ?? -1
  const run = onboarding?.runs[index]
  if (onboarding === undefined || run?.phase !== 'failed') return
  // What the stream tells may be older than the end that is known.
  const now = await tools.workflows.get(key.cluster, name, run.uid)
  const labels = workflowLabels(tools.catalogue.installation, onboarding, run)
  if (now === undefined || now.finishedAt !== undefined || !isOwn(now, labels)) return
  const event = { type: 'workflow-retried', at: tools.clock.now(), run: index } as const
  await ledger.enter(key, () => event, onboarding.runId)
}

/** Enters what people do in Argo with workflows that are not followed: copies, and retries of what had failed. */
export const noteUnfollowed = async (parts: Parts, cluster: string, state: WorkflowState): Promise<void> => {
  const key = parseKey(keyOf(state) ?? '')
  if (key?.cluster !== cluster) return
  try {
    if (state.resubmittedFrom !== undefined) await noteResubmitted(parts, key, state)
    else if (state.finishedAt === undefined) await noteRetried(parts, key, state)
  } catch (error) {
    // The next event of the workflow, or the next snapshot of the stream, tells it again.
    parts.tools.log.error(
      { key: keyText(key), workflow: state.name, err: error },
      'what somebody did in Argo could not be noted',
    )
  }
}
