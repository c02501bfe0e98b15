import type { Event, Start } from '../../src/onboarding/events.ts'
import type { Onboarding } from '../../src/onboarding/onboarding.ts'
import { outlived } from '../../src/onboarding/outbox.ts'
import type { Person, Policy, Standing } from '../../src/onboarding/policy.ts'
import type { WorkflowState } from '../../src/onboarding/ports/workflows.ts'
import { isRefusal, transition } from '../../src/onboarding/transition.ts'

export const t0 = Date.UTC(2026, 0, 5, 9)
export const minute = 60_000
export const hour = 60 * minute

export const person = (id: string, memberOf: string[] = [], standing: Standing = 'member'): Person => ({
  id,
  standing,
  memberOf,
  notLookedUp: [],
})

export const ada = person('U0ADA')
export const ben = person('U0BEN', ['S0PLATFORM'])
export const cleo = person('U0CLEO', ['S0PLATFORM'])
export const otto = person('U0OTTO')
export const ines = person('U0INES')

const those = (...allow: string[]): { allow: string[]; deny: string[] } => ({ allow, deny: [] })

export const policy = (changes: Partial<Policy> = {}, rules: Partial<Policy['rules']> = {}): Policy => ({
  rules: {
    request: those('U0ADA', 'U0BEN'),
    approve: those('S0PLATFORM'),
    extend: those(),
    stop: those('requester', 'approvers'),
    retry: those('requester', 'approvers'),
    cleanup: those('requester', 'approvers'),
    'cleanup-succeeded': those('approvers'),
    ...rules,
  },
  admins: those('U0INES'),
  approvals: 1,
  requesterMayApprove: false,
  ...changes,
})

const steps = ['create-subaccount', 'register-platform', 'install-proxy'].map((name) => ({
  name,
  title: name,
}))
const undoing = ['uninstall-proxy', 'delete-subaccount'].map((name) => ({ name, title: name }))

export const start = (workflowName: string, changes: Partial<Start> = {}): Start => ({
  workflowName,
  workflowDigest: 'digest',
  steps: workflowName.startsWith('cleanup') ? undoing : steps,
  submitBy: t0 + 4 * hour,
  overdueAt: t0 + 8 * hour,
  ...changes,
})

export const key = { cluster: 'prod', namespace: 'shop', template: 'sap-btp' }

export const requested = (
  changes: Partial<Extract<Event, { type: 'requested' }>> = {},
): Extract<Event, { type: 'requested' }> => ({
  type: 'requested',
  at: t0,
  by: ada,
  policy: policy(),
  key,
  template: { title: 'SAP BTP', digest: 'digest', steps, cleanupSteps: undoing },
  parameters: [{ name: 'region', value: 'eu10' }],
  channel: 'C0ONBOARD',
  seal: 'seal',
  runId: 'run',
  nonce: 'nonce',
  decideBy: t0 + 72 * hour,
  onFailure: 'ask',
  start: start('onboard-1'),
  ...changes,
})

/** The record after the events, none of which may be refused. */
export const after = (...events: Event[]): Onboarding => {
  const last = events.reduce<Onboarding | undefined>((onboarding, event) => {
    const next = transition(onboarding, event)
    if (isRefusal(next)) throw new Error(`${event.type} was refused: ${next.reason}`)
    return next
  }, undefined)
  if (last === undefined) throw new Error('no event')
  return last
}

/** The record after one more event. */
export const on = (onboarding: Onboarding, ...events: Event[]): Onboarding =>
  events.reduce((now, event) => {
    const next = transition(now, event)
    if (isRefusal(next)) throw new Error(`${event.type} was refused: ${next.reason}`)
    return next
  }, onboarding)

/** Why an event is refused; undefined when it is not. */
export const refusal = (onboarding: Onboarding | undefined, event: Event): string | undefined => {
  const next = transition(onboarding, event)
  return isRefusal(next) ? next.reason : undefined
}

export const approved = (changes: object = {}): Event => ({
  type: 'approved',
  at: t0 + minute,
  by: ben,
  earlier: [],
  policy: policy(),
  start: start('onboard-1'),
  ...changes,
})
export const created = (run = 0, uid = 'uid-1'): Event => ({
  type: 'workflow-created',
  at: t0 + 2 * minute,
  run,
  uid,
})

