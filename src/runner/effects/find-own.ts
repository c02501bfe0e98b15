import { RemoteError } from '../../onboarding/ports/remote-error.ts'
import type { WorkflowState } from '../../onboarding/ports/workflows.ts'
import type { RunOf } from '../performing.ts'
import { isOwn, workflowLabels } from '../workflow-metadata.ts'

/** The workflow of the run, if it is there and ours. Throws RemoteError, also when the name is somebody else's. */
export const findOwn = async ({ onboarding, run, tools }: RunOf): Promise<WorkflowState | undefined> => {
  const state = await tools.workflows.get(onboarding.key.cluster, run.workflowName, run.uid)
  if (state === undefined || isOwn(state, workflowLabels(tools.catalogue.installation, onboarding, run))) {
    return state
  }
  throw new RemoteError(`a workflow named ${run.workflowName} is there already and is not ours`, {
    code: 'exists',
  })
}
