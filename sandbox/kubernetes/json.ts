/** A JSON object as it stands on the wire. */
export interface JsonObject {
  [key: string]: unknown
}

/** Whether `value` is a JSON object (not a list, not null). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object at `key` of `value`, or an empty one. */
export function objectAt(value: unknown, key: string): JsonObject {
  const found = isObject(value) ? value[key] : undefined
  return isObject(found) ? found : {}
}

/** The text at `key` of `value`, or undefined where it is no text. */
export function textAt(value: unknown, key: string): string | undefined {
  const found = isObject(value) ? value[key] : undefined
  return typeof found === 'string' ? found : undefined
}

/** The list at `key` of `value`, or an empty one. */
export function listAt(value: unknown, key: string): unknown[] {
  const found: unknown = isObject(value) ? value[key] : undefined
  return Array.isArray(found) ? found : []
}

/** The texts of an object of texts, such as labels; everything else in it is left out. */
export function textsOf(value: unknown): Record<string, string> {
  if (!isObject(value)) return {}
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** `target` with `patch` merged into it as RFC 7386 says: null removes, objects merge, all else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const merged: JsonObject = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = mergePatch(merged[key], value)
  }
  return merged
}

/** RFC 3339 in UTC and whole seconds, as Kubernetes writes times. */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
