import type { z } from 'zod'

/** What the library says where a schema has no words of its own. */
const isStandard = (message: string): boolean => /^(?:Invalid|Too |Unrecognized)/.test(message)

const types: Readonly<Record<string, string>> = { object: 'a map', array: 'a list', string: 'a text' }

const isMissing = ({ code, input }: z.core.$ZodIssue): boolean =>
  (code === 'invalid_type' || code === 'invalid_value') && (input === undefined || input === null)

const inWords = (issue: z.core.$ZodIssue): string => {
  if (isMissing(issue)) return 'is missing'
  if (!isStandard(issue.message)) return issue.message
  if (issue.code === 'invalid_type') return `must be ${types[issue.expected] ?? issue.expected}`
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`
  if (issue.code === 'too_big') return `is longer than ${issue.maximum} characters`
  const isEmpty = issue.code === 'too_small' && (issue.input === '' || issue.minimum === 1)
  return isEmpty ? 'is empty' : 'is not as it should be'
}

/**
 * What is wrong with something that was read, each with where it stands, and never with what stands there:
 * `CLUSTER is empty; users.0.user.exec is not allowed`. It has to be read with `reportInput`.
 */
export const whatIsWrong = ({ issues }: z.ZodError): string => {
  const said = new Map<string, string>()
  for (const issue of issues) {
    const where = issue.path.join('.') || 'it'
    // What is empty also breaks every other rule for it.
    if (!said.has(where)) said.set(where, `${where} ${inWords(issue)}`)
  }
  return [...said.values()].join('; ')
}
