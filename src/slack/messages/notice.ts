import type { KnownBlock } from '@slack/types'

import type { Notice, Onboarding, Run } from '../../onboarding/onboarding.ts'
import { offering } from '../../onboarding/outbox.ts'
import { actions, button, waysOut } from './buttons.ts'
import type { Message } from './card.ts'
import { cut, date, escape, literal, person, preformatted, quote, section, span } from './text.ts'
import type { CleanupFile } from './undone.ts'

const stepTitle = (run: Run | undefined, name: string | undefined): string => {
  const step = run?.steps.find((one) => one.name === name)
  return step === undefined ? 'the workflow' : `"${literal(step.title, 150)}"`
}

const took = (run: Run | undefined, name: string | undefined): string => {
  const step = run?.steps.find((one) => one.name === name)
  if (step?.startedAt === undefined || step.finishedAt === undefined) return ''
  return ` (${span(step.finishedAt - step.startedAt)})`
}

/** What ended a run: whoever stopped it, or what went wrong by itself. */
const ended = ({ stopped }: Notice, wrong: string): string =>
  stopped === undefined
    ? `:x: ${wrong}:`
    : `:octagonal_sign: ${wrong}: stopped by ${person(stopped.by)}, ${date(stopped.at)}`

const cleanedUp = ({ remaining }: Onboarding): string =>
  remaining === undefined ? 'all clean-up steps are done' : 'nothing is left'

/** Where no step failed, all may be done and something still be there. */
const cleanupFailed = (notice: Notice, step: string): string =>
  notice.step === undefined ? 'The clean-up is not finished' : `The clean-up stopped at ${step}`

const words = (onboarding: Onboarding, notice: Notice): string => {
  const run = notice.run === undefined ? undefined : onboarding.runs[notice.run]
  // It begins every sentence that it stands in.
  const by = person(notice.by ?? 'bot').replace(/^the/, 'The')
  const step = stepTitle(run, notice.step)
  switch (notice.kind) {
    case 'approved':
      return notice.by === undefined
        ? ':arrow_forward: Started: no approval is needed.'
        : `:white_check_mark: ${by} approved.`
    case 'approval-fell':
      return `:warning: ${by} may not approve this any more, so that approval does not count.`
    case 'rejected':
      return `:no_entry: ${by} rejected the request:`
    case 'expired':
      return ':alarm_clock: Nobody decided in time: the request has expired.'
    case 'withdrawn':
      return `:leftwards_arrow_with_hook: ${by} withdrew the request.`
    case 'submitted':
      return run?.kind === 'cleanup'
        ? `:broom: The clean-up \`${run.workflowName}\` was submitted.`
        : `:rocket: The workflow \`${run?.workflowName ?? ''}\` was submitted.`
    case 'not-submitted':
      return ended(notice, 'It was not submitted')
    case 'step-succeeded':
      return `:white_check_mark: ${step} is done${took(run, notice.step)}.`
    case 'run-succeeded':
      return ':tada: Everything is done.'
    case 'run-failed':
      return ended(notice, `${step} failed`)
    case 'retried':
      return `:repeat: ${by} asked for a retry: it goes on where it failed.`
    case 'stop-asked':
      return `:octagonal_sign: ${by} asked to stop.`
    case 'cleanup-started':
      return `:broom: ${by} started the clean-up, newest first.`
    case 'cleaned-up':
      return `:sparkles: Cleaned up: ${cleanedUp(onboarding)}.`
    case 'cleanup-failed':
      return ended(notice, cleanupFailed(notice, step))
    case 'resubmitted':
      return `:warning: Somebody resubmitted it in Argo as \`${escape(notice.workflow ?? '')}\`. I did not start that one and do not follow it.`
    case 'retried-in-argo':
      return ':repeat: Somebody retried it in Argo: it goes on there, and I follow it.'
    case 'workflow-gone':
      return ':x: The workflow was deleted in the cluster.'
    case 'record-rebuilt':
      return `:ambulance: The record was lost. It was rebuilt from the workflow \`${run?.workflowName ?? ''}\` on the cluster, and goes on.`
    case 'superseded':
      return ':leftwards_arrow_with_hook: There is one already: its record had been lost and was found on the cluster. This request is withdrawn; ask again to see how that one stands.'
    case 'record-lost':
      return ':warning: The record of this is damaged, and no workflow of it is on the cluster: nothing more happens with it. Please ask again.'
  }
}

const failure = ({ failure: what }: Notice): readonly KnownBlock[] => {
  if (what === undefined) return []
  const log = what.log ?? []
  const lines: readonly KnownBlock[] =
    log.length === 0 ? [] : [section('The last lines of its log:'), preformatted(log, 3_000)]
  const cure = what.cure === undefined ? [] : [section(cut(escape(what.cure), 300))]
  return [quote(what.message, 1_500), ...cure, ...lines]
}

/** The clean-up that the configuration wants; whoever stopped a run wants to look first. */
const goesOn = ({ onFailure }: Onboarding, { kind, stopped, step }: Notice): readonly KnownBlock[] =>
  onFailure === 'clean-up' && kind === 'run-failed' && stopped === undefined && step !== undefined
    ? [section('The clean-up begins by itself. Where a cure asks for a retry, ask again once it is done.')]
    : []

const next = (onboarding: Onboarding, notice: Notice, cleanup: CleanupFile): readonly KnownBlock[] => {
  if (offering(onboarding)?.id !== notice.id) return []
  const name = `notice.${notice.id}`.slice(0, 255)
  const ways = notice.kind === 'cleanup-failed' ? (['cleanup'] as const) : waysOut(onboarding)
  return actions(
    ways.map((one) => button(one, onboarding, cleanup)),
    name,
  )
}

/** What a notice shows beside the record. */
interface NoticeView {
  /** Undefined while the card is being posted. */
  readonly threadLink: string | undefined
  readonly cleanup: CleanupFile
}

/** A reply in the thread, or a direct message that links to it. Pure. */
export const renderNotice = (
  onboarding: Onboarding,
  notice: Notice,
  { threadLink, cleanup }: NoticeView,
): Message => {
  const { key, template } = onboarding
  const said = words(onboarding, notice)
  const about = `${literal(template.title, 100)}, \`${key.namespace}\` on \`${key.cluster}\``
  const isDirect = notice.to !== 'thread'
  const text = isDirect ? `${about}: ${said}` : said
  const blocks = [
    section(text),
    ...(notice.comment === undefined ? [] : [quote(notice.comment, 1_000)]),
    ...failure(notice),
    ...goesOn(onboarding, notice),
    ...(isDirect && threadLink !== undefined ? [section(`<${threadLink}|Open the thread>`)] : []),
    ...next(onboarding, notice, cleanup),
  ]
  return { text: cut(text, 3_900), blocks }
}
