import { isObject, listAt, mergePatch, objectAt, textAt } from './json.ts'
import type { JsonObject } from './json.ts'
import { badRequest, KubernetesError } from './status.ts'

const unescape = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~')

function applyOperation(target: JsonObject, operation: unknown): JsonObject {
  const parts = (textAt(operation, 'path') ?? '').split('/').slice(1).map(unescape)
  const [first, ...rest] = parts
  if (first === undefined) throw badRequest('the path of a JSON patch operation is missing')
  const copy = { ...target }
  if (rest.length > 0) {
    const inner = { ...objectOf(operation), path: `/${rest.map(escapePart).join('/')}` }
    copy[first] = applyOperation(objectAt(target, first), inner)
    return copy
  }
  if (textAt(operation, 'op') === 'remove') delete copy[first]
  else copy[first] = objectOf(operation)['value']
  return copy
}

const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {})
const escapePart = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1')

// ownerReferences merge by uid in strategic and server-side-apply patches; other lists are replaced.
function mergeByUid(before: JsonObject, patch: JsonObject): JsonObject {
  const merged = objectOf(mergePatch(before, patch))
  const owners = listAt(objectAt(patch, 'metadata'), 'ownerReferences')
  if (owners.length === 0) return merged
  const uids = new Set(owners.map((owner) => textAt(owner, 'uid')))
  const kept = listAt(objectAt(before, 'metadata'), 'ownerReferences')
  const all = [...kept.filter((owner) => !uids.has(textAt(owner, 'uid'))), ...owners]
  return { ...merged, metadata: { ...objectAt(merged, 'metadata'), ownerReferences: all } }
}

/** `before` patched in the way that `contentType` names; throws 415 for a kind that Kubernetes does not know. */
export function applyPatch(before: JsonObject, patch: unknown, contentType: string): JsonObject {
  switch (contentType) {
    case 'application/merge-patch+json':
      return objectOf(mergePatch(before, patch))
    case 'application/strategic-merge-patch+json':
    case 'application/apply-patch+yaml':
    case 'application/apply-patch+json':
      return mergeByUid(before, objectOf(patch))
    case 'application/json-patch+json':
      return (Array.isArray(patch) ? patch : []).reduce<JsonObject>(applyOperation, before)
    default:
      throw new KubernetesError(
        415,
        'UnsupportedMediaType',
        `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml`,
        {},
      )
  }
}
