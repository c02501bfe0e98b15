import { expect } from 'vitest'

import type { Event } from '../../src/onboarding/events.ts'
import type { WorkflowState } from '../../src/onboarding/ports/workflows.ts'
import { renderNotice } from '../../src/slack/messages/notice.ts'
import { undoing } from '../../src/steps/run/steps.ts'
import { failedStep, on, phases, seen, t0 } from '../onboarding/builders.ts'

const logRead = (run: number): Event => ({ type: 'log-read', at: t0, run, lines: [] })

interface Ended {
  readonly code: number | undefined
  readonly message: string
}

interface Offered {
  /** What the bot adds to the step's own sentence. */
  readonly cure: string | undefined
  /** In their order. */
  readonly buttons: readonly string[]
}

/** What the thread says and offers after a step has ended so. */
const offeredAfter = ({ code = 1, message }: Ended, isCleanUp: boolean): Offered => {
  const step = { ...failedStep, message, exitCode: code }
  const end: Partial<WorkflowState> = { phase: 'Failed', steps: [step] }
  const { running, 'cleaning-up': cleaning } = phases()
  const failed = isCleanUp
    ? on(cleaning, seen({ ...end, name: 'cleanup-1', uid: 'uid-2' }, 1), logRead(1))
    : on(running, seen(end), logRead(0))
  const notice = failed.notices.findLast(({ to }) => to === 'thread')
  if (notice === undefined) throw new Error('nothing was told')
  const { blocks } = renderNotice(failed, notice, { threadLink: 'https://x.test', cleanup: undefined })
  const elements = blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []))
  const buttons = elements.flatMap((one) => (one.type === 'button' ? [one.text.text] : []))
  return { cure: failed.runs.at(-1)?.failure?.cure, buttons }
}

/** The sentence ends with its cure, nothing is added that contradicts it, and the button that it names first is first. */
export const expectFittingOffer = (step: string, ended: Ended): void => {
  const isCleanUp = Object.hasOwn(undoing, step)
  const last = ended.message.split('. ').at(-1) ?? ''
  const [named] = /retry|try again|ask again|clean up again/i.exec(last) ?? []
  const fitting: Readonly<Record<string, readonly string[]>> = isCleanUp
    ? { 'clean up again': ['Clean up'] }
    : { retry: ['Retry', 'Clean up'], 'ask again': ['Clean up', 'Retry'] }
  const buttons = fitting[named?.toLowerCase() ?? ''] ?? `what fits "${last}"`
  expect(offeredAfter(ended, isCleanUp)).toEqual({ cure: undefined, buttons })
  if (isCleanUp) expect(last).not.toMatch(/retry|try again|ask again/i)
}
