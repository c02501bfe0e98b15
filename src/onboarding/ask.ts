import { isBare } from './begun.ts'
import { addRun, entered, notified, unusedId, without, withRun } from './change.ts'
import { isStale } from './decide.ts'
import type { Asked, CheckAsked, CleanupAsked, Refusal, RetryAsked, StopAsked } from './events.ts'
import type { Onboarding, Run } from './onboarding.ts'
import type { Denial, Verb } from './policy.ts'
import { denial } from './policy.ts'
import { resumed } from './retried.ts'

const notAllowed = (onboarding: Onboarding, verb: Verb, event: Asked): Refusal | undefined => {
  const denied = denial(verb, event.by, { policy: event.policy, requester: onboarding.requester })
  return denied && { refused: true, reason: 'not-allowed', verb, denial: denied }
}

const wrongPhase = (onboarding: Onboarding): Refusal => ({ refused: true, reason: 'wrong-phase', onboarding })

const mayNotCheck = ({ requester }: Onboarding, { by, policy }: CheckAsked): Denial | undefined => {
  const denied = denial('approve', by, { policy, requester })
  const isOwn = by.id === requester && by.standing === 'member'
  if (denied === undefined || isOwn) return undefined
  if (!('rule' in denied)) return denied
  return { ...denied, rule: { ...denied.rule, allow: [requester, ...denied.rule.allow] } }
}

/** The requester and whoever may approve can have argo-server asked again while nobody has decided. */
export const onCheckAsked = (onboarding: Onboarding, event: CheckAsked): Onboarding | Refusal => {
  if (isStale(onboarding, event.seen)) return { refused: true, reason: 'stale', onboarding }
  const { phase, preflight } = onboarding
  if (phase !== 'requested' || preflight === undefined) return wrongPhase(onboarding)
  const denied = mayNotCheck(onboarding, event)
  if (denied !== undefined) return { refused: true, reason: 'not-allowed', verb: 'check', denial: denied }
  if (preflight.due) return onboarding
  return entered({ ...onboarding, preflight: { ...preflight, due: true } }, event, { actor: event.by.id })
}

/** Stop is an intent on the record: it is carried out as soon as argo-server can be asked. */
export const onStopAsked = (onboarding: Onboarding, event: StopAsked): Onboarding | Refusal => {
  if (isStale(onboarding, event.seen)) return { refused: true, reason: 'stale', onboarding }
  const index = onboarding.runs.length - 1
  const run = onboarding.runs[index]
  const isUnderWay = run !== undefined && (run.phase === 'submitting' || run.phase === 'running')
  if (!isUnderWay || run.stop !== undefined) return wrongPhase(onboarding)
  const refusal = notAllowed(onboarding, 'stop', event)
  if (refusal !== undefined) return refusal
  const by = event.by.id
  const stopping = withRun(onboarding, index, { ...run, stop: { by, at: event.at, sent: false } })
  return notified(entered(stopping, event, { actor: by }), event, {
    id: unusedId(onboarding, `r${index}.${run.retries}.stop-asked`, event),
    kind: 'stop-asked',
    by,
    run: index,
    to: ['thread'],
  })
}

const retried = (run: Run, event: RetryAsked): Run => ({
  ...resumed(run),
  overdueAt: event.start.overdueAt,
  retry: {
    by: event.by.id,
    at: event.at,
    ...(run.finishedAt !== undefined && { finishedAt: run.finishedAt }),
    workflowName: event.start.workflowName,
  },
})

/** Retry goes on with what was approved: on the same workflow, or by a new one where there never was any. */
export const onRetryAsked = (onboarding: Onboarding, event: RetryAsked): Onboarding | Refusal => {
  if (isStale(onboarding, event.seen)) return { refused: true, reason: 'stale', onboarding }
  const index = onboarding.runs.length - 1
  const run = onboarding.runs[index]
  if (onboarding.phase !== 'failed' || run === undefined) return wrongPhase(onboarding)
  const refusal = notAllowed(onboarding, 'retry', event)
  if (refusal !== undefined) return refusal
  const by = event.by.id
  const next =
    run.uid === undefined
      ? addRun({ ...onboarding, phase: 'approved' }, event, { kind: 'onboard', by })
      : withRun({ ...onboarding, phase: 'running' }, index, retried(run, event))
  return notified(entered(next, event, { actor: by }), event, {
    id: unusedId(onboarding, `r${index}.${run.retries}.retried`, event),
    kind: 'retried',
    by,
    run: index,
    to: ['thread'],
  })
}

const cleanupVerb = ({
  phase,
  runs,
}: Pick<Onboarding, 'phase'> & Partial<Pick<Onboarding, 'runs'>>):
  | 'cleanup'
  | 'cleanup-succeeded'
  | undefined => {
  if (phase === 'succeeded') return 'cleanup-succeeded'
  if (runs !== undefined && isBare({ runs })) return undefined
  return phase === 'failed' || phase === 'cleanup-failed' ? 'cleanup' : undefined
}

/** Clean-up is possible whenever no run is live and something may exist, and as often as it takes. */
export const onCleanupAsked = (onboarding: Onboarding, event: CleanupAsked): Onboarding | Refusal => {
  if (isStale(onboarding, event.seen)) return { refused: true, reason: 'stale', onboarding }
  const verb = cleanupVerb(onboarding)
  if (verb === undefined) return wrongPhase(onboarding)
  const { by } = event
  if (by === 'bot' ? onboarding.phase !== 'failed' : false) return wrongPhase(onboarding)
  const refusal = by === 'bot' ? undefined : notAllowed(onboarding, verb, { ...event, by })
  if (refusal !== undefined) return refusal
  const { seen, start } = event
  if (seen !== undefined && seen.cleanupDigest !== start.workflowDigest)
    return { refused: true, reason: 'other-cleanup', onboarding }
  const actor = by === 'bot' ? 'bot' : by.id
  const cleaning = without({ ...onboarding, phase: 'cleaning-up' as const }, 'remaining')
  const next = addRun(cleaning, event, { kind: 'cleanup', by: actor })
  return notified(entered(next, event, { actor }), event, {
    id: `r${next.runs.length - 1}.cleanup-started`,
    kind: 'cleanup-started',
    by: actor,
    run: next.runs.length - 1,
    to: ['thread'],
  })
}

/** What a person may do with clean-up now, and by which verb the policy is asked. */
export const cleanupVerbOf = cleanupVerb
