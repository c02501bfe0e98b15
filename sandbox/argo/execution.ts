import { executeDag } from './execute-dag.ts'
import { executePod } from './execute-pod.ts'
import { executeRetries } from './execute-retries.ts'
import { executeSteps } from './execute-steps.ts'
import { addNode, nodeId } from './nodes.ts'
import { nodeBase } from './pass.ts'
import type { Call, Pass, ReadyCall } from './pass.ts'
import { inputScope, MissingInput, resolveInputs } from './scope.ts'
import { isFulfilled } from './workflow.ts'
import type { NodeStatus } from './workflow.ts'

function executeSuspend(pass: Pass, call: ReadyCall): NodeStatus {
  const node =
    pass.workflow.status.nodes?.[nodeId(pass.workflow.metadata.name, call.name)] ??
    addNode(pass.workflow, { ...nodeBase(call), type: 'Suspend', phase: 'Running' }, pass.now)
  const { shutdown } = pass.workflow.spec
  if (shutdown !== undefined) {
    node.phase = 'Failed'
    node.message = `workflow shutdown with strategy:  ${shutdown}`
    node.finishedAt = pass.now
  }
  return node
}

/** Runs one template as one node, or looks how far it is: the same call may be made any number of times. */
export function executeTemplate(pass: Pass, call: Call): NodeStatus {
  const { workflow } = pass
  const existing = workflow.status.nodes?.[nodeId(workflow.metadata.name, call.name)]
  if (existing !== undefined && isFulfilled(existing.phase)) return existing
  const template = workflow.spec.templates?.find(({ name }) => name === call.templateName)
  const failed = { name: call.name, type: 'Skipped', phase: 'Error' } as const
  if (template === undefined) {
    return addNode(
      workflow,
      { ...failed, message: `template name '${call.templateName}' undefined` },
      pass.now,
    )
  }
  try {
    const inputs = resolveInputs(template, call.parameters, call.scope)
    const ready = { ...call, template, inputs, scope: { ...call.scope, ...inputScope(inputs) } }
    return executeKind(pass, ready)
  } catch (error) {
    if (!(error instanceof MissingInput)) throw error
    return addNode(workflow, { ...failed, message: error.message }, pass.now)
  }
}

function executeKind(pass: Pass, call: ReadyCall): NodeStatus {
  const { template } = call
  if (template.retryStrategy !== undefined && call.isAttempt !== true) return executeRetries(pass, call)
  if (template.steps !== undefined) return executeSteps(pass, call)
  if (template.dag !== undefined) return executeDag(pass, call)
  if (template.suspend !== undefined) return executeSuspend(pass, call)
  return executePod(pass, call)
}
