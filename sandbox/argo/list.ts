import { parseLabelSelector, SelectorError } from '../kubernetes/labels.ts'
import { invalidArgument } from './errors.ts'
import type { WorkflowStore } from './store.ts'
import type { Workflow } from './workflow.ts'

type Matches = (workflow: Workflow) => boolean

const fieldTerms: readonly {
  readonly pattern: RegExp
  readonly test: (workflow: Workflow, value: string) => boolean
}[] = [
  { pattern: /^metadata\.name==?(.*)$/, test: ({ metadata }, value) => metadata.name === value },
  { pattern: /^metadata\.name!=(.*)$/, test: ({ metadata }, value) => metadata.name !== value },
  { pattern: /^metadata\.namespace==?(.*)$/, test: ({ metadata }, value) => metadata.namespace === value },
  {
    pattern: /^spec\.startedAt>(.*)$/,
    test: ({ status }, value) => Date.parse(status.startedAt ?? '') > Date.parse(value),
  },
  {
    pattern: /^spec\.startedAt<(.*)$/,
    test: ({ status }, value) => Date.parse(status.startedAt ?? '') < Date.parse(value),
  },
  { pattern: /^ext\.showRemainingItemCount=(.*)$/, test: () => true },
]

function readFieldSelector(selector: string): Matches {
  const tests = selector
    .split(',')
    .filter((term) => term !== '')
    .map((term): Matches => {
      for (const { pattern, test } of fieldTerms) {
        const value = pattern.exec(term)?.[1]
        if (value !== undefined) return (workflow) => test(workflow, value)
      }
      throw invalidArgument(`unsupported requirement ${term}`)
    })
  return (workflow) => tests.every((test) => test(workflow))
}

function readLabelSelector(selector: string): Matches {
  try {
    const matches = parseLabelSelector(selector)
    return ({ metadata }) => matches(metadata.labels ?? {})
  } catch (error) {
    if (error instanceof SelectorError) throw invalidArgument(error.message)
    throw error
  }
}

// Unfinished first, newest first; then what ended last.
function byPage(a: Workflow, b: Workflow): number {
  const key = ({ metadata, status }: Workflow): string =>
    `${status.finishedAt === null ? 1 : 0}${status.finishedAt ?? metadata.creationTimestamp}`
  return key(b).localeCompare(key(a))
}

/** Answers a list call; throws the refusals of bad selectors. */
export function listWorkflows(
  store: WorkflowStore,
  namespace: string | undefined,
  query: URLSearchParams,
): object {
  const hasFields = readFieldSelector(query.get('listOptions.fieldSelector') ?? '')
  const hasLabels = readLabelSelector(query.get('listOptions.labelSelector') ?? '')
  const offset = Number(query.get('listOptions.continue') ?? 0)
  if (!Number.isInteger(offset) || offset < 0) throw invalidArgument('listOptions.continue must int')
  const limit = Number(query.get('listOptions.limit') ?? 0)
  const found = store
    .list(namespace)
    .filter((workflow) => hasFields(workflow) && hasLabels(workflow))
    .toSorted(byPage)
    .slice(offset, limit > 0 ? offset + limit : undefined)
  return { metadata: { resourceVersion: String(store.version()) }, items: found.length === 0 ? null : found }
}
