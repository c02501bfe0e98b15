import { addRun, entered, notified, unusedId } from './change.ts'
import type { Approved, Asked, Refusal, Rejected, Withdrawn } from './events.ts'
import type { Decision, Onboarding } from './onboarding.ts'
import { denial, isAdmin } from './policy.ts'
import { definiteNo } from './preflight.ts'
import { type Weighed, weighed } from './quorum.ts'

/** Whether a button belongs to an earlier card of the key. */
export const isStale = (onboarding: Onboarding, seen: Asked['seen']): boolean =>
  seen !== undefined && (seen.generation !== onboarding.generation || seen.nonce !== onboarding.nonce)

const refusalOfDecision = (onboarding: Onboarding, event: Asked): Refusal | undefined => {
  if (isStale(onboarding, event.seen)) return { refused: true, reason: 'stale', onboarding }
  return onboarding.phase === 'requested' ? undefined : { refused: true, reason: 'wrong-phase', onboarding }
}

const notAllowedToApprove = (onboarding: Onboarding, event: Asked): Refusal | undefined => {
  const denied = denial('approve', event.by, { policy: event.policy, requester: onboarding.requester })
  return denied && { refused: true, reason: 'not-allowed', verb: 'approve', denial: denied }
}

const decided = (onboarding: Onboarding, decision: Decision): Onboarding => ({
  ...onboarding,
  decisions: [...onboarding.decisions, decision],
})

/** The onboarding without the approvals of those who may not approve any more; the thread says whose they were. */
const withoutFallen = (onboarding: Onboarding, event: Approved, { counted, fallen }: Weighed): Onboarding =>
  fallen.reduce(
    (next, { by }) => {
      const id = unusedId(next, `approval-fell.${by}`, event)
      return notified(next, event, { id, kind: 'approval-fell', by, to: ['thread'] })
    },
    { ...onboarding, decisions: counted },
  )

/** An approval counts once per person; with enough of them the run is due. */
export const onApproved = (onboarding: Onboarding, event: Approved): Onboarding | Refusal => {
  const refusal = refusalOfDecision(onboarding, event) ?? notAllowedToApprove(onboarding, event)
  if (refusal !== undefined) return refusal
  const by = event.by.id
  if (onboarding.decisions.some((decision) => decision.by === by)) {
    return { refused: true, reason: 'approved-before', onboarding }
  }
  if (definiteNo(onboarding) !== undefined) return { refused: true, reason: 'preflight', onboarding }
  const earlier = weighed(onboarding, event)
  if (typeof earlier === 'string') return { refused: true, reason: 'not-weighed', by: earlier }
  const standing = withoutFallen(onboarding, event, earlier)
  const next = entered(decided(standing, { by, at: event.at, decision: 'approve' }), event, { actor: by })
  const isEnough = next.decisions.length >= next.approvalsNeeded
  const audience = isEnough ? (['thread', 'requester'] as const) : (['thread'] as const)
  const id = unusedId(next, `approved.${by}`, event)
  const told = notified(next, event, { id, kind: 'approved', by, to: audience })
  return isEnough ? addRun({ ...told, phase: 'approved' }, event, { kind: 'onboard', by }) : told
}

/** One rejection ends the request. */
export const onRejected = (onboarding: Onboarding, event: Rejected): Onboarding | Refusal => {
  const refusal = refusalOfDecision(onboarding, event) ?? notAllowedToApprove(onboarding, event)
  if (refusal !== undefined) return refusal
  const by = event.by.id
  const rejected: Onboarding = { ...onboarding, phase: 'rejected' }
  const comment = event.reason
  return notified(
    entered(decided(rejected, { by, at: event.at, decision: 'reject', comment }), event, {
      actor: by,
      detail: comment,
    }),
    event,
    { id: 'rejected', kind: 'rejected', by, comment, to: ['thread', 'requester'] },
  )
}

/** The requester may take the request back, and an admin may for people who left. */
export const onWithdrawn = (onboarding: Onboarding, event: Withdrawn): Onboarding | Refusal => {
  const refusal = refusalOfDecision(onboarding, event)
  if (refusal !== undefined) return refusal
  const { by, policy } = event
  const isOwn = by.id === onboarding.requester
  if (by.standing !== 'member') {
    const denied = { because: 'standing', standing: by.standing } as const
    return { refused: true, reason: 'not-allowed', verb: 'withdraw', denial: denied }
  }
  if (!isOwn && !isAdmin(by, { policy, requester: onboarding.requester })) {
    return { refused: true, reason: 'not-allowed', verb: 'withdraw', denial: { because: 'not-requester' } }
  }
  const withdrawn: Onboarding = { ...onboarding, phase: 'withdrawn' }
  return notified(
    entered(decided(withdrawn, { by: by.id, at: event.at, decision: 'withdraw' }), event, { actor: by.id }),
    event,
    { id: 'withdrawn', kind: 'withdrawn', by: by.id, to: isOwn ? ['thread'] : ['thread', 'requester'] },
  )
}
