import { isBare } from './begun.ts'
import type { Effect } from './effects.ts'
import type { Onboarding, Run } from './onboarding.ts'
import { currentRun, isLive } from './onboarding.ts'
import { outlived } from './outbox.ts'
import { isLookDue } from './time.ts'

// Whoever stops takes back a retry that has not got through.
const changeEffects = (run: Run, index: number): readonly Effect[] => {
  if (run.stop?.sent === false) return [{ type: 'stop-workflow', run: index }]
  return run.retry === undefined ? [] : [{ type: 'retry-workflow', run: index }]
}

const runEffects = (run: Run, index: number): readonly Effect[] => {
  switch (run.phase) {
    case 'submitting':
      return [{ type: run.stop === undefined ? 'submit-workflow' : 'stop-workflow', run: index }]
    case 'running':
      return [
        { type: 'follow-workflow', run: index, isLookDue: isLookDue(run) },
        ...changeEffects(run, index),
      ]
    case 'failed':
    case 'succeeded':
      // The Secret is read once more to mask the log, so it goes only after the log was read.
      if (run.failure !== undefined && run.failure.log === undefined)
        return [{ type: 'read-log', run: index }]
      return run.secret ? [{ type: 'delete-run-secret', run: index }] : []
  }
}

const preflightEffect = ({ phase, preflight }: Onboarding): readonly Effect[] =>
  phase === 'requested' && preflight?.due === true ? [{ type: 'check-workflow' }] : []

const cleanupEffect = (onboarding: Onboarding): readonly Effect[] => {
  const run = currentRun(onboarding)
  const isWanted =
    onboarding.onFailure === 'clean-up' &&
    onboarding.phase === 'failed' &&
    run?.failure?.log !== undefined &&
    !isBare(onboarding) &&
    // Whoever stopped it wants to look first.
    run.stop === undefined
  return isWanted ? [{ type: 'start-cleanup' }] : []
}

const messageEffects = (onboarding: Onboarding): readonly Effect[] => {
  const { thread, notices } = onboarding
  const card = thread.shown < thread.version ? [{ type: 'show-card', version: thread.version } as const] : []
  if (thread.ts === undefined) return card
  const waiting = notices.filter(({ state }) => state !== 'done')
  return [
    ...card,
    ...waiting.map(({ id }) => ({ type: 'post-notice', id }) as const),
    ...outlived(onboarding).map(({ id }) => ({ type: 'redraw-notice', id }) as const),
  ]
}

/** Everything that is to be done for the onboarding as it stands, in the order in which people should see it. */
export const due = (onboarding: Onboarding): readonly Effect[] => [
  ...preflightEffect(onboarding),
  ...onboarding.runs.flatMap(runEffects),
  ...cleanupEffect(onboarding),
  ...messageEffects(onboarding),
]

/** Whether nothing is waited for and nothing is left to do: such an onboarding is not loaded at start. */
export const isSettled = (onboarding: Onboarding): boolean =>
  !isLive(onboarding) && due(onboarding).length === 0
