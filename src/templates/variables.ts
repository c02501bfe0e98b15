import { cureForName, nearestName } from '../nearest-name.ts'
import { globalNamesOf, type Workflow, type WorkflowTemplate } from './workflow-schema.ts'

/** What stands for nothing in `{{…}}`: what to do about it; undefined for what Argo knows, or may know. */
export type Judge = (tag: string) => string | undefined

// docs/variables.md of Argo Workflows, 3.7 to 4.1.
const heads = 'workflow cronworkflow inputs outputs steps tasks item pod node retries lastRetry tmpl'.split(
  ' ',
)
const ofWorkflow =
  'name namespace mainEntrypoint serviceAccountName uid parameters labels annotations creationTimestamp priority duration status failures scheduledTime outputs'.split(
    ' ',
  )
const ofInputs = ['parameters', 'artifacts']
const ofStep = 'id ip status exitCode startedAt finishedAt hostNodeName outputs name duration message'.split(
  ' ',
)

/** A word like one that Argo knows is a slip; one like none may be of a newer Argo. */
const slip = (word: string, known: readonly string[]): string | undefined => {
  const meant = known.includes(word) ? undefined : nearestName(word, known)
  return meant && `did you mean "${meant}"?`
}

const isAmong = (name: string, names: readonly string[]): string | undefined =>
  names.includes(name) ? undefined : cureForName(name, [...new Set(names)])

type Named = readonly { readonly name: string }[]
const namesOf = (named: Named | undefined): readonly string[] => (named ?? []).map(({ name }) => name)

interface Call {
  readonly name: string
  readonly template?: string
}

const ofOutput = (
  rest: readonly string[],
  { template: called }: Call,
  { spec }: Workflow,
): string | undefined => {
  const [kind = '', name] = rest
  if (kind !== 'parameters' || name === undefined)
    return slip(kind, ['parameters', 'artifacts', 'result', 'exitCode'])
  const template = spec.templates.find((one) => one.name === called)
  // What is somewhere else, or a plugin, gives what it likes.
  if (template === undefined || template['plugin'] !== undefined) return undefined
  return isAmong(name, namesOf(template.outputs?.parameters))
}

const ofCall = (rest: readonly string[], calls: readonly Call[], workflow: Workflow): string | undefined => {
  const [name = '', field, ...more] = rest
  // {{steps.name}} is the step's own.
  if (field === undefined) return name === 'name' ? undefined : isAmong(name, namesOf(calls))
  const call = calls.find((one) => one.name === name)
  if (call === undefined) return isAmong(name, namesOf(calls))
  return field === 'outputs' && more.length > 0 ? ofOutput(more, call, workflow) : slip(field, ofStep)
}

const fromElsewhere = ({ spec }: Workflow): boolean =>
  spec.workflowTemplateRef !== undefined ||
  spec.templates.some(({ steps, dag }) =>
    [...(steps?.flat() ?? []), ...(dag?.tasks ?? [])].some(({ templateRef }) => templateRef !== undefined),
  )

const ofTheWorkflow = ([kind = '', ...rest]: readonly string[], workflow: Workflow): string | undefined => {
  const name = rest.join('.')
  if (kind === 'parameters') {
    // All of them as JSON; and a WorkflowTemplate brings its own.
    if (name === '' || name === 'json' || workflow.spec.workflowTemplateRef !== undefined) return undefined
    return isAmong(name, namesOf(workflow.spec.arguments.parameters))
  }
  if (kind === 'outputs' && rest[0] === 'parameters' && rest[1] !== undefined)
    return fromElsewhere(workflow) ? undefined : isAmong(rest[1], globalNamesOf(workflow))
  return slip(kind, ofWorkflow)
}

const ofItsInputs = ([kind = '', name]: readonly string[], template: WorkflowTemplate): string | undefined =>
  kind === 'parameters' && name !== undefined
    ? isAmong(name, namesOf(template.inputs?.parameters))
    : slip(kind, ofInputs)

/** Judges what stands in a template, or, without one, in the rest of the workflow, where only `workflow.` is judged. */
export const judgeIn =
  (workflow: Workflow, template?: WorkflowTemplate): Judge =>
  (tag) => {
    const [head = '', ...rest] = tag.split('.')
    if (rest.length === 0) return undefined
    if (head === 'workflow') return ofTheWorkflow(rest, workflow)
    if (template === undefined) return slip(head, heads)
    if (head === 'inputs') return ofItsInputs(rest, template)
    if (head === 'steps') return ofCall(rest, template.steps?.flat() ?? [], workflow)
    if (head === 'tasks') return ofCall(rest, template.dag?.tasks ?? [], workflow)
    return slip(head, heads)
  }
