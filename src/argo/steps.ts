import type { WorkflowState } from '../onboarding/ports/workflows.ts'
import { type ArgoNodes, lastTry, tellerOf } from './nodes.ts'
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

/** A member of a fan-out is named `STEP(INDEX:ITEM)`; together they are the step. */
const fanOut = /^(.+?)\(\d+:.*\)$/s

/** What a container wrote stands behind its name and exit code; alone they are all there is to tell. */
const ending = /^\w[-\w]*: Error \(exit code (\d+)\)(?:: )?/

const toldBy = (message: string): string => {
  const own = message.replace(ending, '').trim()
  return own === '' ? message.trim() : own
}

const exitCodeIn = (message: string): { readonly exitCode?: number } => {
  const [, code] = ending.exec(message) ?? []
  return code === undefined ? {} : { exitCode: Number(code) }
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

const stepOf = (workflow: string, node: ArgoNode, nodes: ArgoNodes): StepState => {
  const teller = tellerOf(node, nodes)
  // Between two tries of a step its last one is no news: the step goes on.
  const isPast = node.finishedAt == null && teller.finishedAt != null
  const message = isPast ? undefined : (teller.message ?? node.message)
  const startedAt = time(node.startedAt)
  const finishedAt = time(node.finishedAt)
  const podName = podNameOf(workflow, teller)
  return {
    name: node.displayName,
    phase: phases[node.phase] ?? 'pending',
    ...(message !== undefined && message !== '' && { message: toldBy(message), ...exitCodeIn(message) }),
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && { finishedAt }),
    ...(podName !== undefined && { podName }),
  }
}

/** The members' phases in the order in which they decide over the whole: it ends when all of them have. */
const decisive = ['running', 'pending', 'failed', 'succeeded', 'skipped'] as const

const saidBy = ({ message, exitCode }: Partial<StepState> = {}): Pick<StepState, 'message' | 'exitCode'> => ({
  ...(message !== undefined && { message }),
  ...(exitCode !== undefined && { exitCode }),
})

/** A fan-out as one step: it stands where its slowest member stands, and tells what a failed one tells. */
const together = (name: string, members: readonly StepState[]): StepState => {
  const phase = decisive.find((one) => members.some((member) => member.phase === one)) ?? 'pending'
  const telling = members.find((member) => member.phase === phase && member.message !== undefined)
  const shown = telling ?? members.find((member) => member.phase === phase) ?? members[0]
  const starts = members.flatMap(({ startedAt }) => startedAt ?? [])
  const ends = members.flatMap(({ finishedAt }) => finishedAt ?? [])
  const isOver = phase !== 'running' && phase !== 'pending'
  return {
    name,
    phase,
    ...saidBy(shown),
    ...(starts.length > 0 && { startedAt: Math.min(...starts) }),
    ...(isOver && ends.length > 0 && { finishedAt: Math.max(...ends) }),
    ...(shown?.podName !== undefined && { podName: shown.podName }),
  }
}

const grouped = (workflow: string, steps: readonly ArgoNode[], nodes: ArgoNodes): readonly StepState[] => {
  const groups = new Map<string, ArgoNode[]>()
  for (const node of steps) {
    const name = fanOut.exec(node.displayName)?.[1] ?? node.displayName
    groups.set(name, [...(groups.get(name) ?? []), node])
  }
  return [...groups].flatMap(([name, all]) => {
    // A task group is shown by its members, once there are some.
    const members = all.length > 1 ? all.filter(({ type }) => type !== 'TaskGroup') : all
    const states = members.map((node) => stepOf(workflow, node, nodes))
    return states.length === 1 ? states.map((state) => ({ ...state, name })) : [together(name, states)]
  })
}

/**
 * The steps directly under the entrypoint, and the exit handler, in the order in which they began. A workflow that
 * is one pod is its own only step.
 */
const stepsOf = ({ metadata: { name }, status }: ArgoWorkflow): readonly StepState[] => {
  const nodes = status.nodes ?? {}
  const root = nodes[name]
  // An entrypoint with a retry strategy is a Retry node, and its last try holds the steps.
  const entry = root?.type === 'Retry' ? lastTry(root, nodes) : root
  const isStep = (node: ArgoNode): boolean => {
    if (node.name === `${name}.onExit`) return true
    if (node.type === 'StepGroup' || node.nodeFlag?.retried === true || node.nodeFlag?.hooked === true)
      return false
    return node.boundaryID === (entry?.id ?? name)
  }
  const steps = Object.values(nodes)
    .filter(isStep)
    .toSorted((a, b) => (time(a.startedAt) ?? 0) - (time(b.startedAt) ?? 0) || (a.name < b.name ? -1 : 1))
  const all = steps.length === 0 && root !== undefined && entry?.type === 'Pod' ? [root] : steps
  return grouped(name, all, nodes)
}

const lockOf = ({ status }: ArgoWorkflow): WorkflowState['lock'] => {
  const mutex = status.synchronization?.mutex?.waiting?.[0]
  const semaphore = status.synchronization?.semaphore?.waiting?.[0]
  const lock = mutex ?? (semaphore && { mutex: semaphore.semaphore, holder: semaphore.holders?.join(', ') })
  return lock && { name: lock.mutex, ...(lock.holder !== undefined && { holder: lock.holder }) }
}

const suspensionOf = ({ spec, status }: ArgoWorkflow): WorkflowState['suspended'] => {
  if (spec?.suspend === true) return {}
  const nodes = Object.values(status.nodes ?? {})
  const step = nodes.find(({ type, phase }) => type === 'Suspend' && phase === 'Running')?.displayName
  return step === undefined ? undefined : { step }
}

/** Whether nothing more happens to the workflow, unless somebody retries it. */
export const hasEnded = ({ status }: ArgoWorkflow): boolean =>
  status.phase === 'Succeeded' || status.phase === 'Failed' || status.phase === 'Error'

/** What Argo's Resubmit puts on the copy that it makes. */
const resubmittedFrom = 'workflows.argoproj.io/resubmitted-from-workflow'

const hindrancesOf = (workflow: ArgoWorkflow): Pick<WorkflowState, 'lock' | 'suspended' | 'shutdown'> => {
  const lock = lockOf(workflow)
  const suspended = suspensionOf(workflow)
  const shutdown = workflow.spec?.shutdown
  return {
    ...(lock !== undefined && { lock }),
    ...(suspended !== undefined && { suspended }),
    ...(shutdown !== undefined && shutdown !== null && shutdown !== '' && { shutdown }),
  }
}

const standingOf = ({
  status: { phase, message, finishedAt },
}: ArgoWorkflow): Pick<WorkflowState, 'phase' | 'message' | 'finishedAt'> => ({
  ...(phase !== undefined && phase !== '' && { phase }),
  ...(message !== undefined && message !== '' && { message: message.trim() }),
  ...(finishedAt !== undefined && finishedAt !== null && { finishedAt }),
})

/** A workflow as the core follows it. */
export const stateOf = (workflow: ArgoWorkflow): WorkflowState => {
  const { metadata, status } = workflow
  const original = metadata.labels?.[resubmittedFrom]
  return {
    name: metadata.name,
    uid: metadata.uid,
    ...standingOf(workflow),
    ...hindrancesOf(workflow),
    steps: stepsOf(workflow),
    outputs: (status.outputs?.parameters ?? []).flatMap(({ name, value }) =>
      value === undefined ? [] : [{ name, value }],
    ),
    ...(original !== undefined && { resubmittedFrom: original }),
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
  }
}
