import { applyObject } from './apply.ts'
import { objectAt, textAt } from './json.ts'
import type { JsonObject } from './json.ts'
import { kindOf } from './kinds.ts'
import type { Kind } from './kinds.ts'
import { refuseName } from './names.ts'
import { completeNamespace, refuseTerminating } from './namespaces.ts'
import type { NamespaceDeleter } from './namespaces.ts'
import type { ObjectKey, ObjectStore, StoredObject } from './objects.ts'
import { applyPatch } from './patch.ts'
import { asObject } from './requests.ts'
import type { Target } from './requests.ts'
import { readSecret } from './secrets.ts'
import { badRequest, invalid, KubernetesError, noSuchPath, notFound, preconditionFailed } from './status.ts'

/** A request for a stored resource, after the rights were checked. */
export interface ResourceRequest {
  readonly target: Target
  readonly verb: string
  readonly body: unknown
  readonly contentType: string
  readonly query: URLSearchParams
  readonly deleter: NamespaceDeleter
}

export interface Answer {
  readonly status: number
  readonly body: object
}

function readObject({ kind, apiVersion }: Kind, body: JsonObject): JsonObject {
  if (kind === 'Secret') return readSecret(body)
  return { kind, apiVersion, ...body }
}

/** The kind that a CustomResourceDefinition brings. */
function customKind(store: ObjectStore, { group, version, resource }: Target): Kind | undefined {
  const name = `${resource}.${group}`
  const definition = { resource: 'customresourcedefinitions', namespace: '', name }
  if (store.get(definition) === undefined) return undefined
  return { apiVersion: `${group}/${version}`, kind: resource, resource, isNamespaced: true }
}

const createdName = (body: JsonObject): string => {
  const metadata = objectAt(body, 'metadata')
  const prefix = textAt(metadata, 'generateName')
  const name = textAt(metadata, 'name') ?? ''
  if (name !== '' || prefix === undefined) return name
  return `${prefix}${Math.random().toString(36).slice(2, 7).padEnd(5, 'x')}`
}

function managerOf(query: URLSearchParams): string {
  return query.get('fieldManager') ?? 'unknown'
}

/** Performs one request on a stored resource; throws KubernetesError as the real API refuses. */
export function performOnResource(store: ObjectStore, request: ResourceRequest): Answer {
  const { target, verb, query } = request
  const kind = kindOf(target) ?? customKind(store, target)
  if (kind === undefined) throw noSuchPath()
  const key = keyOf(target)
  if (target.subresource === 'portforward') {
    existing(store.get(keyOf(target)), keyOf(target))
    throw badRequest('Upgrade request required')
  }
  switch (verb) {
    case 'get': {
      return { status: 200, body: existing(store.get(key), key) }
    }
    case 'list':
      return { status: 200, body: listOf(store, request, kind) }
    case 'create':
      return create(store, request, kind)
    case 'update': {
      const body = readObject(kind, asObject(request.body))
      return { status: 200, body: store.replace(key, body, managerOf(query)) }
    }
    case 'patch':
      return patch(store, request, kind)
    case 'delete':
      return remove(store, request, key)
    default:
      throw new KubernetesError(
        405,
        'MethodNotAllowed',
        `the sandbox does not ${verb} ${target.resource}`,
        {},
      )
  }
}

function keyOf({ resource, namespace = '', name = '' }: Target): ObjectKey {
  return { resource, namespace: resource === 'namespaces' ? '' : namespace, name }
}

function remove(store: ObjectStore, { body, deleter }: ResourceRequest, key: ObjectKey): Answer {
  const { uid } = existing(store.get(key), key).metadata
  const wanted = textAt(objectAt(body, 'preconditions'), 'uid')
  if (wanted !== undefined && wanted !== uid) throw preconditionFailed(key, { wanted, uid })
  if (key.resource === 'namespaces') return { status: 200, body: deleter.delete(key.name) }
  store.remove(key)
  const details = { name: key.name, kind: key.resource, uid }
  return {
    status: 200,
    body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details },
  }
}

