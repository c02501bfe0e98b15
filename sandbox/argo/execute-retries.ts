import { addChild, addNode, finishNode, nodeId } from './nodes.ts'
import { nodeBase } from './pass.ts'
import type { Pass, ReadyCall } from './pass.ts'
import { isFulfilled } from './workflow.ts'
import type { NodeStatus, RetryStrategy } from './workflow.ts'

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

function durationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text)
  return match === null ? 0 : Number(match[1]) * (unitMs[match[2] ?? 's'] ?? 1000)
}

function backoffMs({ backoff }: RetryStrategy, attempts: number): number {
  if (backoff?.duration === undefined) return 0
  return durationMs(backoff.duration) * Number(backoff.factor ?? '1') ** (attempts - 1)
}

// Without an expression Argo retries only what the container itself failed at.
function mayRetry(strategy: RetryStrategy, last: NodeStatus): boolean {
  const policy = strategy.retryPolicy ?? (strategy.expression === undefined ? 'OnFailure' : 'Always')
  if (policy === 'Always') return true
  return policy === 'OnError' || policy === 'OnTransientError'
    ? last.phase === 'Error'
    : last.phase === 'Failed'
}

/** Runs a template with a retryStrategy: a Retry node with one child for each attempt. */
export function executeRetries(pass: Pass, call: ReadyCall): NodeStatus {
  const { workflow, now } = pass
  const strategy = call.template.retryStrategy ?? {}
  const nodes = workflow.status.nodes ?? {}
  const node =
    nodes[nodeId(workflow.metadata.name, call.name)] ??
    addNode(workflow, { ...nodeBase(call), type: 'Retry', phase: 'Running' }, now)
  const attempt = (index: number): NodeStatus => {
    const name = `${call.name}(${index})`
    const child = pass.execute(pass, { ...call, name, isAttempt: true, nodeFlag: { retried: true } })
    addChild(node, child.id)
    return child
  }
  const attempts = node.children?.length ?? 0
  const last = attempt(Math.max(attempts - 1, 0))
  if (!isFulfilled(last.phase)) return node
  if (last.outputs !== undefined) node.outputs = last.outputs
  const end = endOf(pass, strategy, last, attempts)
  if (end !== undefined) {
    finishNode(node, last.phase, now, end.message)
    return node
  }
  const dueAt = Date.parse(last.finishedAt ?? now) + backoffMs(strategy, attempts)
  if (dueAt > pass.nowMs) pass.wakeAt(dueAt)
  else attempt(Math.max(attempts, 1))
  return node
}

function endOf(
  pass: Pass,
  strategy: RetryStrategy,
  last: NodeStatus,
  attempts: number,
): { message: string | undefined } | undefined {
  if (last.phase === 'Succeeded' || last.phase === 'Skipped') return { message: undefined }
  if (!mayRetry(strategy, last) || pass.workflow.spec.shutdown !== undefined) return { message: last.message }
  const isExhausted = strategy.limit !== undefined && attempts > Number(strategy.limit)
  return isExhausted ? { message: 'No more retries left' } : undefined
}
