import { entered, notified, withRun } from './change.ts'
import type { Woken } from './events.ts'
import type { Onboarding, Run } from './onboarding.ts'
import { currentRun } from './onboarding.ts'
import { failed } from './outcome.ts'
import { silence } from './unwell.ts'

/** A controller sees a new workflow within seconds; after this long none does (milliseconds). */
const noControllerAfterMs = 60_000

type Alarm = NonNullable<Run['alarmed']>[number]

const hasNoPhase = (run: Run): run is Run & { readonly submittedAt: number } =>
  run.submittedAt !== undefined && run.argoPhase === undefined

/** Whether a controller should have seen the workflow by then. */
export const isLate = (run: Run, at: number): boolean =>
  hasNoPhase(run) && at >= run.submittedAt + noControllerAfterMs

/** Whether a look has to say what only time suggests so far: that no controller picks the workflow up. */
export const isLookDue = (run: Run): boolean =>
  hasNoPhase(run) &&
  run.alarmed?.includes('no-controller') === true &&
  run.trouble?.text !== silence['no-controller'].text

const alarms = (run: Run): readonly { readonly alarm: Alarm; readonly at: number }[] => {
  return [
    ...(hasNoPhase(run)
      ? [{ alarm: 'no-controller' as const, at: run.submittedAt + noControllerAfterMs }]
      : []),
    { alarm: 'overdue' as const, at: run.overdueAt },
  ].filter(({ alarm }) => run.alarmed?.includes(alarm) !== true)
}

/** When the onboarding has to be woken next, should nothing else happen to it; undefined when never. */
export const wakeAt = (onboarding: Onboarding): number | undefined => {
  if (onboarding.phase === 'requested') return onboarding.decideBy
  const run = currentRun(onboarding)
  if (run === undefined) return undefined
  // Once its Secret is planned a create may have been sent: then only the cluster knows, and it is asked.
  if (run.phase === 'submitting') return run.secret ? undefined : run.submitBy
  if (run.phase !== 'running') return undefined
  const times = alarms(run).map(({ at }) => at)
  return times.length === 0 ? undefined : Math.min(...times)
}

const expired = (onboarding: Onboarding, event: Woken): Onboarding =>
  notified(entered({ ...onboarding, phase: 'expired' }, event, { actor: 'bot', detail: 'expired' }), event, {
    id: 'expired',
    kind: 'expired',
    to: ['thread', 'requester'],
  })

// That nothing has a phase the clock cannot know: a look tells, and the sighting then says so.
const raised = (run: Run, alarm: Alarm, at: number): Run => ({
  ...run,
  alarmed: [...(run.alarmed ?? []), alarm],
  // What stands in its way says more than that it is overdue.
  ...(alarm === 'overdue' && run.trouble === undefined && { trouble: { ...silence.overdue, since: at } }),
})

/** Expiry, the submission deadline and alarms happen when their time has come, however late the bot wakes. */
export const onWoken = (onboarding: Onboarding, event: Woken): Onboarding => {
  const due = wakeAt(onboarding)
  if (due === undefined || event.at < due) return onboarding
  const index = onboarding.runs.length - 1
  const run = onboarding.runs[index]
  if (run === undefined) return expired(onboarding, event)
  if (run.phase === 'submitting') {
    const why = run.trouble === undefined ? '' : ` ${run.trouble.text}`
    const failure = { message: `It could not be submitted before its deadline.${why}` }
    return failed(onboarding, index, { run, failure, event })
  }
  const passed = alarms(run).filter(({ at }) => at <= event.at)
  const alarmed = passed.reduce((told, { alarm }) => raised(told, alarm, event.at), run)
  return withRun(onboarding, index, alarmed)
}
