import type { RichTextText } from '@slack/types'

import type { Message } from './card.ts'
import { cut, escape, literal, quote, section } from './text.ts'

/** Lines that hold what people typed: nothing of them is parsed. */
export type TypedLines = readonly (readonly RichTextText[])[]

/** What an answer is made of: mrkdwn of ours, and between it what people typed or a program said. */
export type Part = string | TypedLines | { readonly quoted: string }

/** Slack's own limit for a text (characters), less what an escape may add at its end. */
const longestText = 2_900

/** What a quotation may take (characters). */
const longestQuote = 600

const textOf = (part: Part): string => {
  if (typeof part === 'string') return part
  if ('quoted' in part) return `> ${literal(part.quoted, longestQuote)}`
  return part.map((line) => `• ${escape(line.map(({ text }) => text).join(''))}`).join('\n')
}

const blockOf = (part: Part): Message['blocks'][number] => {
  if (typeof part === 'string') return section(part)
  if ('quoted' in part) return quote(part.quoted, longestQuote)
  return {
    type: 'rich_text',
    elements: [
      {
        type: 'rich_text_list',
        style: 'bullet',
        elements: part.map((line) => ({ type: 'rich_text_section', elements: [...line] })),
      },
    ],
  }
}

/** A private answer of these parts, one below the other. */
export const renderAnswer = (...parts: readonly Part[]): Message => ({
  text: cut(parts.map(textOf).join('\n'), longestText),
  blocks: parts.map(blockOf),
})
