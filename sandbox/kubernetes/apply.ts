import { isDeepStrictEqual } from 'node:util'

import { isObject, listAt, objectAt, textAt } from './json.ts'
import type { JsonObject } from './json.ts'
import type { StoredObject } from './objects.ts'
import { applyPatch } from './patch.ts'
import { KubernetesError } from './status.ts'

interface Applying {
  readonly body: JsonObject
  readonly manager: string
  readonly isForced: boolean
}

/** What server-side apply makes of an object; `isSame` where nothing changes, and then nothing is stored. */
export interface Applied {
  readonly object: JsonObject
  /** The fields of the one who applies, as `managedFields` keeps them. */
  readonly fields: JsonObject
  readonly isSame: boolean
}

// Lists are owned as a whole: those of the kinds here that merge by a key are not applied by two managers.
const fieldsOf = (value: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [`f:${key}`, isObject(inner) ? fieldsOf(inner) : {}]),
  )

const ownFieldsOf = ({ kind: _kind, apiVersion: _version, metadata, ...rest }: JsonObject): JsonObject => {
  const { labels, annotations } = objectAt({ metadata }, 'metadata')
  const named = { ...(isObject(labels) && { labels }), ...(isObject(annotations) && { annotations }) }
  return fieldsOf({ ...(Object.keys(named).length > 0 && { metadata: named }), ...rest })
}

const leavesOf = (fields: JsonObject, path: readonly string[] = []): string[][] =>
  Object.entries(fields).flatMap(([key, inner]) => {
    const at = [...path, key.slice('f:'.length)]
    const isLeaf = !isObject(inner) || Object.keys(inner).length === 0
    return isLeaf ? [at] : leavesOf(inner, at)
  })

const valueAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value)

const without = (value: JsonObject, [first = '', ...rest]: readonly string[]): JsonObject => {
  const { [first]: inner, ...others } = value
  if (rest.length === 0 || !isObject(inner)) return others
  const left = without(inner, rest)
  return Object.keys(left).length === 0 ? others : { ...others, [first]: left }
}

const managedBy = (before: StoredObject, matches: (entry: unknown) => boolean): string[][] =>
  listAt(before.metadata, 'managedFields')
    .filter(matches)
    .flatMap((entry) => leavesOf(objectAt(entry, 'fieldsV1')))

const has = (paths: readonly string[][], path: readonly string[]): boolean =>
  paths.some((other) => isDeepStrictEqual(other, path))

const comparable = ({ metadata, ...rest }: JsonObject): JsonObject => {
  const { managedFields: _fields, resourceVersion: _version, ...kept } = objectAt({ metadata }, 'metadata')
  return { ...rest, metadata: kept }
}

function refuseConflicts(before: StoredObject, object: JsonObject, mine: readonly string[][]): void {
  const isOther = (entry: unknown): boolean => textAt(entry, 'operation') !== 'Apply'
  const taken = managedBy(before, isOther).filter(
    (path) => has(mine, path) && !isDeepStrictEqual(valueAt(before, path), valueAt(object, path)),
  )
  if (taken.length === 0) return
  const fields = taken.map((path) => `.${path.join('.')}`).join(', ')
  throw new KubernetesError(409, 'Conflict', `Apply failed with 1 conflict: conflict: ${fields}`, {})
}

/** Merges what is applied into what is there, takes away what the manager applied before and no longer names. */
export function applyObject(before: StoredObject, { body, manager, isForced }: Applying): Applied {
  const fields = ownFieldsOf(body)
  const mine = leavesOf(fields)
  const isMine = (entry: unknown): boolean =>
    textAt(entry, 'manager') === manager && textAt(entry, 'operation') === 'Apply'
  const earlier = managedBy(before, isMine)
  const others = managedBy(before, (entry) => !isMine(entry))
  const { resourceVersion: _version, ...metadata } = before.metadata
  const merged = applyPatch({ ...before, metadata }, body, 'application/apply-patch+yaml')
  if (!isForced) refuseConflicts(before, merged, mine)
  const object = earlier
    .filter((path) => !has(mine, path) && !has(others, path))
    .reduce<JsonObject>((left, path) => without(left, path), merged)
  const isSame =
    earlier.length === mine.length &&
    earlier.every((path) => has(mine, path)) &&
    isDeepStrictEqual(comparable(object), comparable({ ...before }))
  return { object, fields, isSame }
}
