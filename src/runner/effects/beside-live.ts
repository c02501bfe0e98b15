import { RemoteError } from '../../onboarding/ports/remote-error.ts'
import type { RunOf } from '../performing.ts'

/**
 * Nothing is undone beside a workflow that makes it: somebody may have retried it in Argo, of which no record tells.
 * Throws RemoteError.
 */
export const refuseBesideLive = async ({ onboarding, run, tools }: RunOf): Promise<void> => {
  const made = onboarding.runs.findLast(({ kind, uid }) => kind === 'onboard' && uid !== undefined)
  if (run.kind !== 'cleanup' || made === undefined) return
  const state = await tools.workflows.get(onboarding.key.cluster, made.workflowName, made.uid)
  if (state === undefined || state.finishedAt !== undefined) return
  throw new RemoteError(`The workflow ${made.workflowName} is running again: somebody retried it in Argo.`, {
    code: 'unavailable',
    cure: 'Wait for its end, or stop it in Argo: the clean-up starts by itself then.',
  })
}
