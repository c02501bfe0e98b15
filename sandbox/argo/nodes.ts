import { isFulfilled } from './workflow.ts'
import type { NodePhase, NodeStatus, NodeType, Workflow } from './workflow.ts'

// FNV-1a, 32 bit: the hash with which Argo makes node ids and pod names from node names.
function fnv32a(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash
}

/** The id of the node called `nodeName`. */
export function nodeId(workflowName: string, nodeName: string): string {
  return nodeName === workflowName ? workflowName : `${workflowName}-${fnv32a(nodeName)}`
}

/** The name of the pod that runs a node (format v2). */
export function podName(workflowName: string, node: NodeStatus): string {
  if (node.name === workflowName) return workflowName
  return `${workflowName}-${node.templateName ?? ''}-${fnv32a(node.name)}`
}

interface NewNode {
  readonly name: string
  readonly type: NodeType
  readonly phase: NodePhase
  readonly templateName?: string
  readonly boundaryID?: string
  readonly message?: string
  readonly nodeFlag?: NodeStatus['nodeFlag']
  readonly inputs?: NodeStatus['inputs']
}

const lastSegment = (name: string, parent: string | undefined): string => {
  const rest = parent !== undefined && name.startsWith(parent) ? name.slice(parent.length) : name
  return /^\[\d+\]$/.test(rest) ? rest : rest.replace(/^(\[\d+\])?\./, '')
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

// Argo leaves out what is empty.
function present<T extends object>(values: T): Present<T> {
  const copy: Present<T> = { ...values }
  for (const key of Object.keys(values))
    if (Reflect.get(copy, key) === undefined) Reflect.deleteProperty(copy, key)
  return copy
}

/** Adds a node to the workflow, or replaces the one of that name. */
export function addNode(workflow: Workflow, given: NewNode, now: string): NodeStatus {
  const { name, type, phase, templateName, boundaryID, message, nodeFlag, inputs } = given
  const boundary = boundaryID === undefined ? undefined : workflow.status.nodes?.[boundaryID]
  const node: NodeStatus = {
    id: nodeId(workflow.metadata.name, name),
    name,
    displayName: lastSegment(name, boundary?.name),
    type,
    ...present({ templateName }),
    templateScope: `local/${workflow.metadata.name}`,
    phase,
    ...present({ boundaryID, message }),
    startedAt: now,
    finishedAt: isFulfilled(phase) ? now : null,
    ...present({
      progress: type === 'Skipped' ? undefined : '0/1',
      nodeFlag,
      inputs: inputs?.parameters.length === 0 ? undefined : inputs,
      taskResultSynced: type === 'Pod' ? true : undefined,
    }),
  }
  workflow.status.nodes = { ...workflow.status.nodes, [node.id]: node }
  return node
}

/** Makes `child` a child of `parent`, once. */
export function addChild(parent: NodeStatus, childId: string): void {
  if (parent.children?.includes(childId) !== true) parent.children = [...(parent.children ?? []), childId]
}

/** The nodes at which the work of `node` ends: what comes next hangs below them. */
export function outboundNodes(workflow: Workflow, node: NodeStatus): string[] {
  if (node.type === 'Retry') {
    const last = workflow.status.nodes?.[node.children?.at(-1) ?? '']
    return last === undefined ? [node.id] : outboundNodes(workflow, last)
  }
  if (node.type === 'Steps' || node.type === 'DAG') return node.outboundNodes ?? []
  return [node.id]
}

/** Ends a node. */
export function finishNode(node: NodeStatus, phase: NodePhase, now: string, message?: string): void {
  node.phase = phase
  node.finishedAt ??= now
  if (message === undefined) delete node.message
  else node.message = message
}

interface Sums {
  done: number
  total: number
  memory: number
  hasResources: boolean
}

function sumBelow(nodes: Record<string, NodeStatus>, id: string, seen: Set<string>, sums: Sums): void {
  const node = nodes[id]
  if (node === undefined || seen.has(id)) return
  seen.add(id)
  if (node.type === 'Pod' || node.type === 'Suspend') {
    sums.total += 1
    if (node.phase === 'Succeeded') sums.done += 1
    if (node.type === 'Pod' && node.finishedAt !== null && node.outputs !== undefined) {
      sums.hasResources = true
      const ms = Date.parse(node.finishedAt) - Date.parse(node.startedAt ?? node.finishedAt)
      sums.memory += Math.ceil(ms / 1000) + 1
    }
  }
  for (const child of node.children ?? []) sumBelow(nodes, child, seen, sums)
}

function setSums(
  target: { progress?: string; resourcesDuration?: object },
  sums: Sums,
  withResources: boolean,
): void {
  if (sums.total > 0) target.progress = `${sums.done}/${sums.total}`
  if (sums.hasResources && withResources) target.resourcesDuration = { cpu: 0, memory: sums.memory }
}

const noSums = (): Sums => ({ done: 0, total: 0, memory: 0, hasResources: false })

function sumsBelow(nodes: Record<string, NodeStatus>, id: string): Sums {
  const sums = noSums()
  sumBelow(nodes, id, new Set(), sums)
  return sums
}

/** Works out progress and resources of every node and of the workflow: a node counts all that hangs below it. */
export function updateSums(workflow: Workflow): void {
  const nodes = workflow.status.nodes ?? {}
  const all = noSums()
  const seenByAll = new Set<string>()
  for (const node of Object.values(nodes)) {
    const isLeaf = node.type === 'Pod' || node.type === 'Suspend'
    const sums = sumsBelow(isLeaf ? { [node.id]: { ...node, children: [] } } : nodes, node.id)
    // Of a node that waited for a person Argo adds up what came after it.
    if (node.type === 'Suspend') {
      const { memory, hasResources } = sumsBelow(nodes, node.id)
      Object.assign(sums, { memory, hasResources })
    }
    // Argo adds up what a node cost only when the node ends.
    setSums(node, sums, isEnded(node))
    if (sums.total === 0 && node.type !== 'Pod' && isEnded(node)) delete node.progress
    sumBelow(nodes, node.id, seenByAll, all)
  }
  setSums(workflow.status, all, true)
}

const isEnded = (node: NodeStatus): boolean => node.finishedAt !== null
