import type { KnownBlock } from '@slack/types'

import { isUntouched } from '../../onboarding/begun.ts'
import { type Onboarding, valueOf } from '../../onboarding/onboarding.ts'
import type { CleanupFile as File } from '../../onboarding/ports/templates.ts'
import { plain, rich, verbatim } from './text.ts'

/** The file that a clean-up would run; undefined where its template is not installed any more. */
export type CleanupFile = Pick<File, 'digest' | 'steps' | 'undoes' | 'caveats'> | undefined

/** What a confirm dialog of Slack takes (characters). */
const longestDialog = 300
/** What the list of a card may take (characters): a message has a limit. */
const longestList = 1_500

/** What is to be known of the values that were asked for. */
const caveatsOf = ({ parameters }: Onboarding, cleanup: CleanupFile): readonly string[] =>
  (cleanup?.caveats ?? [])
    .filter(({ parameter, value, isDefault }) => {
      const asked = valueOf(parameters, parameter)
      return asked === undefined ? isDefault : asked === value
    })
    .map(({ says }) => says)

/**
 * What is undone, by the steps that do it. Those whose work never began are left out, but not where a value makes the
 * clean-up undo more than the onboarding made: that may be the work of any of them.
 */
const titlesOf = (onboarding: Onboarding, cleanup: CleanupFile): readonly string[] => {
  const undoesMore = caveatsOf(onboarding, cleanup).length > 0
  return (cleanup?.steps ?? onboarding.template.cleanupSteps)
    .filter(({ name }) => {
      const undone = cleanup?.undoes?.[name]
      return undoesMore || undone === undefined || !isUntouched(onboarding, undone)
    })
    .map(({ title }) => title)
}

/** As many as fit into the room, joined, with how many more there are. */
const fitting = (
  titles: readonly string[],
  room: number,
  { between, rest }: { between: string; rest: (more: number) => string },
): { text: string; more: number } => {
  for (let count = titles.length; count > 0; count -= 1) {
    const more = titles.length - count
    const text = [...titles.slice(0, count), ...(more === 0 ? [] : [rest(more)])].join(between)
    if (text.length <= room) return { text, more }
  }
  return { text: titles.length === 0 ? '' : rest(titles.length), more: titles.length }
}

const named = (what: string, all: number) => (left: number) =>
  `${left} ${left === all ? what : 'more'}, which the card names`

const dialog = (onboarding: Onboarding, cleanup: CleanupFile): { text: string; more: number } => {
  const { key } = onboarding
  const file = cleanup === undefined ? '' : ` by cleanup.yaml (SHA-256 ${cleanup.digest.slice(0, 12)})`
  const begin = `For ${key.namespace} on ${key.cluster}${file}, `
  const titles = titlesOf(onboarding, cleanup)
  if (titles.length === 0)
    return { text: `${begin}which looks all the same: no step of the onboarding has begun.`, more: 0 }
  const caveats = caveatsOf(onboarding, cleanup)
  const countSteps = named('steps', titles.length)
  const order = 'newest first: '
  const least = begin.length + order.length + countSteps(titles.length).length + 2
  const warned = fitting(caveats, longestDialog - least, {
    between: ' ',
    rest: (left) => `${named('warnings', caveats.length)(left)}.`,
  })
  const end = caveats.length === 0 ? '. What is not there is skipped.' : '.'
  const first = `${warned.text}${warned.text === '' ? '' : ' '}${begin}${order}`
  const { text, more } = fitting(titles, longestDialog - first.length - end.length, {
    between: '; ',
    rest: countSteps,
  })
  return { text: `${first}${text}${end}`, more: more + warned.more }
}

/** Names what clean-up undoes, newest first, and by which file, for the dialog that asks before. */
export const renderUndoing = (onboarding: Onboarding, cleanup: CleanupFile): string =>
  dialog(onboarding, cleanup).text

/** All that clean-up undoes, where the dialog has no room for it. */
export const renderAllUndone = (onboarding: Onboarding, cleanup: CleanupFile): readonly KnownBlock[] => {
  if (dialog(onboarding, cleanup).more === 0) return []
  const steps = titlesOf(onboarding, cleanup).map((title, index) => `${index + 1}. ${plain(title, 80)}`)
  const { text } = fitting([...caveatsOf(onboarding, cleanup), ...steps], longestList, {
    between: '\n',
    rest: (left) => `and ${left} more in cleanup.yaml`,
  })
  const title = verbatim('What Clean up undoes, newest first', { style: { bold: true } })
  return [rich(title, verbatim(`\n${text}`, { limit: longestList + 1 }))]
}
