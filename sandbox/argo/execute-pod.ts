import { z } from 'zod'

import { timeText } from '../kubernetes/json.ts'
import { addNode, finishNode, nodeId } from './nodes.ts'
import { nodeBase } from './pass.ts'
import type { Pass, ReadyCall } from './pass.ts'
import type { PodState } from './pods.ts'
import { substituteAll } from './scope.ts'
import type { PodResult } from './step-runner.ts'
import { templateSchema } from './workflow.ts'
import type { NodeStatus, Parameter, Template, Workflow } from './workflow.ts'

const deadlineMessage = 'Step exceeded its deadline'

function isStopping(pass: Pass, call: ReadyCall): boolean {
  const { shutdown } = pass.workflow.spec
  return shutdown === 'Terminate' || (shutdown !== undefined && call.isExitHandler !== true)
}

function isOverdue(pass: Pass, call: ReadyCall, node: NodeStatus | undefined): boolean {
  if (pass.isPastDeadline && call.isExitHandler !== true) return true
  const seconds = call.template.activeDeadlineSeconds
  if (seconds === undefined || node?.startedAt === undefined || node.startedAt === null) return false
  const endMs = Date.parse(node.startedAt) + Number(seconds) * 1000
  if (endMs > pass.nowMs) pass.wakeAt(endMs)
  return endMs <= pass.nowMs
}

const defaultSchema = z.looseObject({ path: z.string().optional(), default: z.coerce.string().optional() })

function readOutputs(template: Template, result: PodResult): Parameter[] {
  return (template.outputs.parameters ?? []).flatMap((parameter) => {
    const { path = '', default: fallback } = defaultSchema.parse(parameter.valueFrom ?? {})
    const value = result.outputs[path]?.replace(/\n$/, '') ?? fallback
    return value === undefined ? [] : [{ name: parameter.name, value, ...withoutName(parameter) }]
  })
}

function withoutName({ name: _name, value: _value, ...rest }: Parameter): Omit<Parameter, 'name'> {
  return rest
}

function exportGlobals(workflow: Workflow, outputs: readonly Parameter[]): void {
  for (const { globalName, value } of outputs) {
    if (globalName === undefined || value === undefined) continue
    const others = (workflow.status.outputs?.parameters ?? []).filter(({ name }) => name !== globalName)
    workflow.status.outputs = { parameters: [...others, { name: globalName, value }] }
  }
}

function endOfResult(pass: Pass, call: ReadyCall, node: NodeStatus, result: PodResult): void {
  const outputs = readOutputs(call.template, result)
  const parameters = outputs.length === 0 ? {} : { parameters: outputs }
  node.outputs = { ...parameters, exitCode: String(result.exitCode) }
  exportGlobals(pass.workflow, outputs)
  const finishedAt = node.finishedAt ?? pass.now
  if (result.exitCode !== 0) {
    const detail = result.terminationMessage === '' ? '' : `: ${result.terminationMessage}`
    finishNode(node, 'Failed', finishedAt, `main: Error (exit code ${result.exitCode})${detail}`)
    return
  }
  const missing = (call.template.outputs.parameters ?? []).find(
    ({ name }) => !outputs.some((output) => output.name === name),
  )
  if (missing === undefined) finishNode(node, 'Succeeded', finishedAt)
  else
    finishNode(
      node,
      'Error',
      finishedAt,
      `wait: Error (exit code 1): cannot save parameter ${missing.name}: no such file`,
    )
}

function observeWaiting(
  pass: Pass,
  call: ReadyCall,
  node: NodeStatus,
  { state, overdue }: { state: PodState; overdue: boolean },
): void {
  if (state.message !== undefined) node.message = state.message
  // A kubelet says these: the pod has its node by then.
  if (/^(?:ErrImagePull|ImagePullBackOff|CreateContainer)/.test(state.message ?? ''))
    node.hostNodeName = 'localhost'
  node.taskResultSynced = false
  if (!isStopping(pass, call) && !overdue) return
  pass.pods.forget(pass.workflow.metadata.uid, node.id)
  const stopped = `workflow shutdown with strategy:  ${pass.workflow.spec.shutdown ?? ''}`
  finishNode(node, 'Failed', pass.now, overdue ? deadlineMessage : stopped)
}

function observeRunning(pass: Pass, call: ReadyCall, node: NodeStatus, overdue: boolean): void {
  node.phase = 'Running'
  node.taskResultSynced = false
  if (isStopping(pass, call) || overdue) pass.pods.stop(pass.workflow, node)
  // The deadline of the whole workflow does not wait for its pods.
  if (!pass.isPastDeadline || call.isExitHandler === true) return
  node.taskResultSynced = true
  finishNode(node, 'Failed', pass.now, deadlineMessage)
}

function observeEnd(
  pass: Pass,
  call: ReadyCall,
  node: NodeStatus,
  { state, overdue }: { state: PodState; overdue: boolean },
): void {
  const { end, result, finishedAtMs } = state
  node.taskResultSynced = true
  node.finishedAt = timeText(finishedAtMs ?? pass.nowMs)
  if (end !== undefined) {
    if (end.exitCode !== undefined) node.outputs = { exitCode: end.exitCode }
    finishNode(node, end.phase, node.finishedAt, end.message)
  } else if (overdue && result?.exitCode !== 0) finishNode(node, 'Failed', node.finishedAt, deadlineMessage)
  else if (result !== undefined) endOfResult(pass, call, node, result)
}

function observe(pass: Pass, call: ReadyCall, node: NodeStatus, state: PodState): void {
  const overdue = isOverdue(pass, call, node)
  if (state.phase === 'waiting') return observeWaiting(pass, call, node, { state, overdue })
  if (state.end?.isRefused !== true) node.hostNodeName = 'localhost'
  delete node.message
  if (state.phase === 'running') return observeRunning(pass, call, node, overdue)
  observeEnd(pass, call, node, { state, overdue })
}

/** Runs a container template as a Pod node. */
export function executePod(pass: Pass, call: ReadyCall): NodeStatus {
  const { workflow, pods, now } = pass
  const existing = workflow.status.nodes?.[nodeId(workflow.metadata.name, call.name)]
  const base = { ...nodeBase(call), type: 'Pod' } as const
  if (existing === undefined && isStopping(pass, call)) {
    const message = `workflow shutdown with strategy: ${workflow.spec.shutdown ?? ''}`
    return addNode(workflow, { ...base, phase: 'Failed', message }, now)
  }
  if (existing === undefined && isOverdue(pass, call, undefined)) {
    return addNode(workflow, { ...base, phase: 'Failed', message: deadlineMessage }, now)
  }
  const node = existing ?? addNode(workflow, { ...base, phase: 'Pending' }, now)
  const state = pods.get(workflow, node)
  if (existing !== undefined && state !== undefined) observe(pass, call, node, state)
  if (state === undefined) {
    const template = substituteAll(call.template, call.scope, (value) => templateSchema.parse(value))
    pods.start(workflow, node, template)
    isOverdue(pass, call, node)
  }
  return node
}
