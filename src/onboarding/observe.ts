import { addRun, isSame, notified, without, withRun } from './change.ts'
import type {
  RetryHappened,
  StopSent,
  SubmissionEnded,
  WorkflowCreated,
  WorkflowGone,
  WorkflowResubmitted,
  WorkflowSeen,
  WorkflowUnseen,
} from './events.ts'
import type { Onboarding, Parameter, Run, Step } from './onboarding.ts'
import { ended, failed } from './outcome.ts'
import type { WorkflowState } from './ports/workflows.ts'
import { begunAnew } from './retried.ts'
import { isLate } from './time.ts'
import { hindranceOf, silence } from './unwell.ts'

/** The workflow is on the cluster under our name, label and seal. */
export const onWorkflowCreated = (onboarding: Onboarding, event: WorkflowCreated, run: Run): Onboarding => {
  if (run.phase !== 'submitting') return onboarding
  const phase = run.kind === 'cleanup' ? 'cleaning-up' : 'running'
  const running: Run = { ...without(run, 'trouble'), phase: 'running', uid: event.uid, submittedAt: event.at }
  return notified(withRun({ ...onboarding, phase }, event.run, running), event, {
    id: `r${event.run}.submitted`,
    kind: 'submitted',
    run: event.run,
    to: ['thread'],
  })
}

const rank: Record<Step['phase'], number> = { pending: 0, running: 1, succeeded: 2, failed: 2, skipped: 2 }

type SeenStep = WorkflowState['steps'][number]

// A look-up may be older than what the stream already told: a step never goes back, unless it failed. Argo 3.7 begins
// one whose pod was deleted anew.
const isBehind = (step: Step, seen: SeenStep): boolean =>
  step.phase !== 'failed' && rank[seen.phase] < rank[step.phase]

const mergedStep = (step: Step, seen: SeenStep | undefined): Step =>
  seen === undefined || isBehind(step, seen) ? step : { ...seen, title: step.title }

const mergedSteps = (steps: readonly Step[], seen: readonly SeenStep[]): readonly Step[] => [
  ...steps.map((step) =>
    mergedStep(
      step,
      seen.find(({ name }) => name === step.name),
    ),
  ),
  ...seen
    .filter(({ name }) => steps.every((step) => step.name !== name))
    .map((step) => ({ ...step, title: step.name })),
]

const mergedOutputs = (outputs: readonly Parameter[], seen: readonly Parameter[]): readonly Parameter[] => {
  // A step that failed before it made anything gives its output's default, nothing, which takes nothing back.
  const said = seen.filter(({ value }) => value !== '')
  return [...outputs.filter(({ name }) => said.every((parameter) => parameter.name !== name)), ...said]
}

const isEnd = (state: WorkflowState): boolean =>
  state.phase === 'Succeeded' || state.phase === 'Failed' || state.phase === 'Error'

type Trouble = NonNullable<Run['trouble']>

const unwellIn = (run: Run, state: WorkflowState, at: number): Omit<Trouble, 'since'> | undefined => {
  // Just created or just retried: nothing is known that was not known before, until it should have a phase.
  if (state.phase === undefined) return isLate(run, at) ? silence['no-controller'] : run.trouble
  const isOverdue = run.alarmed?.includes('overdue') === true
  return hindranceOf(state) ?? (isOverdue ? silence.overdue : undefined)
}

const troubleIn = (run: Run, { state, at }: WorkflowSeen, steps: readonly Step[]): Run['trouble'] => {
  const unwell = unwellIn(run, state, at)
  if (unwell === undefined) return undefined
  // It may stand still for one reason after the other.
  const hasMoved = steps.some(({ phase }, index) => phase !== run.steps[index]?.phase)
  const since = run.trouble === undefined || hasMoved ? at : run.trouble.since
  return { ...unwell, since }
}

const sighted = (run: Run, isWatched: boolean): Run =>
  isWatched || run.sight?.isListed === false ? without(run, 'sight') : run

const observed = (run: Run, event: WorkflowSeen): Run => {
  const { state } = event
  const steps = mergedSteps(run.steps, state.steps)
  const trouble = troubleIn(run, event, steps)
  return {
    ...without(run, 'trouble'),
    ...(state.phase !== undefined && { argoPhase: state.phase }),
    ...(state.finishedAt !== undefined && { finishedAt: state.finishedAt }),
    ...(trouble !== undefined && { trouble }),
    steps,
  }
}

const withFinishedSteps = (
  onboarding: Onboarding,
  event: WorkflowSeen,
  { before, run }: { before: Run; run: Run },
): Onboarding => {
  const finished = run.steps.filter(
    (step, index) => step.phase === 'succeeded' && before.steps[index]?.phase !== 'succeeded',
  )
  return finished.reduce(
    (told, step) =>
      notified(told, event, {
        id: `r${event.run}.step.${step.name}`,
        kind: 'step-succeeded',
        run: event.run,
        step: step.name,
        to: ['thread'],
      }),
    onboarding,
  )
}

const happened = (run: Run, at: number): Run => {
  if (run.retry === undefined) return run
  const { finishedAt } = run.retry
  return begunAnew(run, { at, ...(finishedAt !== undefined && { finishedAt }) })
}

