import { notified, without, withRun } from './change.ts'
import type { WorkflowRetried } from './events.ts'
import type { Onboarding, Run, Step } from './onboarding.ts'

const again = (step: Step): Step =>
  step.phase === 'failed' ? { name: step.name, title: step.title, phase: 'pending' } : step

/** The run under way again: what came of it before is not known of it any more. */
export const resumed = (run: Run): Run => ({
  ...without(run, 'failure', 'trouble', 'alarmed', 'stop'),
  phase: 'running',
  steps: run.steps.map(again),
})

/** Argo has begun anew what had ended at `finishedAt`. */
export const begunAnew = (run: Run, { at, finishedAt }: { at: number; finishedAt?: string }): Run => ({
  ...without(run, 'retry', 'finishedAt', 'argoPhase', 'retriedFrom'),
  submittedAt: at,
  retries: run.retries + 1,
  ...(finishedAt !== undefined && { retriedFrom: finishedAt }),
})

/** Somebody had Argo retry what had failed: people are told, and it is followed like a retry that was asked for here. */
export const onWorkflowRetried = (onboarding: Onboarding, event: WorkflowRetried, run: Run): Onboarding => {
  const isLast = event.run === onboarding.runs.length - 1
  // What never got to the cluster cannot be retried there.
  if (!isLast || run.phase !== 'failed' || run.uid === undefined) return onboarding
  const { at } = event
  const { finishedAt, overdueAt, requestedAt } = run
  const retried: Run = {
    ...begunAnew(resumed(run), { at, ...(finishedAt !== undefined && { finishedAt }) }),
    overdueAt: at + (overdueAt - requestedAt),
  }
  const phase = run.kind === 'cleanup' ? 'cleaning-up' : 'running'
  return notified(withRun({ ...onboarding, phase }, event.run, retried), event, {
    id: `r${event.run}.${run.retries}.retried-in-argo`,
    kind: 'retried-in-argo',
    run: event.run,
    to: ['thread'],
  })
}
