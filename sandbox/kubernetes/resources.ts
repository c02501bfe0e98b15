import { objectAt, textAt } from './json.ts'
import type { JsonObject } from './json.ts'
import type { ObjectStore, StoredObject } from './objects.ts'
import { applyPatch } from './patch.ts'
import { asObject } from './requests.ts'
import type { Target } from './requests.ts'
import { readSecret } from './secrets.ts'
import { badRequest, KubernetesError, noSuchPath, notFound } from './status.ts'

/** A request for a stored resource, after the rights were checked. */
export interface ResourceRequest {
  readonly target: Target
  readonly verb: string
  readonly body: unknown
  readonly contentType: string
  readonly query: URLSearchParams
}

export interface Answer {
  readonly status: number
  readonly body: object
}

const kinds: Readonly<Record<string, string>> = {
  secrets: 'Secret',
  configmaps: 'ConfigMap',
  namespaces: 'Namespace',
  services: 'Service',
  pods: 'Pod',
  serviceaccounts: 'ServiceAccount',
  'customresourcedefinitions.apiextensions.k8s.io': 'CustomResourceDefinition',
}

/** The kind of a resource: a built-in one, or one that a CustomResourceDefinition brings. */
const kindOf = (store: ObjectStore, { group, resource }: Target): string | undefined => {
  const name = group === '' ? resource : `${resource}.${group}`
  const definition = { resource: 'customresourcedefinitions', namespace: '', name }
  return kinds[name] ?? (store.get(definition) === undefined ? undefined : resource)
}

function readObject(kind: string, body: JsonObject): JsonObject {
  if (kind === 'Secret') return readSecret(body)
  return { kind, apiVersion: 'v1', ...body }
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
  const kind = kindOf(store, target)
  if (kind === undefined) throw noSuchPath()
  const namespace = target.resource === 'namespaces' ? '' : (target.namespace ?? '')
  const key = { resource: target.resource, namespace, name: target.name ?? '' }
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
    case 'delete': {
      const { uid } = store.remove(key).metadata
      const details = { name: key.name, kind: key.resource, uid }
      return {
        status: 200,
        body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details },
      }
    }
    default:
      throw new KubernetesError(
        405,
        'MethodNotAllowed',
        `the sandbox does not ${verb} ${target.resource}`,
        {},
      )
  }
}

function existing(found: StoredObject | undefined, key: { resource: string; name: string }): StoredObject {
  if (found === undefined) throw notFound(key.resource, key.name)
  return found
}

function listOf(store: ObjectStore, { target, query }: ResourceRequest, kind: string): object {
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
  return { kind: `${kind}List`, apiVersion: 'v1', metadata, items }
}

function create(store: ObjectStore, { target, body, query }: ResourceRequest, kind: string): Answer {
  const given = asObject(body)
  const name = createdName(given)
  if (name === '') throw badRequest('name or generateName is required')
  const namespace = target.resource === 'namespaces' ? '' : (target.namespace ?? '')
  if (
    namespace !== '' &&
    store.get({ resource: 'namespaces', namespace: '', name: namespace }) === undefined
  ) {
    throw notFound('namespaces', namespace)
  }
  const sent = textAt(objectAt(given, 'metadata'), 'namespace')
  if (namespace !== '' && sent !== undefined && sent !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  const key = { resource: target.resource, namespace, name }
  return { status: 201, body: store.create(key, readObject(kind, given), managerOf(query)) }
}

function patch(store: ObjectStore, request: ResourceRequest, kind: string): Answer {
  const { target, body, contentType, query } = request
  const namespace = target.resource === 'namespaces' ? '' : (target.namespace ?? '')
  const key = { resource: target.resource, namespace, name: target.name ?? '' }
  const before = store.get(key)
  const isApply = contentType.startsWith('application/apply-patch')
  if (before === undefined && isApply) {
    return { status: 201, body: store.create(key, readObject(kind, asObject(body)), managerOf(query)) }
  }
  const { resourceVersion: _version, ...metadata } = existing(before, key).metadata
  const patched = applyPatch({ ...before, metadata }, body, contentType)
  return { status: 200, body: store.replace(key, readObject(kind, patched), managerOf(query)) }
}
