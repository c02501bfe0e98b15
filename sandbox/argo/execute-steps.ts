import { evaluate, substitute } from './expressions.ts'
import { addChild, addNode, finishNode, nodeId, outboundNodes } from './nodes.ts'
import { nodeBase } from './pass.ts'
import type { Pass, ReadyCall } from './pass.ts'
import { nodeScope } from './scope.ts'
import type { Scope } from './scope.ts'
import { isFailure, isFulfilled } from './workflow.ts'
import type { NodeStatus, Parameter, Step } from './workflow.ts'

/** `parameters` with the texts in them substituted. */
export function passedParameters(step: Step, scope: Scope): Parameter[] {
  return (step.arguments.parameters ?? []).map((parameter) => ({
    ...parameter,
    ...(parameter.value === undefined ? {} : { value: substitute(parameter.value, scope) }),
  }))
}

/** Whether a failed step lets the workflow go on. */
export function mayContinue(step: Step, node: NodeStatus): boolean {
  if (node.phase === 'Failed') return step.continueOn?.failed === true
  return node.phase === 'Error' && step.continueOn?.error === true
}

/** A Skipped node where the step's `when` is false; undefined where the step is to run. */
export function skippedNode(
  pass: Pass,
  step: Step,
  at: { name: string; boundaryID: string; scope: Scope },
): NodeStatus | undefined {
  const { workflow } = pass
  const existing = workflow.status.nodes?.[nodeId(workflow.metadata.name, at.name)]
  if (existing !== undefined || step.when === undefined)
    return existing?.type === 'Skipped' ? existing : undefined
  const base = { name: at.name, type: 'Skipped', boundaryID: at.boundaryID, nodeFlag: {} } as const
  const named = step.template === undefined ? base : { ...base, templateName: step.template }
  const condition = substitute(step.when, at.scope)
  try {
    if (evaluate(condition)) return undefined
  } catch (error) {
    return addNode(workflow, { ...named, phase: 'Error', message: String(error) }, pass.now)
  }
  return addNode(
    workflow,
    { ...named, phase: 'Skipped', message: `when '${condition}' evaluated false` },
    pass.now,
  )
}

function childrenOf(pass: Pass, node: NodeStatus): NodeStatus[] {
  return (node.children ?? []).flatMap((id) => pass.workflow.status.nodes?.[id] ?? [])
}

function groupNode(
  pass: Pass,
  steps: NodeStatus,
  index: number,
  previous: NodeStatus | undefined,
): NodeStatus {
  const { workflow } = pass
  const name = `${steps.name}[${index}]`
  const existing = workflow.status.nodes?.[nodeId(workflow.metadata.name, name)]
  const given = { name, type: 'StepGroup', phase: 'Running', boundaryID: steps.id, nodeFlag: {} } as const
  const group = existing ?? addNode(workflow, given, pass.now)
  if (previous === undefined) addChild(steps, group.id)
  for (const last of previous === undefined ? [] : childrenOf(pass, previous)) {
    for (const id of outboundNodes(workflow, last)) {
      const outbound = workflow.status.nodes?.[id]
      if (outbound !== undefined) addChild(outbound, group.id)
    }
  }
  return group
}

interface Group {
  readonly node: NodeStatus
  readonly steps: readonly Step[]
  readonly boundaryID: string
  readonly scope: Scope
}

function runGroup(pass: Pass, call: ReadyCall, { node, steps, boundaryID, scope }: Group): void {
  const ended = steps.map((step) => {
    const name = `${node.name}.${step.name}`
    const child =
      skippedNode(pass, step, { name, boundaryID, scope }) ??
      pass.execute(pass, {
        name,
        templateName: step.template ?? '',
        parameters: passedParameters(step, scope),
        boundaryID,
        scope: inheritedScope(scope),
        ...(call.isExitHandler === undefined ? {} : { isExitHandler: call.isExitHandler }),
      })
    addChild(node, child.id)
    return { step, child }
  })
  if (!ended.every(({ child }) => isFulfilled(child.phase))) return
  const failed = ended.find(({ step, child }) => isFailure(child.phase) && !mayContinue(step, child))
  if (failed === undefined) finishNode(node, 'Succeeded', pass.now)
  else if (failed.child.phase === 'Error' && failed.child.hostNodeName === undefined) {
    // The controller could not even make the child.
    const why = `${failed.child.name} error: ${failed.child.message ?? ''}`
    finishNode(node, 'Error', pass.now, `step group deemed errored due to child ${why}`)
  } else finishNode(node, 'Failed', pass.now, `child '${failed.child.id}' failed`)
}

/** What a template called from this one still sees: the workflow, not its caller's inputs and steps. */
export function inheritedScope(scope: Scope): Scope {
  return Object.fromEntries(Object.entries(scope).filter(([key]) => key.startsWith('workflow.')))
}

/** Runs a `steps` template: groups one after the other, the steps of a group side by side. */
export function executeSteps(pass: Pass, call: ReadyCall): NodeStatus {
  const { workflow } = pass
  const node =
    workflow.status.nodes?.[nodeId(workflow.metadata.name, call.name)] ??
    addNode(workflow, { ...nodeBase(call), type: 'Steps', phase: 'Running' }, pass.now)
  let scope: Scope = call.scope
  let previous: NodeStatus | undefined
  for (const [index, steps] of (call.template.steps ?? []).entries()) {
    const group = groupNode(pass, node, index, previous)
    if (!isFulfilled(group.phase)) runGroup(pass, call, { node: group, steps, boundaryID: node.id, scope })
    if (!isFulfilled(group.phase)) return node
    previous = group
    if (isFailure(group.phase)) break
    for (const step of steps) {
      const child = workflow.status.nodes?.[nodeId(workflow.metadata.name, `${group.name}.${step.name}`)]
      if (child !== undefined) scope = { ...scope, ...nodeScope(`steps.${step.name}`, child) }
    }
  }
  return finishSteps(pass, call, { node, previous, scope })
}

function finishSteps(
  pass: Pass,
  call: ReadyCall,
  { node, previous, scope }: { node: NodeStatus; previous: NodeStatus | undefined; scope: Scope },
): NodeStatus {
  const last = previous === undefined ? [] : childrenOf(pass, previous)
  const outbound = last.flatMap((child) => outboundNodes(pass.workflow, child))
  if (outbound.length > 0) node.outboundNodes = outbound
  const outputs = (call.template.outputs.parameters ?? []).flatMap((parameter) => {
    const source = parameter.valueFrom?.['parameter']
    return typeof source === 'string' ? [{ ...parameter, value: substitute(source, scope) }] : []
  })
  if (outputs.length > 0) node.outputs = { parameters: outputs }
  if (isFailure(previous?.phase)) finishNode(node, 'Failed', pass.now, previous?.message)
  else finishNode(node, 'Succeeded', pass.now)
  return node
}
