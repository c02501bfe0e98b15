import type { Button, KnownBlock } from '@slack/types'

import { currentRun, type Onboarding, type Run } from '../../onboarding/onboarding.ts'
import type { Rule } from '../../onboarding/policy.ts'
import { definiteNo } from '../../onboarding/preflight.ts'
import { renderParameters, renderPlanned } from './asked-for.ts'
import { actions, button, linkButton, waysOut } from './buttons.ts'
import { renderExists } from './exists.ts'
import { renderPlan } from './plan.ts'
import { renderPreflight } from './preflight.ts'
import { cut, date, escape, literal, person, plain, quote, section, subjects } from './text.ts'
import { renderTroubles } from './troubles.ts'
import { type CleanupFile, renderAllUndone } from './undone.ts'

export interface Message {
  readonly text: string
  readonly blocks: KnownBlock[]
}

/** What a card shows beside the record. */
export interface CardView {
  /** Who may approve, for the card of a request. */
  readonly approvers: Rule | undefined
  /** The page of a workflow, where one is configured. */
  readonly link: (run: Run) => string | undefined
  readonly cleanup: CleanupFile
  /** Without the plan block, for a Slack that does not know it. */
  readonly isClassic: boolean
}

const states: Record<Onboarding['phase'], string> = {
  requested: ':hourglass_flowing_sand: *Waiting for approval*',
  rejected: ':no_entry: *Rejected*',
  expired: ':alarm_clock: *Expired*: nobody decided in time',
  withdrawn: ':leftwards_arrow_with_hook: *Withdrawn*',
  approved: ':hourglass_flowing_sand: *Approved*, being submitted',
  running: ':gear: *Running*',
  succeeded: ':white_check_mark: *Done*',
  failed: ':x: *Failed*',
  'cleaning-up': ':broom: *Cleaning up*',
  'cleaned-up': ':sparkles: *Cleaned up*',
  'cleanup-failed': ':x: *Clean-up failed*',
  lost: ':warning: *Record damaged, ask again*: no workflow of it is on the cluster',
}

const stopped = (onboarding: Onboarding): string => {
  const stop = currentRun(onboarding)?.stop
  return stop === undefined ? '' : `: stopped by ${person(stop.by)}, ${date(stop.at)}`
}

const addition = (onboarding: Onboarding): string => {
  const { phase, remaining, approvalsNeeded, decisions } = onboarding
  switch (phase) {
    case 'requested':
      return approvalsNeeded > 1 ? ` (${decisions.length} of ${approvalsNeeded})` : ''
    case 'cleaned-up':
      return remaining === undefined ? ': all clean-up steps are done' : ': nothing is left'
    case 'cleanup-failed':
      return remaining === undefined || remaining.length === 0
        ? stopped(onboarding)
        : ': something is still there'
    case 'approved':
    case 'running':
    case 'cleaning-up': {
      const stop = currentRun(onboarding)?.stop
      return stop === undefined ? '' : `, being stopped by ${person(stop.by)}`
    }
    case 'failed':
      return stopped(onboarding)
    case 'expired':
      return `, which was until ${date(onboarding.decideBy)}`
    case 'succeeded':
    case 'rejected':
    case 'withdrawn':
    case 'lost':
      return ''
  }
}

const stateOf = (onboarding: Onboarding): string => {
  const run = currentRun(onboarding)
  // It is not being submitted any more, and whether it ever was is not known yet.
  return run?.phase === 'submitting' && run.stop !== undefined
    ? `:octagonal_sign: *Being stopped*, as ${person(run.stop.by)} asked`
    : `${states[onboarding.phase]}${addition(onboarding)}`
}

const decisionLines = (onboarding: Onboarding): readonly string[] => {
  const words = { approve: 'Approved', reject: 'Rejected', withdraw: 'Withdrawn' }
  const lines = onboarding.decisions.map(
    ({ by, at, decision }) => `${words[decision]} by ${person(by)}, ${date(at)}`,
  )
  const isUnasked = onboarding.approvalsNeeded === 0
  return isUnasked ? ['Started without approval: the policy asks for none', ...lines] : lines
}

/** Who had it cleaned up, while that is what the card is about. */
const cleanupLine = (onboarding: Onboarding): readonly string[] => {
  const run = currentRun(onboarding)
  return run?.kind === 'cleanup'
    ? [`Clean-up started by ${person(run.startedBy)}, ${date(run.requestedAt)}`]
    : []
}

const facts = (onboarding: Onboarding): KnownBlock => {
  const { key, phase, requester, requestedAt } = onboarding
  const fields = [
    `*Cluster*\n\`${key.cluster}\``,
    `*Namespace*\n\`${key.namespace}\``,
    // Who had asked is not known of what is lost, nor when.
    ...(phase === 'lost' ? [] : [`*Asked by*\n${person(requester)}, ${date(requestedAt)}`]),
    `*Template*\n\`${key.template}\``,
  ]
  return { type: 'section', fields: fields.map((text) => ({ type: 'mrkdwn', text })) }
}

