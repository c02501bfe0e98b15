import { randomUUID } from 'node:crypto'

import type { z } from 'zod'

import { isObject, timeText } from '../kubernetes/json.ts'
import { ArgoError, invalidArgument } from './errors.ts'
import type { WorkflowStore } from './store.ts'
import { validateMetadata, validateWorkflow } from './validate.ts'
import { submittedSchema } from './workflow.ts'
import type { Submitted, Workflow } from './workflow.ts'

const goTypes: Readonly<Record<string, string>> = { string: 'string', number: 'int64', boolean: 'bool' }

// Go's decoder names the struct field, so the sandbox says the same for the spec's own fields.
function typeMessage(issue: z.core.$ZodIssue | undefined, input: unknown): string {
  const path = issue?.path.map(String) ?? []
  let value: unknown = input
  for (const key of path) value = isObject(value) ? value[key] : undefined
  const wanted = issue?.code === 'invalid_type' ? (goTypes[issue.expected] ?? issue.expected) : 'string'
  return `json: cannot unmarshal ${typeof value} into Go struct field WorkflowSpec.workflow.${path.join('.')} of type ${wanted}`
}

/** Reads the Workflow of a create or lint body; throws argo-server's refusals. */
export function readSubmitted(body: unknown): Submitted {
  const sent = isObject(body) ? body['workflow'] : undefined
  if (!isObject(sent)) throw invalidArgument('workflow body not specified')
  const parsed = submittedSchema.safeParse(sent)
  if (!parsed.success) throw new ArgoError(3, 400, typeMessage(parsed.error.issues[0], sent), true)
  return parsed.data
}

const label = (name: string): string => `workflows.argoproj.io/${name}`

/** The caller's name as a label value: what a label cannot hold becomes a dash, and the last 63 characters stay. */
export function actorLabel(identity: string): string {
  return identity.replaceAll(/[^-\w.]/g, '-').slice(-63)
}

function managedFields({ metadata, spec }: Submitted, now: string): object {
  const named = (value: object): object =>
    Object.fromEntries(Object.keys(value).map((key) => [`f:${key}`, {}]))
  return {
    manager: 'argo',
    operation: 'Update',
    apiVersion: 'argoproj.io/v1alpha1',
    time: now,
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:metadata': { 'f:labels': { '.': {}, ...named(metadata.labels ?? {}) } },
      'f:spec': { '.': {}, ...named(spec) },
      'f:status': {},
    },
  }
}

interface Creation {
  readonly submitted: Submitted
  readonly namespace: string
  readonly identity: string
  readonly nowMs: number
  readonly isDryRun: boolean
}

function generatedName(submitted: Submitted): string {
  const { name, generateName } = submitted.metadata
  if (name !== undefined && name !== '') return name
  if (generateName === undefined) throw invalidArgument('resource name may not be empty')
  return `${generateName.slice(0, 58)}${randomUUID().replaceAll('-', '').slice(0, 5)}`
}

/** Stores a new Workflow, or with a dry run only says what would be stored; throws as server and cluster refuse. */
export function createWorkflow(
  store: WorkflowStore,
  { submitted, namespace, identity, nowMs, isDryRun }: Creation,
): Workflow {
  validateWorkflow(submitted)
  const { metadata, spec } = submitted
  if (metadata.namespace !== undefined && metadata.namespace !== namespace) {
    throw invalidArgument(
      'the namespace of the provided object does not match the namespace sent on the request',
    )
  }
  validateMetadata(submitted)
  const name = generatedName(submitted)
  if (store.get(namespace, name) !== undefined) {
    const suffix =
      metadata.generateName === undefined
        ? ''
        : ', the server was not able to generate a unique name for the object'
    throw new ArgoError(6, 409, `workflows.argoproj.io "${name}" already exists${suffix}`)
  }
  const now = timeText(nowMs)
  const { generateName, annotations, ownerReferences } = metadata
  const workflow: Workflow = {
    metadata: {
      name,
      ...(generateName === undefined ? {} : { generateName }),
      namespace,
      uid: randomUUID(),

      generation: 1,
      creationTimestamp: now,
      labels: { ...metadata.labels, [label('creator')]: actorLabel(identity) },
      ...(annotations === undefined ? {} : { annotations }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
      managedFields: [managedFields(submitted, now)],
    },
    spec,
    status: { startedAt: null, finishedAt: null },
  }
  return isDryRun ? workflow : store.add(workflow)
}
