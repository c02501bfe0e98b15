import { RemoteError } from '../../onboarding/ports/remote-error.ts'
import type { WorkflowState } from '../../onboarding/ports/workflows.ts'
import type { RunWork } from '../performing.ts'
import { refuseBesideLive } from './beside-live.ts'
import { dryRun } from './dry-run.ts'
import { findOwn } from './find-own.ts'
import { manifestOf, sealedText } from './manifest.ts'
import { refuseWhilePaused } from './paused.ts'
import { makeRunSecret, ownRunSecret } from './run-secret.ts'

// Whether such a call was carried out is not known: only the cluster can tell.
const unclear: ReadonlySet<string> = new Set(['unreachable', 'unavailable', 'exists'])

const createOrFind = async (work: RunWork, text: string): Promise<WorkflowState> => {
  try {
    return await work.tools.workflows.create(work.onboarding.key.cluster, manifestOf(work, text))
  } catch (error) {
    if (!(error instanceof RemoteError && unclear.has(error.code))) throw error
    const found = await findOwn(work)
    if (found === undefined) throw error
    return found
  }
}

const created = async (work: RunWork, state: WorkflowState): Promise<void> => {
  const { index, tools, tell } = work
  await tell({ type: 'workflow-created', at: tools.clock.now(), run: index, uid: state.uid })
  await ownRunSecret(work, state.uid)
}

/**
 * Submits the run's workflow, or finds that it was submitted before. After its deadline nothing is created any
 * more: the cluster only says whether something was. Throws RemoteError.
 */
export const submitWorkflow = async (work: RunWork): Promise<void> => {
  const { run, index, tools, tell } = work
  // A planned Secret means that a create may have been sent before.
  const found = run.secret ? await findOwn(work) : undefined
  if (found !== undefined) return created(work, found)
  if (tools.clock.now() >= run.submitBy) {
    await tell({ type: 'submission-ended', at: tools.clock.now(), run: index })
    return
  }
  refuseWhilePaused(work)
  await refuseBesideLive(work)
  const text = await sealedText(work)
  // While argo-server would refuse it, no Secret is made for it.
  if (!run.secret) await dryRun(work, text)
  await makeRunSecret(work, text)
  await created(work, await createOrFind(work, text))
}
