import type { WorkflowState } from '../onboarding/ports.ts'
import type { ArgoNode, ArgoWorkflow } from './schemas.ts'

type StepState = WorkflowState['steps'][number]

const phases: Record<string, StepState['phase']> = {
  Pending: 'pending',
  Running: 'running',
  Succeeded: 'succeeded',
  Failed: 'failed',
  Error: 'failed',
  Skipped: 'skipped',
  Omitted: 'skipped',
}

const inner = new Set(['StepGroup', 'TaskGroup'])

/** What a container wrote stands behind its name and exit code; alone they are all there is to tell. */
const toldBy = (message: string): string => {
  const own = message.replace(/^\w[-\w]*: Error \(exit code \d+\)(?:: )?/, '').trim()
  return own === '' ? message.trim() : own
}

const time = (text: string | null | undefined): number | undefined => {
  const at = text === null || text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}

/** The pod of a node (name format v2): workflow, template and the hash that the node's id ends with. */
const podNameOf = (workflow: string, node: ArgoNode): string | undefined => {
  if (node.type !== 'Pod') return undefined
  if (node.id === workflow || node.templateName === undefined) return workflow
  return `${workflow}-${node.templateName}-${node.id.slice(node.id.lastIndexOf('-') + 1)}`
}

/** The try that a retried step stands at: the last child of its Retry node. */
const lastTry = (node: ArgoNode, nodes: Readonly<Record<string, ArgoNode>>): ArgoNode => {
  const tries = (node.children ?? []).flatMap((id) => nodes[id] ?? [])
  return tries.at(-1) ?? node
}

const stepOf = (workflow: string, node: ArgoNode, nodes: Readonly<Record<string, ArgoNode>>): StepState => {
  const shown = node.type === 'Retry' ? lastTry(node, nodes) : node
  const message = shown.message ?? node.message
  const startedAt = time(node.startedAt)
  const finishedAt = time(node.finishedAt)
  const podName = podNameOf(workflow, shown)
  return {
    name: node.displayName,
    phase: phases[node.phase] ?? 'pending',
    ...(message !== undefined && message !== '' && { message: toldBy(message) }),
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && { finishedAt }),
    ...(podName !== undefined && { podName }),
  }
}

/**
 * The steps directly under the entrypoint, and the exit handler, in the order in which they began. A workflow that
 * is one pod is its own only step.
 */
const stepsOf = ({ metadata: { name }, status }: ArgoWorkflow): readonly StepState[] => {
  const nodes = status.nodes ?? {}
  const root = nodes[name]
  const isStep = (node: ArgoNode): boolean => {
    if (node.name === `${name}.onExit`) return true
    if (inner.has(node.type) || node.nodeFlag?.retried === true || node.nodeFlag?.hooked === true)
      return false
    return node.boundaryID === name
  }
  const steps = Object.values(nodes)
    .filter(isStep)
    .toSorted((a, b) => (time(a.startedAt) ?? 0) - (time(b.startedAt) ?? 0) || (a.name < b.name ? -1 : 1))
  const all = steps.length === 0 && root !== undefined && root.type === 'Pod' ? [root] : steps
  return all.map((node) => stepOf(name, node, nodes))
}

/** A workflow as the core follows it. */
export const stateOf = (workflow: ArgoWorkflow): WorkflowState => {
  const { metadata, status } = workflow
  const { phase, message, finishedAt } = status
  return {
    name: metadata.name,
    uid: metadata.uid,
    ...(phase !== undefined && phase !== '' && { phase }),
    ...(message !== undefined && message !== '' && { message: message.trim() }),
    ...(finishedAt !== undefined && finishedAt !== null && { finishedAt }),
    steps: stepsOf(workflow),
    outputs: (status.outputs?.parameters ?? []).flatMap(({ name, value }) =>
      value === undefined ? [] : [{ name, value }],
    ),
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
  }
}
