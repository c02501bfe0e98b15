import { invalidArgument } from './errors.ts'
import type { Submitted, WorkflowSpec } from './workflow.ts'

const labelRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
const nameRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

function checkArguments(spec: WorkflowSpec): void {
  for (const { name, value, valueFrom, enum: allowed } of spec.arguments.parameters ?? []) {
    const at = `spec.arguments.${name}`
    // A default is for templates: among a workflow's own arguments it counts for nothing (seen with 4.1.2).
    if (value === undefined && valueFrom === undefined) {
      throw invalidArgument(`${at}.value or ${at}.valueFrom is required`)
    }
    if (allowed !== undefined && value !== undefined && !allowed.includes(value)) {
      throw invalidArgument(`${at}.value should be present in ${at}.enum list`)
    }
  }
}

function undefinedTemplate(spec: WorkflowSpec): string | undefined {
  const known = new Set(spec.templates?.map(({ name }) => name))
  for (const template of spec.templates ?? []) {
    for (const [index, group] of (template.steps ?? []).entries()) {
      const bad = group.find(({ template: called }) => called === undefined || !known.has(called))
      if (bad !== undefined)
        return `templates.${template.name}.steps[${index}].${bad.name} template name '${bad.template ?? ''}' undefined`
    }
    const bad = template.dag?.tasks.find(({ template: called }) => called === undefined || !known.has(called))
    if (bad !== undefined)
      return `templates.${template.name}.tasks.${bad.name} template name '${bad.template ?? ''}' undefined`
  }
  return undefined
}

/** What argo-server looks at before it stores a Workflow; throws its refusal. */
export function validateWorkflow({ metadata, spec }: Submitted): void {
  const name = metadata.name ?? ''
  if (name.length > 63) {
    throw invalidArgument(
      `workflow name "${name}" must not be more than 63 characters long (currently ${name.length})`,
    )
  }
  if (spec.entrypoint === undefined || spec.entrypoint === '')
    throw invalidArgument('spec.entrypoint is required')
  checkArguments(spec)
  if (spec.templates?.some((template) => template.name === spec.entrypoint) !== true) {
    throw invalidArgument(`spec.entrypoint template name '${spec.entrypoint}' undefined`)
  }
  const problem = undefinedTemplate(spec)
  if (problem !== undefined) throw invalidArgument(problem)
}

/** What the Kubernetes API looks at when the Workflow is stored. */
export function validateMetadata({ metadata }: Submitted): void {
  const name = metadata.name ?? ''
  const refuse = (field: string, value: string, rule: string): never => {
    throw invalidArgument(
      `Workflow.argoproj.io "${name}" is invalid: ${field}: Invalid value: "${value}": ${rule}`,
    )
  }
  if (name !== '' && !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name)) {
    refuse('metadata.name', name, nameRule)
  }
  for (const value of Object.values(metadata.labels ?? {})) {
    if (value.length > 63 || !/^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/.test(value)) {
      refuse('metadata.labels', value, labelRule)
    }
  }
}
