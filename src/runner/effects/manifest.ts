import type { Onboarding, Parameter, Run } from '../../onboarding/onboarding.ts'
import { RemoteError } from '../../onboarding/ports/remote-error.ts'
import type { WorkflowManifest } from '../../onboarding/ports/workflows.ts'
import { onboardingId, secretName } from '../naming.ts'
import type { RunOf, Tools } from '../performing.ts'
import { workflowAnnotations, workflowLabels } from '../workflow-metadata.ts'

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

/** The workflow that the run's sealed bytes become. */
export const manifestOf = ({ onboarding, run, tools }: RunOf, text: string): WorkflowManifest => {
  const pods = tools.catalogue.clusters.find(({ name }) => name === onboarding.key.cluster)?.pods
  return tools.templates.manifest(text, {
    name: run.workflowName,
    labels: workflowLabels(tools.catalogue.installation, onboarding, run),
    annotations: workflowAnnotations(onboarding, run, tools.messenger.threadLink(onboarding)),
    values: valuesOf(onboarding, run, tools),
    ...(pods !== undefined && { pods }),
  })
}

/** The bytes that the run was sealed to. Throws RemoteError when they are not kept any more. */
export const sealedText = async ({ run, tools }: RunOf): Promise<string> => {
  const text = await tools.store.readFile(run.workflowDigest)
  if (text !== undefined) return text
  throw new RemoteError(`the workflow file ${run.workflowDigest.slice(0, 12)} is not in the data folder`, {
    code: 'invalid',
  })
}
