import type { RunWork } from '../performing.ts'
import { findOwn } from './find-own.ts'
import { sealedText } from './manifest.ts'
import { refuseWhilePaused } from './paused.ts'
import { makeRunSecret, ownRunSecret } from './run-secret.ts'
import { settle } from './settle.ts'

/**
 * Retries the run's workflow. Argo's retry is not idempotent, so the end that was seen decides: while the workflow
 * still has it, the retry has not happened. Throws RemoteError.
 */
export const retryWorkflow = async (work: RunWork): Promise<void> => {
  const { onboarding, index, run, tools, tell } = work
  const { workflows, clock } = tools
  const state = await findOwn(work)
  if (state === undefined) {
    await tell({ type: 'workflow-gone', at: clock.now(), run: index })
    return
  }
  const isAsBefore = state.finishedAt === run.retry?.finishedAt
  if (isAsBefore) refuseWhilePaused(work)
  // Whoever retried it in Argo could not give it the Secret.
  if (isAsBefore || (state.finishedAt === undefined && !run.secret)) {
    await makeRunSecret(work, await sealedText(work))
    await ownRunSecret(work, state.uid)
  }
  if (isAsBefore) {
    await settle(
      work,
      () => workflows.retry(onboarding.key.cluster, run.workflowName),
      (now) => now !== undefined && now.finishedAt !== run.retry?.finishedAt,
    )
  }
  await tell({ type: 'retry-happened', at: clock.now(), run: index })
}
