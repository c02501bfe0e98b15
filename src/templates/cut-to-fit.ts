import type { z } from 'zod'

import type { YamlPath } from './yaml-source.ts'

/** What is left of a value when all that does not fit its schema is cut out of it. */
export interface Fitting<Value> {
  readonly value: Value
  /** Where something that is left stood before. */
  readonly pathOf: (path: YamlPath) => YamlPath
  /** Whether no map was cut out: one may have held a name that something left refers to. */
  readonly isWhole: boolean
}

type Container = Record<PropertyKey, unknown>

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null

const holdsMap = (value: unknown): boolean =>
  isContainer(value) && (!Array.isArray(value) || value.some(holdsMap))

/** The paths of what is wrong; of a choice, in the way of writing it that fits best. */
const wrongPaths = (issues: readonly z.core.$ZodIssue[]): readonly YamlPath[] =>
  issues.flatMap((issue) => {
    const taken =
      issue.code === 'invalid_union'
        ? issue.errors.find((inner) => inner.length > 0 && inner.every(({ path }) => path.length > 0))
        : undefined
    return taken === undefined ? [issue.path] : wrongPaths(taken).map((path) => [...issue.path, ...path])
  })

const valueAt = (root: unknown, path: YamlPath): unknown =>
  path.reduce<unknown>(
    (value, part) => (isContainer(value) && Object.hasOwn(value, part) ? value[part] : undefined),
    root,
  )

/** The nearest thing around a path that is there; a name that is missing makes what lacks it wrong. */
const nearest = (root: unknown, path: YamlPath): YamlPath =>
  path.length === 0 || valueAt(root, path) !== undefined ? path : nearest(root, path.slice(0, -1))

/** Puts what stands last first, and what stands in something before that, so that no cut moves what is still to be cut. */
const fromTheEnd = (one: YamlPath, other: YamlPath): number => {
  const at = one.findIndex((part, index) => part !== other[index])
  if (at < 0) return other.length - one.length
  const [a, b] = [one[at], other[at]]
  if (typeof a === 'number' && typeof b === 'number') return b - a
  return b === undefined || String(a) > String(b) ? -1 : 1
}

/** Cuts out a value and gives it; `places` remembers where the elements of a list stood before. */
const cut = (root: unknown, path: YamlPath, places: Map<unknown, number[]>): unknown => {
  const parent = valueAt(root, path.slice(0, -1))
  const name = path.at(-1)
  if (!isContainer(parent) || name === undefined || !Object.hasOwn(parent, name)) return undefined
  const value = parent[name]
  if (Array.isArray(parent)) {
    const index = Number(name)
    places.set(parent, (places.get(parent) ?? [...parent.keys()]).toSpliced(index, 1))
    parent.splice(index, 1)
  } else delete parent[name]
  return value
}

/** Cuts out of a value what does not fit; undefined where that is the value itself. */
export const cutToFit = <Schema extends z.ZodType>(
  schema: Schema,
  draft: unknown,
): Fitting<z.output<Schema>> | undefined => {
  const root: unknown = structuredClone(draft)
  const places = new Map<unknown, number[]>()
  const pathOf = (path: YamlPath): YamlPath =>
    path.map((part, at) => places.get(valueAt(root, path.slice(0, at)))?.[Number(part)] ?? part)
  let isWhole = true
  for (;;) {
    const { data, success, error } = schema.safeParse(root)
    if (success) return { value: data, pathOf, isWhole }
    const paths = wrongPaths(error.issues).map((path) => nearest(root, path))
    const distinct = [...new Map(paths.map((path) => [JSON.stringify(path), path])).values()]
    if (distinct.some((path) => path.length === 0)) return undefined
    const lost = distinct.toSorted(fromTheEnd).map((path) => cut(root, path, places))
    isWhole = isWhole && !lost.some(holdsMap)
  }
}
