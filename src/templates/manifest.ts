import { z } from 'zod'

import { valueOf } from '../onboarding/onboarding.ts'
import type { Manifesting, PodSettings } from '../onboarding/ports/templates.ts'
import type { WorkflowManifest } from '../onboarding/ports/workflows.ts'
import { workflowSchema } from './workflow-schema.ts'
import { readYaml } from './yaml-source.ts'

const listSchema = z.array(z.unknown()).catch([])
const mapSchema = z.record(z.string(), z.unknown()).catch({})

/** The fields of a workflow's spec that Argo gives to every pod whose template says nothing of its own. */
const podFields = (spec: Readonly<Record<string, unknown>>, pods: PodSettings): object => {
  const { serviceAccount, imagePullSecrets, nodeSelector, tolerations } = pods
  const listed = (name: string, more: readonly object[]): object => ({
    [name]: [...listSchema.parse(spec[name]), ...more],
  })
  return {
    ...(serviceAccount !== undefined && { serviceAccountName: serviceAccount }),
    ...(imagePullSecrets !== undefined &&
      listed(
        'imagePullSecrets',
        imagePullSecrets.map((name) => ({ name })),
      )),
    ...(nodeSelector !== undefined && {
      nodeSelector: { ...mapSchema.parse(spec['nodeSelector']), ...nodeSelector },
    }),
    ...(tolerations !== undefined && listed('tolerations', tolerations)),
  }
}

/** Fills a workflow file: values go in as arguments, our names, labels and annotations win. Throws on what is no workflow. */
export const fillManifest = (
  text: string,
  { name, labels, annotations, values, pods = {} }: Manifesting,
): WorkflowManifest => {
  const { metadata, spec } = workflowSchema.parse(readYaml(text).value)
  const parameters = spec.arguments.parameters.map((parameter) => {
    // argo-server takes no default for a value here, and refuses an argument that has none.
    const { value: own, valueFrom, default: standard } = parameter
    const value = valueOf(values, parameter.name) ?? own ?? (valueFrom === undefined ? standard : undefined)
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
    spec: { ...spec, ...podFields(spec, pods), arguments: { ...spec.arguments, parameters } },
  }
}
