import type { Effect } from '../onboarding/effects.ts'
import type { Onboarding } from '../onboarding/onboarding.ts'
import { checkWorkflow } from './effects/check-workflow.ts'
import { readLog } from './effects/read-log.ts'
import { retryWorkflow } from './effects/retry-workflow.ts'
import { deleteRunSecret } from './effects/run-secret.ts'
import { postNotice, redrawNotice, showCard } from './effects/show.ts'
import { stopWorkflow } from './effects/stop-workflow.ts'
import { submitWorkflow } from './effects/submit-workflow.ts'
import type { RunWork, Tell, Tools } from './performing.ts'

/** What is performed once and done; following is a state and belongs to the reconciler, which also starts clean-ups. */
export type Task = Exclude<Effect, { type: 'follow-workflow' | 'start-cleanup' }>

/** Whether an effect is performed once and done. */
export const isTask = (effect: Effect): effect is Task =>
  effect.type !== 'follow-workflow' && effect.type !== 'start-cleanup'

type RunTask = Extract<Task, { run: number }>

const runTasks: Record<RunTask['type'], (work: RunWork) => Promise<void>> = {
  'submit-workflow': submitWorkflow,
  'stop-workflow': stopWorkflow,
  'retry-workflow': retryWorkflow,
  'read-log': readLog,
  'delete-run-secret': deleteRunSecret,
}

/** Performs an effect and enters its result. Throws what its adapter throws; it is then due again. */
export const perform = async (
  task: Task,
  work: { onboarding: Onboarding; tools: Tools; tell: Tell },
): Promise<void> => {
  if (task.type === 'check-workflow') return checkWorkflow(work)
  if (task.type === 'show-card') return showCard(work)
  if (task.type === 'post-notice') return postNotice(work, task.id)
  if (task.type === 'redraw-notice') return redrawNotice(work, task.id)
  const run = work.onboarding.runs[task.run]
  if (run !== undefined) await runTasks[task.type]({ ...work, index: task.run, run })
}

const lanes: Record<Exclude<Task['type'], RunTask['type']>, string> = {
  'check-workflow': 'check',
  'show-card': 'card',
  'post-notice': 'notices',
  // What is new is not kept waiting by what is old.
  'redraw-notice': 'old notices',
}

/** Effects of one lane are performed one after the other: those of a run, the check, the card, and the notices. */
export const laneOf = (task: Task): string => ('run' in task ? `run:${task.run}` : lanes[task.type])
