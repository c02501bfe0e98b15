import { randomUUID } from 'node:crypto'

import { z } from 'zod'

import type { Parameter } from '../../onboarding/onboarding.ts'
import type { Catalogue } from '../../onboarding/ports/catalogue.ts'
import type { Template, Templates } from '../../onboarding/ports/templates.ts'
import type { WorkflowManifest } from '../../onboarding/ports/workflows.ts'
import { installationLabel } from '../../runner/workflow-metadata.ts'
import type { OfferedFile } from './cluster.ts'

/** A value that the form would take; what it means matters to nobody, since nothing is run. */
const sampleOf = ({ default: standard, enum: choices }: Template['parameters'][number]): string =>
  standard ?? choices?.[0] ?? 'doctor'

const textOf = (template: Template, kind: OfferedFile['kind']): string =>
  kind === 'onboard' ? template.onboard.text : template.cleanup.text

const argumentsSchema = z.object({
  arguments: z.object({
    parameters: z.array(
      z.object({ name: z.string(), value: z.string().optional(), default: z.string().optional() }),
    ),
  }),
})

/** What is still without a value: what a clean-up takes from the outputs of what was made. */
const missingIn = ({ spec }: WorkflowManifest): readonly Parameter[] =>
  argumentsSchema
    .parse(spec)
    .arguments.parameters.filter(
      ({ value, default: standard }) => value === undefined && standard === undefined,
    )
    .map(({ name }) => ({ name, value: 'doctor' }))

/** A workflow as it could be submitted to the cluster for the file. */
export const sampleManifest = (
  { templates, catalogue }: { templates: Templates; catalogue: Catalogue },
  { cluster, template, kind }: { cluster: string; template: Template; kind: OfferedFile['kind'] },
): WorkflowManifest => {
  const name = `doctor-${randomUUID()}`
  const pods = catalogue.clusters.find((one) => one.name === cluster)?.pods
  const fill = (values: readonly Parameter[]): WorkflowManifest =>
    templates.manifest(textOf(template, kind), {
      name,
      labels: { [installationLabel]: catalogue.installation },
      annotations: {},
      values,
      ...(pods !== undefined && { pods }),
    })
  const values = [
    ...template.parameters.map((parameter) => ({ name: parameter.name, value: sampleOf(parameter) })),
    { name: 'cluster', value: cluster },
    { name: 'namespace', value: 'doctor' },
    { name: 'run-secret', value: `${name}-run` },
    { name: 'onboarding-id', value: 'doctor' },
    ...catalogue.fixedValues(cluster),
  ]
  return fill([...values, ...missingIn(fill(values))])
}

const podsSchema = z.object({
  serviceAccountName: z.string().optional(),
  templates: z.array(z.object({ serviceAccountName: z.string().optional() })).default([]),
})

/** The ServiceAccounts that the pods of a workflow run as; Kubernetes' own where it names none. */
export const serviceAccountsOf = ({ spec }: WorkflowManifest): readonly string[] => {
  const { serviceAccountName = 'default', templates } = podsSchema.parse(spec)
  return [serviceAccountName, ...templates.flatMap((one) => one.serviceAccountName ?? [])]
}
