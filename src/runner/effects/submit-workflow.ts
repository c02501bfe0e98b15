import type { Onboarding, Parameter, Run } from '../../onboarding/onboarding.ts'
import { RemoteError, type WorkflowManifest, type WorkflowState } from '../../onboarding/ports.ts'
import { isOwn, onboardingId, secretName, workflowAnnotations, workflowLabels } from '../naming.ts'
import type { Tools, RunWork } from '../performing.ts'
import { makeRunSecret, ownRunSecret } from './run-secret.ts'

const valuesOf = (onboarding: Onboarding, run: Run, { catalogue }: Tools): readonly Parameter[] => [
  ...onboarding.parameters,
  // What a clean-up has to remove stands in the outputs of what was made.
  ...(run.kind === 'cleanup' ? onboarding.outputs : []),
  { name: 'cluster', value: onboarding.key.cluster },
  { name: 'namespace', value: onboarding.key.namespace },
  { name: 'run-secret', value: secretName(run) },
  { name: 'onboarding-id', value: onboardingId(catalogue.installation, onboarding.key) },
  ...catalogue.fixedValues(onboarding.key.cluster),
]

const manifestOf = ({ onboarding, run, tools }: RunWork, text: string): WorkflowManifest =>
  tools.templates.manifest(text, {
    name: run.workflowName,
    labels: workflowLabels(tools.catalogue.installation, onboarding, run),
    annotations: workflowAnnotations(onboarding),
    values: valuesOf(onboarding, run, tools),
  })

/** The bytes that the run was sealed to. Throws RemoteError when they are not kept any more. */
export const sealedText = async ({ run, tools }: RunWork): Promise<string> => {
  const text = await tools.store.readFile(run.workflowDigest)
  if (text !== undefined) return text
  throw new RemoteError(`the workflow file ${run.workflowDigest.slice(0, 12)} is not in the data folder`, {
    code: 'invalid',
  })
}

/** The workflow of the run, if it is there and ours. Throws RemoteError, also when the name is somebody else's. */
export const findOwn = async ({ onboarding, run, tools }: RunWork): Promise<WorkflowState | undefined> => {
  const state = await tools.workflows.get(onboarding.key.cluster, run.workflowName)
  if (state === undefined || isOwn(state, workflowLabels(tools.catalogue.installation, onboarding, run))) {
    return state
  }
  throw new RemoteError(`a workflow named ${run.workflowName} is there already and is not ours`, {
    code: 'exists',
  })
}

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
  const text = await sealedText(work)
  await makeRunSecret(work, text)
  await created(work, await createOrFind(work, text))
}