function existing(found: StoredObject | undefined, key: { resource: string; name: string }): StoredObject {
  if (found === undefined) throw notFound(key.resource, key.name)
  return found
}

function listOf(store: ObjectStore, { target, query }: ResourceRequest, kind: Kind): object {
  const matchesFields = (object: StoredObject): boolean =>
    (query.get('fieldSelector') ?? '')
      .split(',')
      .filter((term) => term !== '')
      .every((term) => {
        const [path, value] = term.split('=')
        return path === 'metadata.name'
          ? object.metadata.name === value
          : textAt(object, path ?? '') === value
      })
  const items = store
    .list(target.resource, target.namespace ?? '', query.get('labelSelector') ?? '')
    .filter(matchesFields)
    .map(({ kind: _kind, apiVersion: _version, ...item }) => item)
  const metadata = { resourceVersion: store.currentVersion() }
  return { kind: `${kind.kind}List`, apiVersion: kind.apiVersion, metadata, items }
}

function refuseNamespace(store: ObjectStore, { resource, namespace, name }: ObjectKey): void {
  if (namespace === '') return
  if (store.get({ resource: 'namespaces', namespace: '', name: namespace }) === undefined) {
    throw notFound('namespaces', namespace)
  }
  refuseTerminating(store, { namespace, resource, name })
}

function create(store: ObjectStore, { target, body, query }: ResourceRequest, kind: Kind): Answer {
  const given = asObject(body)
  const name = createdName(given)
  if (name === '') throw badRequest('name or generateName is required')
  const key = { ...keyOf(target), name }
  refuseNamespace(store, key)
  refuseName(kind, name)
  const sent = textAt(objectAt(given, 'metadata'), 'namespace')
  if (key.namespace !== '' && sent !== undefined && sent !== key.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  const object = kind.kind === 'Namespace' ? completeNamespace(name, given) : readObject(kind, given)
  return { status: 201, body: store.create(key, object, managerOf(query)) }
}

function apply(store: ObjectStore, { target, body, query }: ResourceRequest, kind: Kind): Answer {
  const key = keyOf(target)
  const manager = query.get('fieldManager') ?? ''
  if (manager === '') {
    const cause = {
      reason: 'FieldValueRequired',
      message: 'Required value: is required for apply patch',
      field: 'fieldManager',
    }
    throw invalid('PatchOptions.meta.k8s.io', '', cause)
  }
  const before = store.get(key)
  if (before === undefined) {
    refuseNamespace(store, key)
    refuseName(kind, key.name)
  }
  const from = before ?? emptyObject(key)
  const applied = applyObject(from, {
    body: asObject(body),
    manager,
    isForced: query.get('force') === 'true',
  })
  if (before !== undefined && applied.isSame) return { status: 200, body: before }
  const object = readObject(kind, applied.object)
  const by = { manager, fields: applied.fields }
  if (before === undefined) return { status: 201, body: store.create(key, object, by) }
  return { status: 200, body: store.replace(key, object, by) }
}

const emptyObject = ({ name }: ObjectKey): StoredObject => ({
  metadata: { name, uid: '', resourceVersion: '', creationTimestamp: '' },
})

function patch(store: ObjectStore, request: ResourceRequest, kind: Kind): Answer {
  const { target, body, contentType, query } = request
  if (contentType.startsWith('application/apply-patch')) return apply(store, request, kind)
  const key = keyOf(target)
  const before = existing(store.get(key), key)
  const { resourceVersion: _version, ...metadata } = before.metadata
  const uid = textAt(objectAt(asObject(body), 'metadata'), 'uid')
  if (uid !== undefined && uid !== metadata.uid) {
    // A controller names the uid to change that very object only (client-go, controller_ref_manager.go).
    throw invalid(kind.kind, key.name, {
      reason: 'FieldValueInvalid',
      message: `Invalid value: "${uid}": field is immutable`,
      field: 'metadata.uid',
    })
  }
  const patched = applyPatch({ ...before, metadata }, body, contentType)
  return { status: 200, body: store.replace(key, readObject(kind, patched), managerOf(query)) }
}
