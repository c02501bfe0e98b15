import { isObject } from '../kubernetes/json.ts'
import { substitute } from './expressions.ts'
import type { NodeStatus, Parameter, Template, Workflow } from './workflow.ts'

export type Scope = Readonly<Record<string, string>>

/** What `{{workflow...}}` stands for. */
export function globalScope(workflow: Workflow): Record<string, string> {
  const { name, namespace, uid } = workflow.metadata
  const scope: Record<string, string> = {
    'workflow.name': name,
    'workflow.namespace': namespace,
    'workflow.uid': uid,
    'workflow.serviceAccountName': workflow.spec.serviceAccountName ?? 'default',
  }
  for (const { name: key, value, default: fallback } of workflow.spec.arguments.parameters ?? []) {
    scope[`workflow.parameters.${key}`] = value ?? fallback ?? ''
  }
  for (const { name: key, value } of workflow.status.outputs?.parameters ?? []) {
    scope[`workflow.outputs.parameters.${key}`] = value ?? ''
  }
  return scope
}

/** What `{{steps.NAME...}}` or `{{tasks.NAME...}}` stands for once the node has ended. */
export function nodeScope(prefix: string, node: NodeStatus): Record<string, string> {
  const scope: Record<string, string> = { [`${prefix}.status`]: node.phase, [`${prefix}.id`]: node.id }
  const { exitCode, parameters = [] } = node.outputs ?? {}
  if (exitCode !== undefined) scope[`${prefix}.exitCode`] = exitCode
  for (const { name, value } of parameters) scope[`${prefix}.outputs.parameters.${name}`] = value ?? ''
  return scope
}

export class MissingInput extends Error {}

/** The inputs of a template, filled from what the caller passes; throws MissingInput. */
export function resolveInputs(template: Template, passed: readonly Parameter[], scope: Scope): Parameter[] {
  return (template.inputs.parameters ?? []).map((input) => {
    const given = passed.find(({ name }) => name === input.name)?.value ?? input.value ?? input.default
    if (given === undefined) throw new MissingInput(`inputs.parameters.${input.name} was not supplied`)
    return { ...input, value: substitute(given, scope) }
  })
}

/** The scope inside a template that was given `inputs`. */
export function inputScope(inputs: readonly Parameter[]): Record<string, string> {
  return Object.fromEntries(inputs.map(({ name, value }) => [`inputs.parameters.${name}`, value ?? '']))
}

/** `value` with every text in it substituted. */
export function substituteAll<T>(value: T, scope: Scope, check: (value: unknown) => T): T {
  const walk = (item: unknown): unknown => {
    if (typeof item === 'string') return substitute(item, scope)
    if (Array.isArray(item)) return item.map(walk)
    if (isObject(item))
      return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, walk(inner)]))
    return item
  }
  return check(walk(value))
}
