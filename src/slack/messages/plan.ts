import type { KnownBlock, TaskCardBlock } from '@slack/types'

import type { Run, Step } from '../../onboarding/onboarding.ts'
import { meaningOf } from '../../onboarding/unwell.ts'
import { clockTime, cut, literal, plain, rich, section, span, verbatim } from './text.ts'

/** Slack takes no more tasks in one plan. */
const shownSteps = 50

const statuses: Record<Step['phase'], TaskCardBlock['status']> = {
  pending: 'pending',
  running: 'in_progress',
  succeeded: 'complete',
  failed: 'error',
  skipped: 'complete',
}

const emoji: Record<Step['phase'], string> = {
  pending: ':white_circle:',
  running: ':large_blue_circle:',
  succeeded: ':white_check_mark:',
  failed: ':x:',
  skipped: ':fast_forward:',
}

const detail = ({ phase, startedAt, finishedAt, message }: Step): string | undefined => {
  if (phase === 'skipped') return 'skipped'
  if (message !== undefined && (phase === 'failed' || phase === 'pending')) {
    return meaningOf(message)?.text ?? message
  }
  if (startedAt === undefined) return undefined
  return finishedAt === undefined
    ? `since ${clockTime(startedAt)}`
    : `took ${span(finishedAt - startedAt)}, until ${clockTime(finishedAt)}`
}

const title = (run: Run): string => {
  const done = run.steps.filter(({ phase }) => phase === 'succeeded' || phase === 'skipped').length
  const what = run.kind === 'cleanup' ? 'Clean-up' : 'Onboarding'
  const again = run.retries > 0 ? `, retry ${run.retries}` : ''
  const attempt = run.attempt > 1 ? `, attempt ${run.attempt}` : ''
  return `${what}: ${done} of ${run.steps.length} step${run.steps.length === 1 ? '' : 's'} done${attempt}${again}`
}

const task = (step: Step): TaskCardBlock => {
  const text = detail(step)
  return {
    type: 'task_card',
    task_id: step.name,
    title: plain(step.title, 80) || step.name,
    status: statuses[step.phase],
    ...(text !== undefined && { details: rich(verbatim(text, { limit: 80 })) }),
  }
}

const classicLine = (step: Step): string => {
  const text = detail(step)
  const words = `${emoji[step.phase]} ${literal(step.title, 150)} (${step.phase})`
  return text === undefined ? words : `${words}: ${literal(text, 150)}`
}

/** The steps of a run: one task card each, or lines where the plan block is not known. */
export const renderPlan = (run: Run, { isClassic }: { isClassic: boolean }): readonly KnownBlock[] => {
  const steps = run.steps.slice(0, shownSteps)
  if (steps.length === 0) return []
  const more = run.steps.length - steps.length
  const rest = more > 0 ? [section(`and ${more} more`)] : []
  if (!isClassic) return [{ type: 'plan', title: title(run), tasks: steps.map(task) }, ...rest]
  const lines = [`*${title(run)}*`, ...steps.map(classicLine)]
  return [section(cut(lines.join('\n'), 3_000)), ...rest]
}
