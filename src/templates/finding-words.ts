import type { z } from 'zod'

import { cureForName } from '../nearest-name.ts'
import { looksSecret } from './looks-secret.ts'
import type { Finding } from './yaml-source.ts'

/** What is wrong, and what to do. */
export type Words = Pick<Finding, 'what' | 'cure'>

export const isMissing = 'is missing'

const kinds: Readonly<Record<string, string>> = {
  object: 'a map of names and values',
  record: 'a map of names and values',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
}

const cures: Readonly<Record<string, string>> = {
  object: 'write lines of "name: value"',
  record: 'write lines of "name: value"',
  array: 'write [a, b], or a line "- a" for each entry',
  string: 'write it as text after a colon',
  number: 'write a number such as 1',
  int: 'write a whole number such as 1',
  boolean: 'write true or false',
}

const units: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' }

/** A value as people read it; `written` is the text that it stands for, such as 007. */
export const shown = (input: unknown, written?: string): string => {
  if (input === null || input === undefined) return 'nothing'
  if (Array.isArray(input)) return 'a list'
  if (typeof input === 'object') return 'a map'
  if (typeof input === 'number' || typeof input === 'boolean') return written ?? String(input)
  if (typeof input !== 'string' || looksSecret(input)) return 'something else'
  return `"${input.length > 60 ? `${input.slice(0, 60)}…` : input}"`
}

const quoted = (values: readonly unknown[]): string => values.map((value) => shown(value)).join(' or ')

/** The codes of issues with a single value. */
const valueCodes = new Set(['invalid_type', 'invalid_format', 'invalid_value'])

/** A message of ours says what is wrong, and after a semicolon what to do; zod's own messages have none. */
const ownWords = ({ message, code, input }: z.core.$ZodIssue, written?: string): Words | undefined => {
  const [what = '', cure] = message.split('; ', 2)
  if (cure === undefined) return undefined
  if (input === undefined && code !== 'custom') return { what: isMissing, cure }
  const isMap = typeof input === 'object' && input !== null && !Array.isArray(input)
  // What is wrong with a map as a whole is not that it is one.
  const isNamed = valueCodes.has(code) || (code === 'invalid_union' && !isMap)
  return { what: isNamed ? `${what}, not ${shown(input, written)}` : what, cure }
}

const wordsForType = (expected: string, input: unknown, written?: string): Words => {
  const kind = kinds[expected] ?? expected
  const general = cures[expected] ?? `write ${kind}`
  if (input === undefined) return { what: isMissing, cure: general }
  const isScalar = typeof input === 'number' || typeof input === 'boolean'
  const cure = expected === 'string' && isScalar ? `put ${shown(input, written)} in quotes` : general
  return { what: `has to be ${kind}, not ${shown(input, written)}`, cure }
}

const wordsForSize = (issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): Words => {
  const unit = units[issue.origin]
  if (issue.code === 'too_small' && unit !== undefined && Number(issue.minimum) === 1)
    return { what: 'is empty', cure: 'fill it in' }
  return issue.code === 'too_small'
    ? { what: `has to be at least ${issue.minimum}${unit ?? ''}`, cure: 'make it larger' }
    : { what: `has to be at most ${issue.maximum}${unit ?? ''}`, cure: 'make it smaller' }
}

const wordsForChoice = ({ values, input }: z.core.$ZodIssueInvalidValue, written?: string): Words => {
  const all = `write ${quoted(values)}`
  if (input === undefined) return { what: isMissing, cure: all }
  const cure = typeof input === 'string' ? cureForName(input, values.map(String)) : all
  return { what: `cannot be ${shown(input, written)}`, cure }
}

/** What is said of an issue. */
export const words = (issue: z.core.$ZodIssue, written?: string): Words => {
  const own = ownWords(issue, written)
  if (own !== undefined) return own
  switch (issue.code) {
    case 'invalid_type':
      return wordsForType(issue.expected, issue.input, written)
    case 'invalid_value':
      return wordsForChoice(issue, written)
    case 'too_small':
    case 'too_big':
      return wordsForSize(issue)
    case 'custom':
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_element':
    case 'invalid_union':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return { what: issue.message, cure: 'change it' }
  }
}