// Until Argo has carried out the retry, and in an answer that comes late, the end of the try before is seen.
const isBeforeRetry = ({ retry, retriedFrom }: Run, { finishedAt }: WorkflowState): boolean =>
  retry === undefined
    ? finishedAt !== undefined && finishedAt === retriedFrom
    : finishedAt === retry.finishedAt

/** The workflow as the stream, a list or a look-up showed it; the same outcome counts once. */
export const onWorkflowSeen = (onboarding: Onboarding, event: WorkflowSeen, run: Run): Onboarding => {
  const { state } = event
  if (run.phase !== 'running' || state.uid !== run.uid) return onboarding
  const inSight = sighted(run, event.isWatched)
  if (isBeforeRetry(run, state)) {
    return isSame(inSight, run) ? onboarding : withRun(onboarding, event.run, inSight)
  }
  const next = observed(happened(inSight, event.at), event)
  const outputs =
    run.kind === 'onboard' ? mergedOutputs(onboarding.outputs, state.outputs) : onboarding.outputs
  const seen = withFinishedSteps({ ...withRun(onboarding, event.run, next), outputs }, event, {
    before: run,
    run: next,
  })
  if (isEnd(state)) return ended(seen, event.run, { run: next, state, event })
  return isSame(seen, onboarding) ? onboarding : seen
}

/** The bot sees the workflow no more, or only each minute. The same outage keeps its beginning, whatever it is called. */
export const onWorkflowUnseen = (onboarding: Onboarding, event: WorkflowUnseen, run: Run): Onboarding => {
  if (run.phase !== 'running') return onboarding
  const { isListed, text, cure, at } = event
  // Until now it was seen each minute.
  const isWorse = run.sight?.isListed === true && !isListed
  const since = run.sight === undefined || isWorse ? at : run.sight.since
  const sight = { isListed, text, since, ...(cure !== undefined && { cure }) }
  return isSame(sight, run.sight) ? onboarding : withRun(onboarding, event.run, { ...run, sight })
}

/** Argo has taken the retry. */
export const onRetryHappened = (onboarding: Onboarding, event: RetryHappened, run: Run): Onboarding =>
  run.retry === undefined ? onboarding : withRun(onboarding, event.run, happened(run, event.at))

/** Somebody made a copy of the workflow: people are told, and nothing of it counts as ours. */
export const onWorkflowResubmitted = (
  onboarding: Onboarding,
  event: WorkflowResubmitted,
  run: Run,
): Onboarding => {
  const { workflowName: workflow } = event
  const known = run.resubmitted ?? []
  if (known.includes(workflow)) return onboarding
  const told = withRun(onboarding, event.run, { ...run, resubmitted: [...known, workflow] })
  return notified(told, event, {
    id: `r${event.run}.resubmitted.${workflow}`,
    kind: 'resubmitted',
    run: event.run,
    workflow,
    to: ['thread'],
  })
}

/** Looked for and not there. A retry then starts anew from the sealed bytes; anything else has failed. */
export const onWorkflowGone = (onboarding: Onboarding, event: WorkflowGone, run: Run): Onboarding => {
  if (run.phase !== 'running') return onboarding
  if (run.retry !== undefined && run.stop === undefined) {
    const { retry } = run
    const over = withRun({ ...onboarding, phase: 'approved' }, event.run, {
      ...without(run, 'retry'),
      phase: 'failed',
      failure: { message: silence.deleted.text, log: [] },
    })
    const steps = onboarding.template.steps
    const { workflowName } = retry
    const { workflowDigest, overdueAt } = run
    const submitBy = event.at + (run.submitBy - run.requestedAt)
    return addRun(
      over,
      { at: event.at, start: { workflowName, workflowDigest, steps, submitBy, overdueAt } },
      { kind: 'onboard', by: retry.by },
    )
  }
  const { text, cure } = silence[run.kind === 'cleanup' ? 'clean-up deleted' : 'deleted']
  const failure = { message: text, cure }
  return failed(onboarding, event.run, {
    run: { ...run, steps: run.steps.map((step) => without(step, 'podName')) },
    failure,
    event,
  })
}

/** Argo was told to stop, or there was nothing to stop; a retry that is still waited for has not happened then. */
export const onStopSent = (onboarding: Onboarding, event: StopSent, run: Run): Onboarding => {
  if (run.stop === undefined || run.stop.sent) return onboarding
  const told: Run = { ...run, stop: { ...run.stop, sent: true } }
  const isSubmitting = run.phase === 'submitting'
  if (!isSubmitting && run.retry === undefined) return withRun(onboarding, event.run, told)
  const message = `Stopped before it was ${isSubmitting ? 'started' : 'retried'}.`
  return failed(onboarding, event.run, { run: told, event, failure: { message } })
}

/** Nothing could be submitted until the deadline, and the cluster has no such workflow. */
export const onSubmissionEnded = (onboarding: Onboarding, event: SubmissionEnded, run: Run): Onboarding => {
  if (run.phase !== 'submitting') return onboarding
  const why = run.trouble === undefined ? '' : ` ${run.trouble.text}`
  const failure = { message: `It could not be submitted before its deadline.${why}` }
  return failed(onboarding, event.run, { run, failure, event })
}
