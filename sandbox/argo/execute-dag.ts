import { inheritedScope, mayContinue, passedParameters, skippedNode } from './execute-steps.ts'
import { evaluate } from './expressions.ts'
import { addChild, addNode, finishNode, nodeId } from './nodes.ts'
import { nodeBase } from './pass.ts'
import type { Pass, ReadyCall } from './pass.ts'
import { nodeScope } from './scope.ts'
import { isFailure, isFulfilled } from './workflow.ts'
import type { NodeStatus, Task } from './workflow.ts'

const results: Readonly<Record<string, readonly string[]>> = {
  Succeeded: ['Succeeded'],
  Failed: ['Failed'],
  Errored: ['Error'],
  Skipped: ['Skipped'],
  Omitted: ['Omitted'],
}

const taskPattern = /([A-Za-z0-9][-\w]*)(?:\.(Succeeded|Failed|Errored|Skipped|Omitted))?/g

function dependenciesOf(task: Task): string[] {
  if (task.depends === undefined) return task.dependencies ?? []
  return [...task.depends.matchAll(taskPattern)].map(([, name = '']) => name)
}

// A bare name in `depends` means that the task succeeded or was skipped.
function areMet(task: Task, phaseOf: (name: string) => string, tasks: readonly Task[]): boolean {
  if (task.depends === undefined) {
    return (task.dependencies ?? []).every((name) => {
      const dependency = tasks.find((other) => other.name === name)
      const phase = phaseOf(name)
      if (phase === 'Failed') return dependency?.continueOn?.failed === true
      if (phase === 'Error') return dependency?.continueOn?.error === true
      return phase === 'Succeeded' || phase === 'Skipped'
    })
  }
  const text = task.depends.replaceAll(taskPattern, (_whole, name: string, result?: string) =>
    String((results[result ?? ''] ?? ['Succeeded', 'Skipped']).includes(phaseOf(name))),
  )
  return evaluate(text)
}

/** Runs a `dag` template: each task as soon as what it depends on has ended. */
export function executeDag(pass: Pass, call: ReadyCall): NodeStatus {
  const { workflow } = pass
  const tasks = tasksOf(call)
  const find = (name: string): NodeStatus | undefined =>
    workflow.status.nodes?.[nodeId(workflow.metadata.name, name)]
  const node =
    find(call.name) ?? addNode(workflow, { ...nodeBase(call), type: 'DAG', phase: 'Running' }, pass.now)
  const taskNode = (name: string): NodeStatus | undefined => find(`${call.name}.${name}`)
  const phaseOf = (name: string): string => taskNode(name)?.phase ?? ''
  const hasFailed = tasks.some((task) => hasFailedForGood(task, taskNode(task.name)))
  const isFailingFast = hasFailed && isFailFast(call)
  for (const task of tasks) {
    const needed = dependenciesOf(task)
    if (!needed.every((name) => isFulfilled(phaseOf(name)))) continue
    // With failFast no task without dependencies is started any more.
    if (isFailingFast && needed.length === 0 && taskNode(task.name) === undefined) continue
    const child = runTask(pass, call, { task, boundary: node, isMet: areMet(task, phaseOf, tasks), needed })
    const parents = needed.flatMap((name) => taskNode(name) ?? [])
    for (const parent of parents.length === 0 ? [node] : parents) addChild(parent, child.id)
  }
  return finishDag(pass, node, tasks, taskNode)
}

function hasFailedForGood(task: Task, node: NodeStatus | undefined): boolean {
  return node !== undefined && isFailure(node.phase) && !mayContinue(task, node)
}

function runTask(
  pass: Pass,
  call: ReadyCall,
  { task, boundary, isMet, needed }: { task: Task; boundary: NodeStatus; isMet: boolean; needed: string[] },
): NodeStatus {
  const { workflow } = pass
  const name = `${call.name}.${task.name}`
  if (!isMet) {
    const existing = workflow.status.nodes?.[nodeId(workflow.metadata.name, name)]
    const message = 'omitted: depends condition not met'
    const omitted = { name, type: 'Skipped', phase: 'Omitted', boundaryID: boundary.id, message } as const
    return existing ?? addNode(workflow, omitted, pass.now)
  }
  let scope = call.scope
  for (const other of needed) {
    const done = workflow.status.nodes?.[nodeId(workflow.metadata.name, `${call.name}.${other}`)]
    if (done !== undefined) scope = { ...scope, ...nodeScope(`tasks.${other}`, done) }
  }
  return (
    skippedNode(pass, task, { name, boundaryID: boundary.id, scope }) ??
    pass.execute(pass, {
      name,
      templateName: task.template ?? '',
      parameters: passedParameters(task, scope),
      boundaryID: boundary.id,
      scope: inheritedScope(scope),
      ...(call.isExitHandler === undefined ? {} : { isExitHandler: call.isExitHandler }),
    })
  )
}

function tasksOf(call: ReadyCall): readonly Task[] {
  return call.template.dag?.tasks ?? []
}

function isFailFast(call: ReadyCall): boolean {
  return call.template.dag?.failFast !== false
}

function finishDag(
  pass: Pass,
  node: NodeStatus,
  tasks: readonly Task[],
  taskNode: (name: string) => NodeStatus | undefined,
): NodeStatus {
  const known = tasks.flatMap((task) => {
    const found = taskNode(task.name)
    return found === undefined ? [] : [{ task, found }]
  })
  if (!known.every(({ found }) => isFulfilled(found.phase))) return node
  const failed = known.find(({ task, found }) => isFailure(found.phase) && !mayContinue(task, found))
  if (failed === undefined && known.length < tasks.length) return node
  const leaves = known.filter(({ found }) => (found.children ?? []).length === 0)
  node.outboundNodes = leaves.map(({ found }) => found.id)
  if (failed === undefined) finishNode(node, 'Succeeded', pass.now)
  else finishNode(node, 'Failed', pass.now, `child '${failed.found.id}' failed`)
  return node
}
