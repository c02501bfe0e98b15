import { cureForName, nearestName } from '../nearest-name.ts'
import { type Fields, workflowFields } from './argo-fields.ts'
import type { Finding, YamlPath, YamlSource } from './yaml-source.ts'

type Found = Omit<Finding, 'line'>

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

// What is like no name may be one of a newer Argo.
const misspelt = (value: unknown, fields: Fields, path: YamlPath): readonly Found[] => {
  if (Array.isArray(value)) return value.flatMap((one, index) => misspelt(one, fields, [...path, index]))
  if (!isMap(value)) return []
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = [...path, name]
    if (Object.hasOwn(fields, name)) {
      const known = fields[name] ?? undefined
      return known === undefined ? [] : misspelt(inner, known, at)
    }
    const meant = nearestName(name, Object.keys(fields))
    const what = 'Argo does not know this name, and would drop it without a word'
    return meant === undefined ? [] : [{ path: at, what, cure: `did you mean "${meant}"?`, meant }]
  })
}

const own = 'onboard-bot.dev'
const argos = { prefix: 'workflows.argoproj.io', names: ['title', 'description'] }

const annotationsOf = (value: unknown): readonly string[] => {
  const metadata = isMap(value) ? value['metadata'] : undefined
  const annotations = isMap(metadata) ? metadata['annotations'] : undefined
  return isMap(annotations) ? Object.keys(annotations) : []
}

/** What was probably meant; undefined for what is right, or somebody else's. */
const cureFor = (annotation: string, known: readonly string[]): string | undefined => {
  const [prefix = '', name = ''] = annotation.split('/')
  if (prefix === argos.prefix) {
    const meant = argos.names.includes(name) ? undefined : nearestName(name, argos.names)
    return meant && `did you mean "${prefix}/${meant}"?`
  }
  if (prefix === own) return known.includes(name) ? undefined : cureForName(name, known)
  return known.includes(name) && nearestName(prefix, [own]) !== undefined
    ? `did you mean "${own}/${name}"?`
    : undefined
}

const strange = (value: unknown, known: readonly string[]): readonly Found[] =>
  annotationsOf(value).flatMap((annotation) => {
    const cure = cureFor(annotation, known)
    const path = ['metadata', 'annotations', annotation]
    return cure === undefined ? [] : [{ path, what: 'this annotation means nothing here', cure }]
  })

/** The names in a workflow file that would be lost: annotations of ours that are none of those known, and fields like one of Argo's. */
export const checkNames = (
  { draft, lineOf }: Pick<YamlSource, 'draft' | 'lineOf'>,
  known: readonly string[],
): readonly Finding[] =>
  [...strange(draft, known), ...misspelt(draft, workflowFields, [])].map((found) => ({
    ...found,
    line: lineOf(found.path),
  }))
