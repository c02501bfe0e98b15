import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'

import type { Clock } from '../../src/clock.ts'
import { listAt, objectAt, textAt, textsOf, timeText } from './json.ts'
import type { JsonObject } from './json.ts'
import { parseLabelSelector } from './labels.ts'
import { alreadyExists, conflict, invalid, notFound } from './status.ts'

/** One stored object: what Kubernetes gives every object, and the rest as it came. */
export interface StoredObject {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid: string
    readonly resourceVersion: string
    readonly creationTimestamp: string
    readonly labels?: Record<string, string>
    readonly annotations?: Record<string, string>
    readonly ownerReferences?: readonly unknown[]
    readonly managedFields?: readonly unknown[]
    readonly deletionTimestamp?: string
  }
  readonly [key: string]: unknown
}

/** Where an object stands: `namespace` is empty for cluster-wide kinds. */
export interface ObjectKey {
  readonly resource: string
  readonly namespace: string
  readonly name: string
}

/** Who writes: a name, or who applies and which fields (then `managedFields` keeps them). */
type Writer = string | { readonly manager: string; readonly fields: JsonObject }

export interface ObjectStore {
  readonly get: (key: ObjectKey) => StoredObject | undefined
  readonly list: (resource: string, namespace: string, selector?: string) => StoredObject[]
  /** Stores a new object; throws AlreadyExists. */
  readonly create: (key: ObjectKey, body: JsonObject, writer: Writer) => StoredObject
  /** Replaces an object; throws NotFound, Conflict, or Invalid where it is immutable. */
  readonly replace: (key: ObjectKey, body: JsonObject, writer: Writer) => StoredObject
  readonly remove: (key: ObjectKey) => StoredObject
  readonly nextVersion: () => string
  readonly currentVersion: () => string
  /** Calls `listener` after every change. */
  readonly onChange: (listener: (key: ObjectKey) => void) => () => void
  readonly keys: () => ObjectKey[]
}

const keyText = (key: ObjectKey): string => `${key.resource}/${key.namespace}/${key.name}`

function fieldsOf(body: JsonObject): object {
  const { kind: _kind, apiVersion: _version, metadata: _metadata, ...rest } = body
  const named = Object.entries(rest).map(([key, value]) => [
    `f:${key}`,
    Object.fromEntries(Object.keys(objectAt({ value }, 'value')).map((name) => [`f:${name}`, {}])),
  ])
  return Object.fromEntries(named)
}

function metadataOf(key: ObjectKey, body: JsonObject, kept: object): StoredObject['metadata'] {
  const given = objectAt(body, 'metadata')
  const owners = listAt(given, 'ownerReferences')
  const labels = textsOf(given['labels'])
  const annotations = textsOf(given['annotations'])
  const deletionTimestamp = textAt(given, 'deletionTimestamp')
  return {
    name: key.name,
    ...(key.namespace === '' ? {} : { namespace: key.namespace }),
    uid: randomUUID(),
    resourceVersion: '',
    creationTimestamp: '',
    ...kept,
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ...(owners.length === 0 ? {} : { ownerReferences: owners }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  }
}

function checkImmutable(key: ObjectKey, before: StoredObject, after: JsonObject): void {
  if (before['immutable'] !== true) return
  const refuse = (field: string): never => {
    throw invalid(key.resource === 'secrets' ? 'Secret' : 'ConfigMap', key.name, {
      reason: 'FieldValueForbidden',
      message: 'Forbidden: field is immutable when `immutable` is set',
      field,
    })
  }
  if (after['immutable'] !== true) refuse('immutable')
  if (!isDeepStrictEqual(before['data'], after['data'])) refuse('data')
}

function buildObject(
  key: ObjectKey,
  body: JsonObject,
  kept: object,
  { now, version, writer }: { now: string; version: string; writer: Writer },
): StoredObject {
  const { kind, apiVersion, metadata: _metadata, ...rest } = body
  const stamp = { apiVersion: apiVersion ?? 'v1', time: now, fieldsType: 'FieldsV1' }
  const isApply = typeof writer !== 'string'
  const managed = isApply
    ? { manager: writer.manager, operation: 'Apply', ...stamp, fieldsV1: writer.fields }
    : { manager: writer, operation: 'Update', ...stamp, fieldsV1: fieldsOf(body) }
  // An update says anew what is its own; what others applied stays theirs.
  const others = listAt(objectAt(body, 'metadata'), 'managedFields').filter((entry) =>
    isApply
      ? textAt(entry, 'operation') !== 'Apply' || textAt(entry, 'manager') !== writer.manager
      : textAt(entry, 'operation') === 'Apply',
  )
  const metadata = metadataOf(key, body, { creationTimestamp: now, ...kept, resourceVersion: version })
  return { kind, apiVersion, metadata: { ...metadata, managedFields: [...others, managed] }, ...rest }
}

/** An in-memory object store with the rules of Kubernetes: uids, growing versions, conflicts, immutability. */
export function createObjectStore(clock: Clock, firstVersion = 1000): ObjectStore {
  const objects = new Map<string, { key: ObjectKey; object: StoredObject }>()
  const listeners = new Set<(key: ObjectKey) => void>()
  let version = firstVersion

  const store = (key: ObjectKey, body: JsonObject, kept: object, writer: Writer): StoredObject => {
    version += 1
    const stamp = { now: timeText(clock.now()), version: String(version), writer }
    const object = buildObject(key, body, kept, stamp)
    objects.set(keyText(key), { key, object })
    for (const listener of listeners) listener(key)
    return object
  }

  const find = (key: ObjectKey): StoredObject => {
    const found = objects.get(keyText(key))
    if (found === undefined) throw notFound(key.resource, key.name)
    return found.object
  }

  return {
    get: (key) => objects.get(keyText(key))?.object,
    list: (resource, namespace, selector = '') => {
      const matches = parseLabelSelector(selector)
      return [...objects.values()]
        .filter(({ key }) => key.resource === resource && (namespace === '' || key.namespace === namespace))
        .map(({ object }) => object)
        .filter((object) => matches(object.metadata.labels ?? {}))
    },
    create: (key, body, writer) => {
      if (objects.has(keyText(key))) throw alreadyExists(key.resource, key.name)
      return store(key, body, {}, writer)
    },
    replace: (key, body, writer) => {
      const before = find(key)
      const sent = textAt(objectAt(body, 'metadata'), 'resourceVersion')
      if (sent !== undefined && sent !== '' && sent !== before.metadata.resourceVersion) {
        throw conflict(key.resource, key.name)
      }
      checkImmutable(key, before, body)
      const { uid, creationTimestamp } = before.metadata
      return store(key, body, { uid, creationTimestamp }, writer)
    },
    remove: (key) => {
      const before = find(key)
      version += 1
      objects.delete(keyText(key))
      for (const listener of listeners) listener(key)
      return before
    },
    nextVersion: () => String((version += 1)),
    currentVersion: () => String(version),
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    keys: () => [...objects.values()].map(({ key }) => key),
  }
}
