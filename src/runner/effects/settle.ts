import { RemoteError, type RemoteFailure } from '../../onboarding/ports/remote-error.ts'
import type { WorkflowState } from '../../onboarding/ports/workflows.ts'
import type { RunWork } from '../performing.ts'
import { findOwn } from './find-own.ts'

// Either no answer that says whether it was carried out, or one that says that somebody was faster.
const unclear: ReadonlySet<RemoteFailure> = new Set(['unreachable', 'unavailable', 'exists', 'invalid'])

/**
 * Calls for a change of the run's workflow. Where the answer leaves open whether it happened, the workflow itself
 * tells. Throws RemoteError when it did not happen, or when that cannot be told either.
 */
export const settle = async (
  work: RunWork,
  change: () => Promise<void>,
  hasHappened: (state: WorkflowState | undefined) => boolean,
): Promise<void> => {
  try {
    await change()
  } catch (error) {
    if (!(error instanceof RemoteError && unclear.has(error.code))) throw error
    if (!hasHappened(await findOwn(work))) throw error
  }
}
