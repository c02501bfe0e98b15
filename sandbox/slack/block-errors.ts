import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/** What a check has to be run with so that its errors can be put into Slack's words. */
export const withInput = { reportInput: true } as const

const typeOf = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'type' in value ? String(value.type) : ''

const sizeWords = (issue: Extract<Issue, { code: 'too_big' | 'too_small' }>): string => {
  const isArray = issue.origin === 'array'
  if (issue.code === 'too_big') {
    const most = Number(issue.maximum)
    return isArray ? `no more than ${most} items allowed` : `must be less than ${most + 1} characters`
  }
  const least = Number(issue.minimum)
  return isArray ? `no less than ${least} items allowed` : `must be more than ${least - 1} characters`
}

const wordsOf = (issue: Issue): { said: string; path: readonly PropertyKey[] } => {
  const { code, path, message } = issue
  if ((code === 'too_big' || code === 'too_small') && issue.origin !== 'number')
    return { said: sizeWords(issue), path }
  if (code === 'unrecognized_keys')
    return { said: `invalid additional property: ${issue.keys.join(', ')}`, path }
  if (code === 'invalid_union') return { said: `unsupported type: ${typeOf(issue.input)}`, path }
  if (code === 'invalid_type' && issue.input === undefined)
    return { said: `missing required field: ${String(path.at(-1))}`, path: path.slice(0, -1) }
  return { said: message, path }
}

/** Slack's words for what is wrong with blocks or a view, each with its place. */
export const errorsOf = (error: z.ZodError, root: string): readonly string[] =>
  error.issues.map((issue) => {
    const { said, path } = wordsOf(issue)
    return `${said} [json-pointer:/${[root, ...path].join('/')}]`
  })
