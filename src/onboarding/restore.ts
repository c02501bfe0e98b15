import { isBare } from './begun.ts'
import { entered, notified, without } from './change.ts'
import { isSettled } from './due.ts'
import type { Lost, Rebuilt, Superseded } from './events.ts'
import type { Onboarding, Run } from './onboarding.ts'

const outline = (run: Run): Run => ({ ...without(run, 'failure', 'trouble', 'sight'), steps: [] })

/**
 * What a lost record is rebuilt from, as it travels on the run's workflow: the record as it was when the run began,
 * without what Slack and the cluster know themselves.
 */
export const snapshotOf = (onboarding: Onboarding, index: number): Onboarding => {
  const { thread, runs } = onboarding
  const { channel, ts } = thread
  return {
    ...without(onboarding, 'preflight', 'remaining', 'rebuiltAt'),
    revision: 1,
    runs: runs.slice(0, index + 1).map((run, at) => (at === index ? run : outline(run))),
    thread: { channel, trying: ts === undefined, version: 1, shown: 0, ...(ts !== undefined && { ts }) },
    notices: [],
    history: [],
  }
}

/** Whether the record is the same request from before its last run, as one from a backup is. */
export const isBehind = (existing: Onboarding, record: Onboarding): boolean =>
  existing.runId === record.runId &&
  existing.generation === record.generation &&
  existing.runs.length < record.runs.length

/** A record that is there counts, unless it has ended and is an older one or one that never began. */
const isInTheWay = (existing: Onboarding | undefined, generation: number): existing is Onboarding =>
  existing !== undefined && !(isSettled(existing) && (existing.generation < generation || isBare(existing)))

/** The record as it was when its last run began, with that run under way: following brings what has happened since. */
export const onRebuilt = (existing: Onboarding | undefined, event: Rebuilt): Onboarding => {
  const { record, uid, at, reason } = event
  const behind = existing !== undefined && isBehind(existing, record) ? existing : undefined
  if (behind === undefined && isInTheWay(existing, record.generation)) return existing
  const index = record.runs.length - 1
  const runs = record.runs.map((run, number): Run => {
    if (number < index) return run
    // Its Secret may be left over; whether it is, is found out when it is deleted.
    return { ...without(run, 'trouble', 'sight'), phase: 'running', uid, submittedAt: at, secret: true }
  })
  const isCleanup = runs[index]?.kind === 'cleanup'
  const rebuilt: Onboarding = {
    ...record,
    revision: behind?.revision ?? 0,
    phase: isCleanup ? 'cleaning-up' : 'running',
    runs,
    rebuiltAt: at,
  }
  return notified(entered(rebuilt, event, { actor: 'bot', detail: reason }), event, {
    // The same again, by another process too, is found and not told twice.
    id: `rebuilt.${uid}`,
    kind: 'record-rebuilt',
    run: index,
    comment: reason,
    to: event.isTold ? ['admins'] : [],
  })
}

/** What takes the place of a request whose document is damaged, so that its card can say so and it can be asked again. */
export const onLost = (existing: Onboarding | undefined, event: Lost): Onboarding => {
  const { key, generation, runId, nonce, at, reason, requester, channel, ts, title } = event
  if (isInTheWay(existing, generation)) return existing
  const lost: Onboarding = {
    version: 1,
    revision: 0,
    key,
    generation,
    runId,
    nonce,
    phase: 'lost',
    template: { title, digest: '', steps: [], cleanupSteps: [] },
    parameters: [],
    requester: requester ?? 'unknown',
    seal: '',
    requestedAt: at,
    decideBy: at,
    approvalsNeeded: 1,
    onFailure: 'ask',
    decisions: [],
    runs: [],
    outputs: [],
    thread: { channel, trying: false, version: 0, shown: 0, ...(ts !== undefined && { ts }) },
    rebuiltAt: at,
    notices: [],
    history: [],
  }
  const told = notified(entered(lost, event, { actor: 'bot', detail: reason }), event, {
    id: `lost.${at}`,
    kind: 'record-lost',
    to: requester === undefined ? ['thread'] : ['thread', 'requester'],
  })
  return notified(told, event, { id: `lost.${at}`, kind: 'record-lost', comment: reason, to: ['admins'] })
}

/** What was taken before the lost record of the same key was found is withdrawn by the bot, unless it has begun. */
export const onSuperseded = (onboarding: Onboarding, event: Superseded): Onboarding => {
  const { phase, runs } = onboarding
  // Once its Secret is planned a create may have been sent.
  const isToBegin = phase === 'approved' && isBare(onboarding) && !runs.some(({ secret }) => secret)
  if (phase !== 'requested' && !isToBegin) return onboarding
  return notified(entered({ ...onboarding, phase: 'withdrawn', runs: [] }, event, { actor: 'bot' }), event, {
    id: 'superseded',
    kind: 'superseded',
    to: ['thread', 'requester'],
  })
}
