import { isObject } from '../kubernetes/json.ts'
import type { JsonObject } from '../kubernetes/json.ts'

type Keep = (path: string) => boolean

function filterBy(value: unknown, path: string, isKept: Keep): unknown {
  if (Array.isArray(value)) return value.map((item) => filterBy(item, path, isKept))
  if (!isObject(value)) return value
  const kept: JsonObject = {}
  for (const [key, inner] of Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const at = path === '' ? key : `${path}.${key}`
    if (isKept(at)) kept[key] = filterBy(inner, at, isKept)
  }
  return kept
}

/**
 * `value` cut down as the `fields` parameter says: a list of paths to keep, or, after one leading minus, to drop.
 * Lists are transparent, and keys come back sorted, as argo-server's re-encoding leaves them.
 */
export function filterFields(value: unknown, fields: string): unknown {
  if (fields === '') return value
  const isExclusion = fields.startsWith('-')
  const paths = (isExclusion ? fields.slice(1) : fields).split(',')
  const isKept: Keep = isExclusion
    ? (at) => !paths.includes(at)
    : (at) => paths.some((path) => at === path || at.startsWith(`${path}.`) || path.startsWith(`${at}.`))
  return filterBy(value, '', isKept)
}

/** The same for a unary answer: there, struct-valued fields print even when they were dropped. */
export function filterWorkflow(value: unknown, fields: string): unknown {
  const filtered = filterFields(value, fields)
  if (fields === '' || !isObject(filtered)) return filtered
  const { metadata = {}, spec, status } = filtered
  return {
    metadata,
    spec: isObject(spec) ? { arguments: {}, ...spec } : { arguments: {} },
    status: { startedAt: null, finishedAt: null, ...(isObject(status) ? status : {}) },
  }
}
