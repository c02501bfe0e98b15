import { isBare } from './begun.ts'
import { notified, unusedId, without, withRun } from './change.ts'
import type { Event } from './events.ts'
import { namedCure } from './named-cure.ts'
import type { Failure, Onboarding, Run } from './onboarding.ts'
import { valueOf } from './onboarding.ts'
import type { WorkflowState } from './ports/workflows.ts'
import { failureOf } from './unwell.ts'

const failedId = (run: Run, index: number): string => `r${index}.${run.retries}.failed`

const tell = (onboarding: Onboarding, index: number, event: Event, id?: string): Onboarding => {
  const run = onboarding.runs[index]
  if (run?.failure?.log === undefined) return onboarding
  const { failure, stop } = run
  const isCleanup = run.kind === 'cleanup'
  const neverStarted = run.uid === undefined
  const content = {
    id: id ?? failedId(run, index),
    kind: isCleanup
      ? ('cleanup-failed' as const)
      : neverStarted
        ? ('not-submitted' as const)
        : ('run-failed' as const),
    run: index,
    failure,
    ...(failure.step !== undefined && { step: failure.step }),
    ...(stop !== undefined && { stopped: { by: stop.by, at: stop.at } }),
  }
  // Where nothing began another request may take the record's place, and nobody would take the buttons away.
  const offers = isBare(onboarding) ? {} : { offers: true as const }
  const told = notified(onboarding, event, { ...content, ...offers, to: ['thread'] })
  return notified(told, event, { ...content, to: ['requester'] })
}

/** The run failed. Its notices wait for the log of the failed step, where there is one. */
export const failed = (
  onboarding: Onboarding,
  index: number,
  { run, failure, event }: { run: Run; failure: Failure; event: Event },
): Onboarding => {
  const podName = run.steps.find((step) => step.name === failure.step)?.podName
  const known: Failure = podName === undefined ? { ...failure, log: [] } : failure
  const over: Run = { ...without(run, 'trouble', 'sight', 'retry'), phase: 'failed', failure: known }
  const phase = run.kind === 'cleanup' ? 'cleanup-failed' : 'failed'
  // A retry that never got through counts as none, and its end is told all the same.
  const id = run.retry === undefined ? undefined : unusedId(onboarding, failedId(run, index), event)
  return tell(withRun({ ...onboarding, phase }, index, over), index, event, id)
}

/** The last lines of the failed step's log are there, or it is known that there are none. */
export const withLog = (
  onboarding: Onboarding,
  index: number,
  { run, lines, event }: { run: Run; lines: readonly string[]; event: Event },
): Onboarding =>
  run.failure === undefined || run.failure.log !== undefined
    ? onboarding
    : tell(withRun(onboarding, index, { ...run, failure: { ...run.failure, log: lines } }), index, event)

/** What a step's program ends with when a value is wrong that somebody gave. */
const badInput = 2
const wrongValue =
  'A wrong value cannot be retried into success. Press Clean up, then Ask again with another; or Retry, where a secret or the cluster was to blame.'

/** Whether what failed says that another request cures it: what was sealed stays wrong however often it runs. */
export const needsOtherRequest = ({ phase, runs }: Onboarding): boolean => {
  const failure = runs.at(-1)?.failure
  return namedCure(failure?.cure ?? failure?.message ?? '') === 'ask again' && phase === 'failed'
}

const failureIn = (run: Run, state: WorkflowState): Failure => {
  const step = run.steps.find(({ phase }) => phase === 'failed')
  const at = step === undefined ? {} : { step: step.name }
  if (run.stop !== undefined) return { message: 'Stopped.', ...at }
  const known = failureOf(state, step?.message)
  const isUnsaid =
    run.kind === 'onboard' && step?.exitCode === badInput && namedCure(known.message) === undefined
  return { ...(isUnsaid && { cure: wrongValue }), ...known, ...at }
}

const parseRemaining = (text = ''): readonly string[] | undefined => {
  // A step that could not look everywhere says so by an empty text: an output has to be there.
  if (text === '') return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    if (Array.isArray(parsed) && parsed.every((name) => typeof name === 'string')) return parsed
  } catch {
    // What is no list of names is told as it came: a clean-up is never called done on a guess.
  }
  return [text]
}

const cleanedUp = (onboarding: Onboarding, index: number, ended: Ended): Onboarding => {
  const { run, state, event } = ended
  const remaining = parseRemaining(valueOf(state.outputs, 'remaining'))
  const known = remaining === undefined ? onboarding : { ...onboarding, remaining }
  // With continueOn a workflow may succeed although a step failed: every step has to be done.
  const undone = run.steps.find((step) => step.phase !== 'succeeded' && step.phase !== 'skipped')
  if (undone !== undefined) {
    const unfinished = `The step did not finish: it is ${undone.phase}.`
    const failure = { step: undone.name, ...failureOf(state, undone.message ?? unfinished) }
    return failed(known, index, { run, event, failure })
  }
  if (remaining !== undefined && remaining.length > 0) {
    const message = `All its steps are done, but still there: ${remaining.join(', ')}`
    return failed(known, index, { run, event, failure: { message } })
  }
  const over: Onboarding = withRun({ ...known, phase: 'cleaned-up', outputs: [] }, index, {
    ...without(run, 'trouble', 'sight'),
    phase: 'succeeded',
  })
  return notified(over, event, {
    id: `r${index}.cleaned-up`,
    kind: 'cleaned-up',
    run: index,
    to: ['thread', 'requester'],
  })
}

interface Ended {
  readonly run: Run
  readonly state: WorkflowState
  readonly event: Event
}

/** The workflow came to its end, however it was learned. */
export const ended = (onboarding: Onboarding, index: number, about: Ended): Onboarding => {
  const { run, state, event } = about
  if (state.phase !== 'Succeeded') {
    return failed(onboarding, index, { run, event, failure: failureIn(run, state) })
  }
  if (run.kind === 'cleanup') return cleanedUp(onboarding, index, about)
  const over = withRun({ ...onboarding, phase: 'succeeded' }, index, {
    ...without(run, 'trouble', 'sight'),
    phase: 'succeeded',
  })
  return notified(over, event, {
    id: `r${index}.${run.retries}.succeeded`,
    kind: 'run-succeeded',
    run: index,
    to: ['thread', 'requester'],
  })
}
