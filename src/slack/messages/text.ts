import type {
  RichTextBlock,
  RichTextElement,
  RichTextSection,
  RichTextText,
  SectionBlock,
} from '@slack/types'

import type { Rule } from '../../onboarding/policy.ts'
import { visible } from '../../onboarding/visible.ts'

/** Escapes what mrkdwn would parse; measured limits hold for the escaped text. */
export const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** At most `limit` characters, cut between code points. */
export const cut = (text: string, limit: number): string => {
  if (text.length <= limit) return text
  let shorter = ''
  for (const character of text) {
    if (shorter.length + character.length > limit - 1) break
    shorter += character
  }
  return `${shorter}…`
}

/** Text from people for places that never parse it. */
export const plain = (text: string, limit: number): string => cut(visible(text), limit)

/** Ids of people, groups and channels as Slack's payloads give them; nothing else becomes a mention. */
const idShape = /^[UWSCGD][A-Z0-9]+$/

// What mrkdwn makes bold, code, an emoji and the like of; inside a word it leaves them.
const markup = /`|(?<![a-z0-9])[*_~]|[*_~](?![a-z0-9])|:[\w+-]+:/i

/** One line of a template or a program within mrkdwn of ours, shown as it is: as code where it would be parsed. */
export const literal = (text: string, limit: number): string => {
  const line = plain(text, limit).replaceAll(/\s+/g, ' ')
  return markup.test(line) ? `\`${escape(line.replaceAll('`', "'"))}\`` : escape(line)
}

/** A person as a mention; `bot` is the bot itself. */
export const person = (id: string): string => (idShape.test(id) ? `<@${id}>` : 'the bot')

/** A subject of the policy as people read it. */
export const subject = (id: string): string => {
  if (id === 'requester') return 'the requester'
  if (id === 'approvers') return 'the approvers'
  if (!idShape.test(id)) return escape(id)
  if (id.startsWith('S')) return `<!subteam^${id}>`
  return id.startsWith('C') || id.startsWith('G') ? `the members of <#${id}>` : `<@${id}>`
}

/** All whom a rule means, as people read them; empty where it means nobody. */
export const subjects = ({ allow, deny }: Rule): string => {
  const named = allow.map(subject).join(', ')
  return named === '' || deny.length === 0 ? named : `${named}, but not ${deny.map(subject).join(', ')}`
}

const utc = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** A time (milliseconds since 1970) that every reader sees in their own zone. */
export const date = (at: number): string =>
  `<!date^${Math.floor(at / 1000)}^{date_short_pretty} at {time}|${utc(at)}>`

/** A clock time for places that cannot show dates per reader. */
export const clockTime = (at: number): string => `${new Date(at).toISOString().slice(11, 19)} UTC`

/** A span of time, rounded as people say it. */
export const span = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** One element of rich text: shown as it is, never parsed. */
export const verbatim = (
  text: string,
  { limit = 1_000, style }: { limit?: number; style?: { bold?: boolean; code?: boolean } } = {},
): RichTextText => ({
  type: 'text',
  // An empty text element is refused.
  text: plain(text, limit) || ' ',
  ...(style !== undefined && { style }),
})

const richLine = (...elements: RichTextElement[]): RichTextSection => ({
  type: 'rich_text_section',
  elements,
})

/** A rich text of one line. */
export const rich = (...elements: RichTextElement[]): RichTextBlock => ({
  type: 'rich_text',
  elements: [richLine(...elements)],
})

/** A quoted text from people or programs. */
export const quote = (text: string, limit: number): RichTextBlock => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_quote', elements: [verbatim(text, { limit })] }],
})

/** A block of program output. */
export const preformatted = (lines: readonly string[], limit: number): RichTextBlock => ({
  type: 'rich_text',
  elements: [
    {
      type: 'rich_text_preformatted',
      elements: [{ type: 'text', text: plain(lines.join('\n'), limit) || ' ' }],
    },
  ],
})

/** A paragraph of mrkdwn that we made; an empty one is refused by Slack. */
export const section = (text: string): SectionBlock => ({
  type: 'section',
  text: { type: 'mrkdwn', text: cut(text, 3_000) || ' ' },
})
