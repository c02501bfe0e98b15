import { onCheckAsked, onCleanupAsked, onRetryAsked, onStopAsked } from './ask.ts'
import { withRun } from './change.ts'
import { onApproved, onRejected, onWithdrawn } from './decide.ts'
import type { Event, Refusal, Troubled } from './events.ts'
import {
  onRetryHappened,
  onStopSent,
  onSubmissionEnded,
  onWorkflowCreated,
  onWorkflowGone,
  onWorkflowResubmitted,
  onWorkflowSeen,
  onWorkflowUnseen,
} from './observe.ts'
import type { Onboarding, Run } from './onboarding.ts'
import {
  onCardGone,
  onCardShown,
  onCardTrying,
  onNoticeDelivered,
  onNoticeRedrawn,
  onNoticeTrying,
} from './outbox.ts'
import { withLog } from './outcome.ts'
import { onWorkflowChecked } from './preflight.ts'
import { onRequested, onTemplateRead } from './request.ts'
import { onLost, onRebuilt, onSuperseded } from './restore.ts'
import { onWorkflowRetried } from './retried.ts'
import { onWoken } from './time.ts'

export const isRefusal = (result: Onboarding | Refusal): result is Refusal => 'refused' in result

type RunEvent = Extract<Event, { run: number }>

const onTroubled = (onboarding: Onboarding, event: Troubled, run: Run): Onboarding => {
  if (run.phase !== 'submitting' && run.phase !== 'running') return onboarding
  if (run.trouble?.text === event.text && run.trouble.cure === event.cure) return onboarding
  const { text, cure, at } = event
  return withRun(onboarding, event.run, {
    ...run,
    // Another wording of what goes wrong begins nothing anew.
    trouble: { text, since: run.trouble?.since ?? at, ...(cure !== undefined && { cure }) },
  })
}

const onRunEvent = (onboarding: Onboarding, event: RunEvent): Onboarding => {
  const run = onboarding.runs[event.run]
  if (run === undefined) return onboarding
  switch (event.type) {
    case 'workflow-created':
      return onWorkflowCreated(onboarding, event, run)
    case 'secret-planned':
      return run.secret ? onboarding : withRun(onboarding, event.run, { ...run, secret: true })
    case 'secret-deleted':
      return run.secret ? withRun(onboarding, event.run, { ...run, secret: false }) : onboarding
    case 'troubled':
      return onTroubled(onboarding, event, run)
    case 'workflow-seen':
      return onWorkflowSeen(onboarding, event, run)
    case 'workflow-unseen':
      return onWorkflowUnseen(onboarding, event, run)
    case 'workflow-gone':
      return onWorkflowGone(onboarding, event, run)
    case 'workflow-resubmitted':
      return onWorkflowResubmitted(onboarding, event, run)
    case 'workflow-retried':
      return onWorkflowRetried(onboarding, event, run)
    case 'submission-ended':
      return onSubmissionEnded(onboarding, event, run)
    case 'stop-sent':
      return onStopSent(onboarding, event, run)
    case 'retry-happened':
      return onRetryHappened(onboarding, event, run)
    case 'log-read':
      return withLog(onboarding, event.run, { run, lines: event.lines, event })
  }
}

const onEvent = (
  onboarding: Onboarding,
  event: Exclude<Event, { type: 'requested' | 'rebuilt' | 'lost' }>,
): Onboarding | Refusal => {
  if ('run' in event) return onRunEvent(onboarding, event)
  switch (event.type) {
    case 'approved':
      return onApproved(onboarding, event)
    case 'rejected':
      return onRejected(onboarding, event)
    case 'withdrawn':
      return onWithdrawn(onboarding, event)
    case 'check-asked':
      return onCheckAsked(onboarding, event)
    case 'template-read':
      return onTemplateRead(onboarding, event)
    case 'workflow-checked':
      return onWorkflowChecked(onboarding, event)
    case 'stop-asked':
      return onStopAsked(onboarding, event)
    case 'retry-asked':
      return onRetryAsked(onboarding, event)
    case 'cleanup-asked':
      return onCleanupAsked(onboarding, event)
    case 'woken':
      return onWoken(onboarding, event)
    case 'card-trying':
      return onCardTrying(onboarding, event)
    case 'card-shown':
      return onCardShown(onboarding, event)
    case 'card-gone':
      return onCardGone(onboarding, event)
    case 'notice-trying':
      return onNoticeTrying(onboarding, event)
    case 'notice-delivered':
      return onNoticeDelivered(onboarding, event)
    case 'notice-redrawn':
      return onNoticeRedrawn(onboarding, event)
    case 'superseded':
      return onSuperseded(onboarding, event)
  }
}

// What the outbox writes about itself changes nothing on the card.
const unseen: ReadonlySet<string> = new Set(['thread', 'notices', 'history', 'revision'])

const isSeen = (before: Onboarding | undefined, after: Onboarding): boolean => {
  const was = new Map<string, unknown>(Object.entries(before ?? {}))
  return Object.entries(after).some(([field, value]) => !unseen.has(field) && value !== was.get(field))
}

const next = (onboarding: Onboarding | undefined, event: Event): Onboarding | Refusal => {
  if (event.type === 'requested') return onRequested(onboarding, event)
  if (event.type === 'rebuilt') return onRebuilt(onboarding, event)
  if (event.type === 'lost') return onLost(onboarding, event)
  return onboarding === undefined ? { refused: true, reason: 'unknown' } : onEvent(onboarding, event)
}

/**
 * What becomes of an onboarding by an event: the next record, whose revision is one higher; the same object when
 * the event changes nothing; or why the event was refused. Pure: time and ids come with the event.
 */
export const transition = (onboarding: Onboarding | undefined, event: Event): Onboarding | Refusal => {
  const result = next(onboarding, event)
  if (isRefusal(result) || result === onboarding) return result
  const { thread } = result
  const version = isSeen(onboarding, result) ? thread.version + 1 : thread.version
  return { ...result, revision: result.revision + 1, thread: { ...thread, version } }
}
