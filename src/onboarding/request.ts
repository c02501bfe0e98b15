import { isBare } from './begun.ts'
import { addRun, entered, notified } from './change.ts'
import { isSettled } from './due.ts'
import type { Difference, Refusal, Requested, TemplateRead } from './events.ts'
import type { Onboarding, Parameter } from './onboarding.ts'
import { valueOf } from './onboarding.ts'
import { denial } from './policy.ts'

const differencesBetween = (is: readonly Parameter[], wanted: readonly Parameter[]): readonly Difference[] =>
  [...new Set([...is, ...wanted].map(({ name }) => name))]
    .map((name) => ({ name, is: valueOf(is, name), wanted: valueOf(wanted, name) }))
    .filter((difference) => difference.is !== difference.wanted)

// A new generation takes the record's place, and with it what is still to be done for the old one.
const whereSettled = (existing: Onboarding): Refusal | undefined =>
  isSettled(existing) ? undefined : { refused: true, reason: 'settling', onboarding: existing }

/** Why a request is refused where there is one of its key already; undefined when it makes a new generation. */
export const refusalOfRepeat = (
  existing: Onboarding,
  event: Pick<Requested, 'by' | 'policy' | 'parameters'>,
): Refusal | undefined => {
  const differences = differencesBetween(existing.parameters, event.parameters)
  switch (existing.phase) {
    case 'requested':
    case 'approved':
    case 'running':
    case 'cleaning-up':
      return { refused: true, reason: 'duplicate', onboarding: existing, differences }
    case 'succeeded':
      return differences.length === 0
        ? { refused: true, reason: 'duplicate', onboarding: existing, differences }
        : {
            refused: true,
            reason: 'conflict',
            onboarding: existing,
            differences,
            cleanupDenial: denial('cleanup-succeeded', event.by, {
              policy: event.policy,
              requester: existing.requester,
            }),
          }
    case 'failed':
    case 'cleanup-failed':
      return isBare(existing)
        ? whereSettled(existing)
        : { refused: true, reason: 'unfinished', onboarding: existing }
    case 'rejected':
    case 'expired':
    case 'withdrawn':
    case 'cleaned-up':
    case 'lost':
      return whereSettled(existing)
  }
}

const fresh = (existing: Onboarding | undefined, event: Requested): Onboarding => ({
  version: 1,
  revision: 0,
  key: event.key,
  generation: (existing?.generation ?? 0) + 1,
  runId: event.runId,
  nonce: event.nonce,
  phase: 'requested',
  template: event.template,
  parameters: event.parameters,
  requester: event.by.id,
  seal: event.seal,
  requestedAt: event.at,
  decideBy: event.decideBy,
  approvalsNeeded: event.policy.approvals,
  onFailure: event.onFailure,
  // Without a decision there is nothing to check beforehand: the submission checks for itself.
  ...(event.policy.approvals > 0 && { preflight: { due: true } }),
  decisions: [],
  runs: [],
  outputs: [],
  thread: { channel: event.channel, trying: false, version: 0, shown: 0 },
  notices: [],
  history: [],
})

/** A request makes a new generation, unless the same key is in progress, in place or has something left behind. */
export const onRequested = (existing: Onboarding | undefined, event: Requested): Onboarding | Refusal => {
  const denied = denial('request', event.by, { policy: event.policy, requester: event.by.id })
  if (denied !== undefined) return { refused: true, reason: 'not-allowed', verb: 'request', denial: denied }
  const repeated = existing === undefined ? undefined : refusalOfRepeat(existing, event)
  if (repeated !== undefined) return repeated
  const requested = entered(fresh(existing, event), event, { actor: event.by.id, detail: event.seal })
  if (event.policy.approvals > 0) return requested
  const approved = addRun({ ...requested, phase: 'approved' }, event, { kind: 'onboard', by: event.by.id })
  return notified(approved, event, { id: 'approved', kind: 'approved', to: ['thread'] })
}

/** Templates are read at a start only; a card that waits for a decision says that its file is another one by now. */
export const onTemplateRead = (onboarding: Onboarding, event: TemplateRead): Onboarding => {
  const { phase, template } = onboarding
  const isOutdated = event.digest !== template.digest
  if (phase !== 'requested' || isOutdated === (template.isOutdated ?? false)) return onboarding
  return { ...onboarding, template: { ...template, isOutdated } }
}
