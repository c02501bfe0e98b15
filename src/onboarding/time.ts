import { entered, notified, withRun } from './change.ts'
import type { Woken } from './events.ts'
import type { Onboarding, Run } from './onboarding.ts'
import { currentRun } from './onboarding.ts'
import { failed } from './outcome.ts'
import { silence } from './unwell.ts'

/** A controller sees a new workflow within seconds; after this long none does (milliseconds). */
const noControllerAfterMs = 60_000

type Alarm = NonNullable<Run['alarmed']>[number]

const alarms = (run: Run): readonly { readonly alarm: Alarm; readonly at: number }[] => {
  const isUnseen = run.submittedAt !== undefined && run.argoPhase === undefined
  return [
    ...(isUnseen ? [{ alarm: 'no-controller' as const, at: run.submittedAt + noControllerAfterMs }] : []),
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
  const raised = alarms(run).filter(({ at }) => at <= event.at)
  return raised.reduce((told, { alarm }) => {
    const alarmed = [...(told.runs[index]?.alarmed ?? []), alarm]
    return withRun(told, index, { ...run, alarmed, trouble: { ...silence[alarm], since: event.at } })
  }, onboarding)
}
