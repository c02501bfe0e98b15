import type { Clock } from '../../src/clock.ts'
import { ArgoError } from './errors.ts'
import type { Faults } from './faults.ts'

const windowMs = 1_000

/** What one call leaves of argo-server's limits. */
interface Taken {
  /** As every answer carries it. */
  readonly headers: Readonly<Record<string, string>>
  /** The client has none left: the HTTP side refuses. */
  readonly isOver: boolean
  /** All clients together have none left: the gRPC side refuses. */
  readonly isOverForAll: boolean
}

/** Counts calls as argo-server does, second by second: for each client, of which there is one here, and for all. */
export function createCallLimit(clock: Clock, faults: Faults): () => Taken {
  let startedAt = Number.NEGATIVE_INFINITY
  let taken = 0
  return () => {
    const { callsPerSecond: limit, callsOfOthers } = faults
    if (clock.now() >= startedAt + windowMs) {
      startedAt = clock.now()
      taken = 0
    }
    taken += 1
    const reset = new Date(startedAt + windowMs).toUTCString()
    const isOver = taken > limit
    return {
      headers: {
        'X-Ratelimit-Limit': String(limit),
        'X-Ratelimit-Remaining': String(Math.max(0, limit - taken)),
        'X-Ratelimit-Reset': reset,
        ...(isOver && { 'Retry-After': reset }),
      },
      isOver,
      isOverForAll: taken + callsOfOthers > limit,
    }
  }
}

const methods: Readonly<Record<string, string>> = {
  create: '/workflow.WorkflowService/CreateWorkflow',
  delete: '/workflow.WorkflowService/DeleteWorkflow',
  get: '/workflow.WorkflowService/GetWorkflow',
  info: '/info.InfoService/GetInfo',
  lint: '/workflow.WorkflowService/LintWorkflow',
  list: '/workflow.WorkflowService/ListWorkflows',
  log: '/workflow.WorkflowService/WorkflowLogs',
  resubmit: '/workflow.WorkflowService/ResubmitWorkflow',
  resume: '/workflow.WorkflowService/ResumeWorkflow',
  retry: '/workflow.WorkflowService/RetryWorkflow',
  stop: '/workflow.WorkflowService/StopWorkflow',
  suspend: '/workflow.WorkflowService/SuspendWorkflow',
  terminate: '/workflow.WorkflowService/TerminateWorkflow',
  userinfo: '/info.InfoService/GetUserInfo',
  version: '/info.InfoService/GetVersion',
  watch: '/workflow.WorkflowService/WatchWorkflows',
}

/** What the gRPC side says of a call, known by its handler or action, that is one too many. */
export const tooMany = (call: string): ArgoError =>
  new ArgoError(
    8,
    429,
    `${methods[call] ?? call} is rejected by grpc_ratelimit middleware, please retry later.`,
  )
