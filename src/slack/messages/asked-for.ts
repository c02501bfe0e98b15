import type { KnownBlock } from '@slack/types'

import { longestValues } from '../../onboarding/check-value.ts'
import type { Onboarding } from '../../onboarding/onboarding.ts'
import { visible } from '../../onboarding/visible.ts'
import { verbatim } from './text.ts'

/** As many as a template may have; an older record may have more. */
const shownParameters = 50
/** More steps than these are counted. */
const shownSteps = 50

/** How long each text may be, so that short ones stay whole and the long ones share what is left of the room. */
const fairLimit = (lengths: readonly number[], room: number): number => {
  const [shortest, ...others] = lengths.toSorted((a, b) => a - b)
  const share = Math.floor(room / lengths.length)
  if (shortest === undefined || shortest > share || others.length === 0) return share
  return fairLimit(others, room - shortest)
}

/** The values. */
export const renderParameters = ({ parameters: all }: Onboarding): readonly KnownBlock[] => {
  const shown = all.slice(0, shownParameters)
  if (shown.length === 0) return []
  const more = all.length - shown.length
  const limit = fairLimit(
    shown.map(({ value }) => visible(value).length),
    longestValues,
  )
  const lines = shown.flatMap(({ name, value }, index) => [
    verbatim(`${index === 0 ? '' : '\n'}${name}: `, { style: { bold: true } }),
    verbatim(value === '' ? '(empty)' : value, { limit }),
  ])
  const rest = more > 0 ? [verbatim(`\nand ${more} more`)] : []
  return [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [...lines, ...rest] }] }]
}

/** The steps that an approval starts, by name. */
export const renderPlanned = ({ template }: Onboarding): KnownBlock => ({
  type: 'rich_text',
  elements: [
    { type: 'rich_text_section', elements: [verbatim('What will run', { style: { bold: true } })] },
    {
      type: 'rich_text_list',
      style: 'ordered',
      elements: template.steps.slice(0, shownSteps).map(({ title }) => ({
        type: 'rich_text_section',
        elements: [verbatim(title, { limit: 80 })],
      })),
    },
    ...(template.steps.length > shownSteps
      ? [
          {
            type: 'rich_text_section' as const,
            elements: [verbatim(`and ${template.steps.length - shownSteps} more`)],
          },
        ]
      : []),
  ],
})
