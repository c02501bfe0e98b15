import type { Refusal } from '../../onboarding/events.ts'
import type { Onboarding } from '../../onboarding/onboarding.ts'
import { needsOtherRequest } from '../../onboarding/outcome.ts'
import type { Denial, Rule, Standing } from '../../onboarding/policy.ts'
import { definiteNo } from '../../onboarding/preflight.ts'
import type { Outcome } from '../../runner/commands.ts'
import { type Part, renderAnswer, type TypedLines } from './answer.ts'
import type { Message } from './card.ts'
import { date, escape, literal, person, subject, verbatim } from './text.ts'

/** Where an onboarding's thread is, as a link; undefined while its card is being posted. */
export type ThreadLink = (onboarding: Onboarding) => string | undefined

const standings: Record<Exclude<Standing, 'member'>, string> = {
  deactivated: 'your account is deactivated',
  guest: 'guests may not',
  stranger: 'people of other workspaces may not',
  bot: 'bots may not',
  unknown: 'Slack could not be asked about your account just now; please try again',
}

export const may = ({ allow, deny }: Rule): string => {
  if (allow.length === 0) return 'The policy names nobody for it.'
  const but = deny.length === 0 ? '' : `, but not ${deny.map(subject).join(', ')}`
  return `Only ${allow.map(subject).join(', ')} may${but}.`
}

/** Who may, to somebody who is one of them and may not all the same. */
const otherThanYou = ({ allow }: Rule): string =>
  allow.length === 0 ? may({ allow, deny: [] }) : `Somebody else of ${allow.map(subject).join(', ')} may.`

const verbs: Record<string, string> = {
  request: 'ask for this',
  approve: 'decide on this request',
  withdraw: 'withdraw this request',
  check: 'have this checked again',
  stop: 'stop this run',
  retry: 'retry this run',
  cleanup: 'clean this up',
  'cleanup-succeeded': 'clean up what works',
}

/** Why somebody may not, and who may. */
export const renderDenial = (verb: string, denial: Denial): string => {
  const what = verbs[verb] ?? verb
  switch (denial.because) {
    case 'standing':
      return denial.standing === 'member'
        ? `You may not ${what}.`
        : `You may not ${what}: ${standings[denial.standing]}.`
    case 'own-request':
      return `You may not ${what}, since it is your own. ${otherThanYou(denial.rule)}`
    case 'not-looked-up':
      return `Nothing was done: Slack did not say in time whether you are among those who may ${what}. Please try again. ${may(denial.rule)}`
    case 'denied':
    case 'not-named':
      return `You may not ${what}. ${may(denial.rule)}`
    case 'not-requester':
      return `You may not ${what}: only the person who asked and the admins may.`
  }
}

const phaseWords: Record<Onboarding['phase'], string> = {
  requested: 'waits for approval',
  rejected: 'was rejected',
  expired: 'has expired',
  withdrawn: 'was withdrawn',
  approved: 'is approved and being submitted',
  running: 'is running',
  succeeded: 'is done',
  failed: 'has failed',
  'cleaning-up': 'is being cleaned up',
  'cleaned-up': 'is cleaned up',
  'cleanup-failed': 'could not be cleaned up',
  lost: 'has a damaged record and has to be asked again',
}

/** The step at which it has failed. */
const failedAt = ({ phase, runs }: Onboarding): string => {
  if (phase !== 'failed' && phase !== 'cleanup-failed') return ''
  const { steps, failure } = runs.at(-1) ?? { steps: [] }
  const step = steps.find(({ name }) => name === failure?.step)
  return step === undefined ? '' : ` at "${literal(step.title, 80)}"`
}

/** Since when it has been as it is. */
const lastChange = ({ requestedAt, notices, history }: Onboarding): number =>
  Math.max(requestedAt, ...[...notices, ...history].map(({ at }) => at))

/** An onboarding in one line: what, where, how it stands since when, and where to read on. */
export const renderLine = (onboarding: Onboarding, link: ThreadLink): string => {
  const { key, phase, thread } = onboarding
  const url = link(onboarding)
  const where =
    url === undefined ? `; its card is being posted in <#${thread.channel}>` : `: <${url}|open the thread>`
  const state = `${phaseWords[phase]}${failedAt(onboarding)}, ${date(lastChange(onboarding))}`
  return `\`${key.namespace}\` on \`${key.cluster}\` (\`${key.template}\`) ${state}${where}`
}

/** What people do to an onboarding, by the name of its event in the history. */
const deeds: Readonly<Record<string, string>> = {
  approved: 'approved it',
  rejected: 'rejected it',
  withdrawn: 'withdrew it',
  'stop-asked': 'asked to stop it',
  'retry-asked': 'asked for a retry',
  'cleanup-asked': 'started the clean-up',
}

const lastDeed = (onboarding: Onboarding): string => {
  const last = onboarding.history.findLast(({ event }) => Object.hasOwn(deeds, event))
  if (last === undefined) return ''
  // The line before it has told the time of its last change.
  const when = last.at === lastChange(onboarding) ? '' : `, ${date(last.at)}`
  return ` ${person(last.actor)} ${deeds[last.event]}${when}.`
}

