import { z } from 'zod'

import { cureForName } from '../nearest-name.ts'
import { looksSecret } from './looks-secret.ts'
import type { Finding, YamlPath, YamlSource } from './yaml-source.ts'

/** What to write where something is not there at all. */
export const missing = (
  cure: string,
): { error: (issue: { readonly input?: unknown }) => string | undefined } => ({
  error: ({ input }) => (input === undefined ? `is missing; ${cure}` : undefined),
})

/**
 * An object that takes these names and no others; what was probably meant is in the message, a line for each name.
 * `cure` says what to write where it is missing.
 */
export const strict = <Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  cure?: string,
): z.ZodObject<Shape, z.core.$strict> =>
  z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys')
        return issue.keys.map((key) => cureForName(key, Object.keys(shape))).join('\n')
      return issue.input === undefined && cure !== undefined ? `is missing; ${cure}` : undefined
    },
  })

/** A map whose names follow a rule of their own; a wrong name hides nothing of what stands below it, as zod's own would. */
export const named = <Value extends z.ZodType>(
  name: z.ZodType<string>,
  value: Value,
  error: Parameters<typeof z.record>[2],
): z.ZodRecord<z.ZodString, Value> =>
  z.record(z.string(), value, error).superRefine(
    (all, context) => {
      for (const key of Object.keys(all)) {
        const { issues } = name.safeParse(key).error ?? {}
        if (issues === undefined) continue
        context.addIssue({ code: 'invalid_key', origin: 'record', issues, path: [key], input: key })
      }
    },
    { when: ({ value: all }) => typeof all === 'object' && all !== null && !Array.isArray(all) },
  )

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

const shown = (input: unknown): string => {
  if (input === null || input === undefined) return 'nothing'
  if (Array.isArray(input)) return 'a list'
  if (typeof input === 'object') return 'a map'
  if (typeof input === 'number' || typeof input === 'boolean') return String(input)
  if (typeof input !== 'string' || looksSecret(input)) return 'something else'
  return `"${input.length > 60 ? `${input.slice(0, 60)}…` : input}"`
}

const quoted = (values: readonly unknown[]): string => values.map((value) => shown(value)).join(' or ')

type Words = Pick<Finding, 'what' | 'cure'>

/** A message of ours says what is wrong, and after a semicolon what to do; zod's own messages have none. */
const ownWords = ({ message, code, input }: z.core.$ZodIssue): Words | undefined => {
  const [what = '', cure] = message.split('; ', 2)
  if (cure === undefined) return undefined
  if (input === undefined && (code === 'invalid_type' || code === 'invalid_union'))
    return { what: 'is missing', cure }
  const isNamed = code === 'invalid_type' || code === 'invalid_format'
  return { what: isNamed ? `${what}, not ${shown(input)}` : what, cure }
}

const wordsForType = (expected: string, input: unknown): Words => {
  const kind = kinds[expected] ?? expected
  const general = cures[expected] ?? `write ${kind}`
  if (input === undefined) return { what: 'is missing', cure: general }
  const isScalar = typeof input === 'number' || typeof input === 'boolean'
  const cure = expected === 'string' && isScalar ? `put ${String(input)} in quotes` : general
  return { what: `has to be ${kind}, not ${shown(input)}`, cure }
}

const wordsForSize = (issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): Words => {
  const unit = units[issue.origin]
  if (issue.code === 'too_small' && unit !== undefined && Number(issue.minimum) === 1)
    return { what: 'is empty', cure: 'fill it in' }
  return issue.code === 'too_small'
    ? { what: `has to be at least ${issue.minimum}${unit ?? ''}`, cure: 'make it larger' }
    : { what: `has to be at most ${issue.maximum}${unit ?? ''}`, cure: 'make it smaller' }
}

const words = (issue: z.core.$ZodIssue): Words => {
  const { input } = issue
  const own = ownWords(issue)
  if (own !== undefined) return own
  switch (issue.code) {
    case 'invalid_type':
      return wordsForType(issue.expected, input)
    case 'invalid_value':
      if (input === undefined) return { what: 'is missing', cure: `write ${quoted(issue.values)}` }
      return {
        what: `cannot be ${shown(input)}`,
        cure:
          typeof input === 'string'
            ? cureForName(input, issue.values.map(String))
            : `write ${quoted(issue.values)}`,
      }
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

const findingsOf = (issue: z.core.$ZodIssue, source: YamlSource): readonly Finding[] => {
  const at = (path: YamlPath): Pick<Finding, 'line' | 'path'> => ({ path, line: source.lineOf(path) })
  if (issue.code === 'unrecognized_keys') {
    const cures = issue.message.split('\n')
    return issue.keys.map((key, index) => ({
      ...at([...issue.path, key]),
      what: 'unknown name',
      cure: cures[index] ?? 'take it out',
    }))
  }
  if (issue.code === 'invalid_key') {
    const name = shown(issue.path.at(-1))
    return issue.issues.map(({ message }) => {
      const [what = '', cure = 'change it'] = message.split('; ', 2)
      return { ...at(issue.path), what: `the name ${name} ${what}`, cure }
    })
  }
  return [{ ...at(issue.path), ...words(issue) }]
}

/** What the schema makes of the text, or everything that is wrong with it. */
export const parseSource = <Schema extends z.ZodType>(
  schema: Schema,
  source: YamlSource,
): { readonly value?: z.output<Schema>; readonly findings: readonly Finding[] } => {
  const { draft, findings } = source
  if (findings.length > 0 && draft === undefined) return { findings }
  const parsed = schema.safeParse(draft, { reportInput: true })
  if (!parsed.success)
    return { findings: [...findings, ...parsed.error.issues.flatMap((issue) => findingsOf(issue, source))] }
  return findings.length > 0 ? { findings } : { value: parsed.data, findings }
}

/** A path as people write it: `clusters.prod.templates[0]`. */
export const pathText = (path: YamlPath): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? String(part) : `${text}.${String(part)}`
  }, '')
