import type { KnownBlock } from '@slack/types'

import type { Onboarding } from '../../onboarding/onboarding.ts'
import type { WorkflowFile } from '../../onboarding/ports/templates.ts'
import { plain, rich, verbatim } from './text.ts'

/** The file that a clean-up would run; undefined where its template is not installed any more. */
export type CleanupFile = Pick<WorkflowFile, 'digest' | 'steps'> | undefined

/** What a confirm dialog of Slack takes (characters). */
const longestDialog = 300
/** What the list of a card may take (characters): a message has a limit. */
const longestList = 1_500

const titlesOf = ({ template }: Onboarding, cleanup: CleanupFile): readonly string[] =>
  (cleanup?.steps ?? template.cleanupSteps).map(({ title }) => title)

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
  return { text: rest(titles.length), more: titles.length }
}

const dialog = (onboarding: Onboarding, cleanup: CleanupFile): { text: string; more: number } => {
  const { key } = onboarding
  const file = cleanup === undefined ? '' : ` by cleanup.yaml (SHA-256 ${cleanup.digest.slice(0, 12)})`
  const begin = `For ${key.namespace} on ${key.cluster}${file}, newest first: `
  const end = '. What is not there is skipped.'
  const titles = titlesOf(onboarding, cleanup)
  const { text, more } = fitting(titles, longestDialog - begin.length - end.length, {
    between: '; ',
    rest: (left) => `${left} ${left === titles.length ? 'steps' : 'more'}, which the card names`,
  })
  return { text: `${begin}${text}${end}`, more }
}

/** Names what clean-up undoes, newest first, and by which file, for the dialog that asks before. */
export const renderUndoing = (onboarding: Onboarding, cleanup: CleanupFile): string =>
  dialog(onboarding, cleanup).text

/** All that clean-up undoes, where the dialog has no room for it. */
export const renderAllUndone = (onboarding: Onboarding, cleanup: CleanupFile): readonly KnownBlock[] => {
  if (dialog(onboarding, cleanup).more === 0) return []
  const lines = titlesOf(onboarding, cleanup).map((title, index) => `${index + 1}. ${plain(title, 80)}`)
  const { text } = fitting(lines, longestList, {
    between: '\n',
    rest: (left) => `and ${left} more in cleanup.yaml`,
  })
  const title = verbatim('What Clean up undoes, newest first', { style: { bold: true } })
  return [rich(title, verbatim(`\n${text}`, { limit: longestList + 1 }))]
}