const typed = (value: string | undefined): TypedLines[number][number] => {
  if (value === undefined) return verbatim('(not given)')
  return value.trim() === '' ? verbatim('(empty)') : verbatim(value, { limit: 100, style: { code: true } })
}

const differences = (
  all: readonly { name: string; is: string | undefined; wanted: string | undefined }[],
): TypedLines =>
  all
    .slice(0, 10)
    .map(({ name, is, wanted }) => [
      verbatim(name, { limit: 100, style: { bold: true } }),
      verbatim(': is '),
      typed(is),
      verbatim(', you asked for '),
      typed(wanted),
    ])

const renderDefiniteNo = (onboarding: Onboarding, link: ThreadLink): readonly Part[] => {
  const { text = '', cure } = definiteNo(onboarding) ?? {}
  return [
    'Nothing was approved: argo-server would refuse the workflow.',
    { quoted: text },
    ...(cure === undefined ? [] : [escape(cure)]),
    `Then press *Check again* on the card: ${renderLine(onboarding, link)}`,
  ]
}

const renderWayOut = ({ onboarding, cleanupDenial }: Extract<Refusal, { reason: 'conflict' }>): string => {
  const { cluster, namespace } = onboarding.key
  const command = `\`/onboard-cleanup ${cluster} ${namespace}\``
  return cleanupDenial === undefined
    ? `To change them, clean it up first (${command}), then ask again.`
    : `To change them, have it cleaned up first (${command}), then ask again. ${renderDenial('cleanup-succeeded', cleanupDenial)}`
}

const renderUnfinished = (onboarding: Onboarding): string => {
  if (onboarding.phase !== 'failed') return 'Press Clean up there once more, until nothing is left'
  return needsOtherRequest(onboarding) ? 'Clean it up there first' : 'Retry it or clean it up there first'
}

const refusal = (refused: Refusal, link: ThreadLink): readonly Part[] => {
  switch (refused.reason) {
    case 'not-allowed':
      return [renderDenial(refused.verb, refused.denial)]
    case 'unknown':
      return ['There is no such onboarding any more. `/onboard list` shows what there is.']
    case 'stale':
      return [
        `That button belongs to an earlier card, so nothing was done. Now: ${renderLine(refused.onboarding, link)}`,
      ]
    case 'wrong-phase':
      return [`Nothing was done: ${renderLine(refused.onboarding, link)}.${lastDeed(refused.onboarding)}`]
    case 'approved-before':
      return [`You have approved already; another person is needed. ${renderLine(refused.onboarding, link)}`]
    case 'not-weighed':
      return [
        `Nothing was approved: Slack did not say in time whether ${person(refused.by)}, who approved before, still may. Please try again.`,
      ]
    case 'preflight':
      return renderDefiniteNo(refused.onboarding, link)
    case 'duplicate': {
      const what = `There is one already, so nothing was asked twice: ${renderLine(refused.onboarding, link)}`
      const wait =
        refused.onboarding.phase === 'cleaning-up'
          ? ['Please wait until it is cleaned up, then ask again.']
          : []
      return refused.differences.length === 0
        ? [what, ...wait]
        : [`${what}\nIt was asked with other values:`, differences(refused.differences), ...wait]
    }
    case 'conflict':
      return [
        `This is in place with other values, so nothing was changed: ${renderLine(refused.onboarding, link)}`,
        differences(refused.differences),
        renderWayOut(refused),
      ]
    case 'unfinished':
      return [
        `An earlier try is unfinished: ${renderLine(refused.onboarding, link)}\n${renderUnfinished(refused.onboarding)}, then ask again.`,
      ]
    case 'other-cleanup':
      return [
        'Nothing was done: cleanup.yaml has changed since that button named it. Press Clean up here to see what would be undone now.',
      ]
    case 'settling':
      return [
        `The earlier one is just being finished: ${renderLine(refused.onboarding, link)}\nPlease ask again in a moment.`,
      ]
  }
}

/** What is said of a key whose document was set aside. */
export const damagedText =
  'The record of this is damaged, so nothing was done. It is being put right from what is on the cluster; please try again in a moment. If that does not help, tell the people who run the bot.'

const unsavedText =
  'It could not be recorded, so nothing was done: the bot cannot write to its disk. Please tell the people who run it.'

const partsOf = (outcome: Exclude<Outcome, { done: true }>, link: ThreadLink): readonly Part[] => {
  if (outcome.reason === 'not-saved') return [outcome.error.code === 'damaged' ? damagedText : unsavedText]
  if (outcome.reason !== 'invalid') return refusal(outcome, link)
  return [
    outcome.errors.map(({ field, text }) => [
      verbatim(field, { limit: 100, style: { bold: true } }),
      verbatim(`: ${text}`, { limit: 500 }),
    ]),
  ]
}

/** What a person is told when nothing was done; never empty. `more` stands below it. */
export const renderRefusal = (
  outcome: Exclude<Outcome, { done: true }>,
  link: ThreadLink,
  ...more: readonly string[]
): Message => renderAnswer(...partsOf(outcome, link), ...more)