const outdated = ({ template }: Onboarding): readonly KnownBlock[] =>
  template.isOutdated === true
    ? [
        section(
          ':warning: The file of the template has changed since this was asked. What was sealed then is what runs; to take the new one, withdraw this and ask again.',
        ),
      ]
    : []

const request = (onboarding: Onboarding, { approvers }: CardView): readonly KnownBlock[] => {
  const named = approvers === undefined ? '' : subjects(approvers)
  const until = date(onboarding.decideBy)
  const who =
    named === ''
      ? `nobody, since the policy names no approver; it expires ${until}`
      : `${named}, until ${until}`
  return [
    renderPlanned(onboarding),
    ...outdated(onboarding),
    ...renderPreflight(onboarding),
    section(`*Who decides*: ${who}`),
  ]
}

const failureOf = ({ failure, steps }: Run): readonly KnownBlock[] => {
  if (failure === undefined) return []
  const title = steps.find(({ name }) => name === failure.step)?.title
  const where = title === undefined ? '*What went wrong*' : `*What went wrong* in "${literal(title, 150)}"`
  const { message, cure } = failure
  return [
    section(where),
    quote(message, 600),
    ...(cure === undefined ? [] : [section(cut(escape(cure), 300))]),
  ]
}

/** Older ones are in the thread. */
const shownCopies = 3

const copies = ({ runs }: Onboarding): readonly KnownBlock[] => {
  const names = runs.flatMap(({ resubmitted }) => resubmitted ?? []).slice(-shownCopies)
  if (names.length === 0) return []
  const list = names.map((name) => `\`${escape(plain(name, 63))}\``).join(', ')
  return [
    section(`:warning: *Somebody resubmitted it in Argo*: ${list}`),
    section(
      'I did not start that and do not follow it. It does the work a second time: stop it in Argo if that is not wanted.',
    ),
  ]
}

const requestNames = (onboarding: Onboarding): readonly Parameters<typeof button>[0][] => {
  const { preflight } = onboarding
  const isRefused = definiteNo(onboarding) !== undefined
  const isToAskAgain = preflight?.due === false && (isRefused || preflight.unanswered !== undefined)
  return [
    ...(isRefused ? [] : (['approve'] as const)),
    'reject',
    'withdraw',
    ...(isToAskAgain ? (['check'] as const) : []),
  ]
}

const names = (onboarding: Onboarding): readonly Parameters<typeof button>[0][] => {
  const run = currentRun(onboarding)
  const stop = run?.stop === undefined ? (['stop'] as const) : []
  switch (onboarding.phase) {
    case 'requested':
      return requestNames(onboarding)
    case 'approved':
    case 'running':
    case 'cleaning-up':
      return stop
    case 'failed':
      return waysOut(onboarding)
    case 'succeeded':
    case 'cleanup-failed':
      return ['cleanup']
    case 'rejected':
    case 'expired':
    case 'withdrawn':
    case 'cleaned-up':
    case 'lost':
      return ['again']
  }
}

const runBlocks = (onboarding: Onboarding, view: CardView): readonly KnownBlock[] => {
  const run = currentRun(onboarding)
  if (run === undefined) return []
  return [
    ...renderPlan(run, view),
    ...renderTroubles(run),
    ...failureOf(run),
    ...copies(onboarding),
    ...renderExists(onboarding),
    ...(names(onboarding).includes('cleanup') ? renderAllUndone(onboarding, view.cleanup) : []),
  ]
}

const buttons = (onboarding: Onboarding, view: CardView): readonly Button[] => {
  const run = currentRun(onboarding)
  const url = run?.uid === undefined ? undefined : view.link(run)
  const own = names(onboarding).map((name) => button(name, onboarding, view.cleanup))
  return url === undefined ? own : [...own, linkButton(url)]
}

const summary = ({ key, template }: Onboarding): string =>
  `${template.title}: ${key.namespace} on ${key.cluster}`

/** The root message of an onboarding, as its record stands. Pure. */
export const renderCard = (onboarding: Onboarding, view: CardView): Message => {
  const { seal, generation, phase } = onboarding
  const state = stateOf(onboarding)
  const lines = [state, ...decisionLines(onboarding), ...cleanupLine(onboarding)]
  const title = plain(summary(onboarding), 150)
  const ids = `${seal === '' ? '' : `Seal \`${seal.slice(0, 12)}\` · `}generation ${generation}`
  return {
    text: cut(`${literal(summary(onboarding), 150)}: ${state}`, 3_900),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title, emoji: false } },
      section(lines.join('\n')),
      ...onboarding.decisions.flatMap(({ comment }) => (comment === undefined ? [] : [quote(comment, 500)])),
      facts(onboarding),
      ...renderParameters(onboarding),
      ...(phase === 'requested' ? request(onboarding, view) : runBlocks(onboarding, view)),
      { type: 'context', elements: [{ type: 'mrkdwn', text: ids }] },
      ...actions(buttons(onboarding, view), `card.${generation}.${phase}`),
    ],
  }
}
