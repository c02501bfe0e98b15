import type { RunWork } from '../performing.ts'
import { findOwn } from './find-own.ts'
import { settle } from './settle.ts'

/** Stops the run's workflow; one that was never submitted, or retried, ends before that. Throws RemoteError. */
export const stopWorkflow = async (work: RunWork): Promise<void> => {
  const { onboarding, index, run, tools, tell } = work
  const { workflows, clock } = tools
  const state = await findOwn(work)
  if (state !== undefined && run.phase === 'submitting') {
    await tell({ type: 'workflow-created', at: clock.now(), run: index, uid: state.uid })
  }
  const isRetried =
    run.retry !== undefined && state !== undefined && state.finishedAt !== run.retry.finishedAt
  if (isRetried) await tell({ type: 'retry-happened', at: clock.now(), run: index })
  // Argo refuses to stop what has ended; the end itself is learned by following.
  const isOver = state?.finishedAt !== undefined
  if (state !== undefined && !isOver) {
    await settle(
      work,
      () => workflows.stop(onboarding.key.cluster, run.workflowName),
      (now) => now === undefined || now.shutdown !== undefined || now.finishedAt !== undefined,
    )
  }
  await tell({ type: 'stop-sent', at: clock.now(), run: index })
}
