import { valueOf } from '../onboarding/onboarding.ts'
import type { Manifesting, WorkflowManifest } from '../onboarding/ports.ts'
import { workflowSchema } from './workflow-schema.ts'
import { readYaml } from './yaml-source.ts'

/** Fills a workflow file: values go in as arguments, our names, labels and annotations win. Throws on what is no workflow. */
export const fillManifest = (
  text: string,
  { name, labels, annotations, values }: Manifesting,
): WorkflowManifest => {
  const { metadata, spec } = workflowSchema.parse(readYaml(text).value)
  const parameters = spec.arguments.parameters.map((parameter) => {
    const value = valueOf(values, parameter.name)
    return value === undefined ? parameter : { ...parameter, value }
  })
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: {
      name,
      labels: { ...metadata.labels, ...labels },
      annotations: { ...metadata.annotations, ...annotations },
    },
    spec: { ...spec, arguments: { ...spec.arguments, parameters } },
  }
}
