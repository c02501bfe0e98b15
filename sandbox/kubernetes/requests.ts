import type { IncomingMessage } from 'node:http'

import { load } from 'js-yaml'

import { isObject } from './json.ts'
import type { JsonObject } from './json.ts'
import { badRequest } from './status.ts'

/** The resource that a path of the Kubernetes API names. */
export interface Target {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly subresource?: string | undefined
}

/** Reads `/api/v1/...` and `/apis/GROUP/VERSION/...`; undefined for every other path. */
export function parseTarget(path: string): Target | undefined {
  const parts = path.split('/').slice(1).map(decodeURIComponent)
  if (parts[0] === 'api') return readTarget('', parts[1] ?? '', parts.slice(2))
  return parts[0] === 'apis' ? readTarget(parts[1] ?? '', parts[2] ?? '', parts.slice(3)) : undefined
}

function readTarget(group: string, version: string, rest: readonly string[]): Target | undefined {
  if (rest[0] === 'namespaces' && rest.length > 2) {
    const [, namespace, resource = '', name, subresource] = rest
    return { group, version, namespace, resource, name, subresource }
  }
  const [resource, name, subresource] = rest
  if (resource === undefined) return undefined
  // A namespace is its own namespace to an authoriser.
  const namespace = resource === 'namespaces' ? name : undefined
  return { group, version, resource, name, subresource, namespace }
}

/** The RBAC verb of a request. */
export function verbOf(method: string, target: Target, query: URLSearchParams): string {
  if (method === 'GET') {
    if (query.get('watch') === 'true') return 'watch'
    return target.name === undefined ? 'list' : 'get'
  }
  const verbs: Record<string, string> = { POST: 'create', PUT: 'update', PATCH: 'patch' }
  return verbs[method] ?? (target.name === undefined ? 'deletecollection' : 'delete')
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

/** The body of a request: JSON, or YAML where the type says so; throws BadRequest where it is neither. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const text = await readText(request)
  if (text === '') return {}
  try {
    // YAML contains JSON, and server-side apply sends either under one type.
    return (request.headers['content-type'] ?? '').includes('yaml') ? load(text) : JSON.parse(text)
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${String(error)}`)
  }
}

export const asObject = (value: unknown): JsonObject => (isObject(value) ? value : {})
