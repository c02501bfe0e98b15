import { styleText } from 'node:util'

import type { Finding, Outcome } from './check.ts'

/** Gives the lines for a finding, and those at the end. */
export interface Renderer {
  readonly finding: (finding: Finding) => string
  readonly end: (findings: readonly Finding[]) => string
}

const colours = { ok: 'green', warning: 'yellow', wrong: 'red', skipped: 'dim' } as const
const outcomes: readonly Outcome[] = ['ok', 'warning', 'wrong', 'skipped']
const width = 9

// What a server says is shown to a terminal: nothing in it may steer that.
const plain = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ').trim()

const indented = (cure: string): string => {
  const [first = '', ...rest] = cure.split('\n').map(plain)
  const margin = ' '.repeat(width + 2)
  return [`${margin}cure: ${first}\n`, ...rest.map((line) => `${margin}      ${line}\n`)].join('')
}

/** For people: grouped by area, one line for each check, and below it what cures it. */
export const createTextRenderer = (isColoured: boolean): Renderer => {
  const word = (outcome: Outcome): string => {
    const text = outcome.padEnd(width)
    return isColoured ? styleText(colours[outcome], text, { validateStream: false }) : text
  }
  let last: string | undefined
  return {
    finding: ({ area, outcome, title, says, cure }) => {
      const heading = area === last ? '' : `${last === undefined ? '' : '\n'}${area}\n`
      last = area
      const line = `  ${word(outcome)}${title}: ${plain(says)}\n`
      return `${heading}${line}${cure === undefined ? '' : indented(cure)}`
    },
    end: (findings) => {
      const counts = outcomes.flatMap((outcome) => {
        const count = findings.filter((finding) => finding.outcome === outcome).length
        return count === 0 ? [] : [`${count} ${outcome}`]
      })
      return `\n${counts.join(', ')}\n`
    },
  }
}

/** For programs: one JSON object a line. */
export const jsonRenderer: Renderer = {
  finding: ({ id, area, title, outcome, says, cure }) =>
    `${JSON.stringify({ id, area, title, outcome, says, ...(cure !== undefined && { cure }) })}\n`,
  end: () => '',
}
