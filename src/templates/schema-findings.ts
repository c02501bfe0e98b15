import { z } from 'zod'

import { cureForName, meantName } from '../nearest-name.ts'
import { isMissing, shown, words } from './finding-words.ts'
import type { Finding, YamlPath, YamlSource } from './yaml-source.ts'

/** What to write where something is not there at all. */
export const missing = (
  cure: string,
): { error: (issue: { readonly input?: unknown }) => string | undefined } => ({
  error: ({ input }) => (input === undefined ? `is missing; ${cure}` : undefined),
})

/** What a finding about unknown names needs to know; zod's issue tells only which they are. */
const known = z.object({ names: z.array(z.string()), others: z.array(z.string()) })

/**
 * An object that takes these names and no others. `cure` says what to write where it is missing; `others` are the
 * names of other ways to write the same, which do not go with these.
 */
export const strict = <Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  cure?: string,
  others: readonly string[] = [],
): z.ZodObject<Shape, z.core.$strict> =>
  z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') return JSON.stringify({ names: Object.keys(shape), others })
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

const unknown = 'unknown name'
const contradicts = 'does not go with'

type Issue = z.core.$ZodIssue
type Unknown = z.core.$ZodIssueUnrecognizedKeys

const isAt = (one: YamlPath, other: YamlPath): boolean =>
  one.length === other.length && one.every((part, index) => part === other[index])

/** Leaves out what is missing only because its name is misspelt, which is named already. */
export const withoutMeant = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(
    ({ what, path }) =>
      what !== isMissing ||
      !findings.some((one) => one.meant !== undefined && isAt([...one.path.slice(0, -1), one.meant], path)),
  )

const keysOf = (input: unknown): readonly string[] =>
  typeof input === 'object' && input !== null && !Array.isArray(input) ? Object.keys(input) : []

const knownTo = ({ message }: Unknown): z.output<typeof known> => known.parse(JSON.parse(message))

const unknownNames = (issue: Unknown, source: YamlSource): readonly Finding[] => {
  const { names, others } = knownTo(issue)
  const given = keysOf(issue.input).filter((name) => names.includes(name))
  return issue.keys.map((key) => {
    const path = [...issue.path, key]
    const at = { path, line: source.lineOf(path) }
    return others.includes(key)
      ? { ...at, what: `${contradicts} ${given.join(' and ')}`, cure: 'take out one or the other' }
      : { ...at, what: unknown, cure: cureForName(key, names), meant: meantName(key, names) }
  })
}

/** Whether this one of several ways to write a value is the one that was taken: of a map, by its names. */
const isTaken = (issues: readonly Issue[], input: unknown): boolean => {
  const own = issues.filter(({ path }) => path.length === 0)
  const strange = own.flatMap((issue) => (issue.code === 'unrecognized_keys' ? [issue] : []))
  if (strange.length < own.length) return false
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return true
  const isKnown = (name: string): boolean =>
    strange.every(
      (issue) => !issue.keys.includes(name) || meantName(name, knownTo(issue).names) !== undefined,
    )
  return keysOf(input).some(isKnown)
}

/** Whether a finding only says that a name belongs to another way of writing a value. */
const isOfAnother = ({ what, meant }: Finding): boolean =>
  what.startsWith(contradicts) || (what === unknown && meant === undefined)

/** What is wrong with a value that can be written in several ways: that of the way which was taken, where it is one. */
const ofUnion = (issue: z.core.$ZodIssueInvalidUnion, source: YamlSource): readonly Finding[] => {
  const { input, path } = issue
  const taken = issue.errors
    .filter((issues) => isTaken(issues, input))
    .map((issues) =>
      withoutMeant(issues.flatMap((one) => findingsOf({ ...one, path: [...path, ...one.path] }, source))),
    )
  const isOpen = (one: Finding): boolean => one.what === isMissing && one.path.length === path.length + 1
  const whole = taken.filter((findings) => !findings.some(isOpen))
  const [only = [], ...others] = whole.length > 0 ? whole : taken
  if (taken.length > 0 && others.length === 0) return only
  const { what, cure } = words(issue, source.placeAt(path)?.text)
  const names = taken.length > 0 ? [] : keysOf(input).map((name) => shown(name))
  const has = names.length > 0 ? `, and has ${names.join(', ')}` : ''
  return [
    { path, line: source.lineOf(path), what: `${what}${has}`, cure },
    ...[only, ...others].flat().filter((one) => !isOpen(one) && !isOfAnother(one)),
  ]
}

const findingsOf = (issue: Issue, source: YamlSource): readonly Finding[] => {
  const { path } = issue
  if (issue.code === 'unrecognized_keys') return unknownNames(issue, source)
  if (issue.code === 'invalid_union' && issue.input !== undefined) return ofUnion(issue, source)
  const line = source.lineOf(path)
  if (issue.code === 'invalid_key') {
    const name = shown(path.at(-1))
    return issue.issues.map(({ message }) => {
      const [what = '', cure = 'change it'] = message.split('; ', 2)
      return { path, line, what: `the name ${name} ${what}`, cure }
    })
  }
  return [{ path, line, ...words(issue, source.placeAt(path)?.text) }]
}

/** What the schema makes of the text, or everything that is wrong with it. */
export const parseSource = <Schema extends z.ZodType>(
  schema: Schema,
  source: YamlSource,
): { readonly value?: z.output<Schema>; readonly findings: readonly Finding[] } => {
  const { draft, findings } = source
  if (findings.length > 0 && draft === undefined) return { findings }
  const parsed = schema.safeParse(draft, { reportInput: true })
  if (parsed.success) return findings.length > 0 ? { findings } : { value: parsed.data, findings }
  const found = parsed.error.issues.flatMap((issue) => findingsOf(issue, source))
  // What is named for a name that JavaScript would lose is not empty.
  const isLost = ({ what, path }: Finding): boolean =>
    what === 'is empty' && source.placeAt([...path, '__proto__']) !== undefined
  return { findings: [...findings, ...withoutMeant(found).filter((one) => !isLost(one))] }
}

/** A path as people write it: `clusters.prod.templates[0]`. */
export const pathText = (path: YamlPath): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? String(part) : `${text}.${String(part)}`
  }, '')