export const state = (changes: Partial<WorkflowState> = {}): WorkflowState => ({
  name: 'onboard-1',
  uid: 'uid-1',
  phase: 'Running',
  steps: [],
  outputs: [],
  labels: {},
  annotations: {},
  ...changes,
})
export const seen = (
  changes: Partial<WorkflowState>,
  run = 0,
): Extract<Event, { type: 'workflow-seen' }> => ({
  type: 'workflow-seen',
  isWatched: true,
  at: t0 + 3 * minute,
  run,
  state: state(changes),
})
/** Seen as it is before any controller has seen it. */
export const seenWithoutPhase = (at: number): Event => {
  const { phase: _phase, ...unseen } = state()
  return { ...seen({}), at, state: unseen }
}
export const failedStep = {
  name: 'install-proxy',
  phase: 'failed',
  message: 'no chart',
  podName: 'pod-3',
} as const
export const failure: Event = seen({ phase: 'Failed', finishedAt: 'T1', steps: [failedStep] })
export const logRead: Event = { type: 'log-read', at: t0 + 3 * minute, run: 0, lines: ['last line'] }
export const success: Event = seen({
  phase: 'Succeeded',
  finishedAt: 'T1',
  steps: steps.map(({ name }) => ({ name, phase: 'succeeded' as const })),
  outputs: [{ name: 'subaccount-id', value: 'sa-1' }],
})
export const cleanupAsked = (changes: object = {}): Event => ({
  type: 'cleanup-asked',
  at: t0 + 5 * minute,
  by: ada,
  policy: policy(),
  start: start('cleanup-1'),
  ...changes,
})
export const cleaned = (
  outputs: WorkflowState['outputs'] = [],
  changes: Partial<WorkflowState> = {},
): Event =>
  seen(
    {
      name: 'cleanup-1',
      uid: 'uid-2',
      phase: 'Succeeded',
      finishedAt: 'T2',
      steps: undoing.map(({ name }) => ({ name, phase: 'succeeded' as const })),
      outputs,
      ...changes,
    },
    1,
  )
export const retryAsked = (changes: object = {}): Event => ({
  type: 'retry-asked',
  at: t0 + 5 * minute,
  by: ada,
  policy: policy(),
  start: start('onboard-2'),
  ...changes,
})
export const stopAsked = (changes: object = {}): Event => ({
  type: 'stop-asked',
  at: t0 + 2 * minute,
  by: ada,
  policy: policy(),
  ...changes,
})

export const lost = (changes: Partial<Extract<Event, { type: 'lost' }>> = {}): Event => ({
  type: 'lost',
  at: t0,
  key,
  generation: 1,
  runId: 'run',
  nonce: 'nonce',
  title: 'SAP BTP',
  requester: 'U0ADA',
  channel: 'C0ONBOARD',
  ts: '1.1',
  reason: 'its checksum is wrong',
  ...changes,
})

/** One record of every phase. */
export const phases = (): Record<Onboarding['phase'], Onboarding> => {
  const running = after(requested(), approved(), created())
  const failed = on(running, failure, logRead)
  const cleaning = on(failed, cleanupAsked(), created(1, 'uid-2'))
  const rejection: Event = { type: 'rejected', at: t0, by: ben, policy: policy(), reason: 'not now' }
  return {
    requested: after(requested()),
    rejected: after(requested(), rejection),
    expired: after(requested(), { type: 'woken', at: t0 + 73 * hour }),
    withdrawn: after(requested(), { type: 'withdrawn', at: t0, by: ada, policy: policy() }),
    approved: after(requested(), approved()),
    running,
    succeeded: on(running, success),
    failed,
    'cleaning-up': cleaning,
    'cleaned-up': on(cleaning, cleaned([{ name: 'remaining', value: '[]' }])),
    'cleanup-failed': on(cleaning, cleaned([{ name: 'remaining', value: '["subaccount 1"]' }])),
    lost: after(lost()),
  }
}

/** The record with everything that Slack and the cluster owe it done. */
export const settled = (onboarding: Onboarding): Onboarding => {
  const shown = on(onboarding, {
    type: 'card-shown',
    at: t0,
    version: onboarding.thread.version,
    channel: 'C0ONBOARD',
    ts: '1.1',
  })
  const events: Event[] = [
    ...shown.notices.map(({ id }) => ({ type: 'notice-delivered' as const, at: t0, id, ts: '1.2' })),
    ...shown.runs.map((_, run) => ({ type: 'secret-deleted' as const, at: t0, run })),
  ]
  const delivered = on(shown, ...events)
  const done = on(
    delivered,
    ...outlived(delivered).map(({ id }) => ({ type: 'notice-redrawn' as const, at: t0, id })),
  )
  return on(done, {
    type: 'card-shown',
    at: t0,
    version: done.thread.version,
    channel: 'C0ONBOARD',
    ts: '1.1',
  })
}
