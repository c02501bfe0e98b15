import type { Access } from './identities.ts'
import { objectAt, textAt } from './json.ts'
import type { ObjectStore } from './objects.ts'
import { KubernetesError } from './status.ts'

/** What a request needs beside its own verb: to apply what is not there is to create it. */
export function furtherAccess(access: Access, objects: ObjectStore): readonly Access[] {
  const { verb, resource, namespace = '', name } = access
  if (verb !== 'patch' || name === undefined) return []
  const key = { resource, namespace: resource === 'namespaces' ? '' : namespace, name }
  return objects.get(key) === undefined ? [{ ...access, verb: 'create' }] : []
}

/** Nobody gives others a role that they may not `bind`; the sandbox counts nobody's own rights towards it. */
export function refuseEscalation(
  { verb, group, resource, name }: Access,
  body: unknown,
  { who, can }: { who: string; can: (access: Access) => boolean },
): void {
  if (resource !== 'rolebindings' || !['create', 'update', 'patch'].includes(verb)) return
  const role = textAt(objectAt(body, 'roleRef'), 'name')
  if (role === undefined || can({ verb: 'bind', group, resource: 'clusterroles', name: role })) return
  const full = name ?? textAt(objectAt(body, 'metadata'), 'name') ?? ''
  const message = `rolebindings.${group} "${full}" is forbidden: user "${who}" is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["create"]}`
  throw new KubernetesError(403, 'Forbidden', message, { name: full, group, kind: resource })
}
