import { forbiddenMessage } from './identities.ts'
import type { Access } from './identities.ts'

interface Cause {
  readonly reason: string
  readonly message: string
  readonly field: string
}

interface Details {
  readonly name?: string | undefined
  readonly group?: string
  readonly kind?: string
  readonly causes?: readonly Cause[]
}

/** A refusal of the Kubernetes API, with the Status object that is its body. */
export class KubernetesError extends Error {
  readonly code: number
  readonly reason: string
  readonly details: Details | undefined

  constructor(code: number, reason: string, message: string, details?: Details) {
    super(message)
    this.code = code
    this.reason = reason
    this.details = details
  }

  /** The body that goes over the wire. */
  body(): object {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    }
  }
}

export const unauthorized = (): KubernetesError => new KubernetesError(401, 'Unauthorized', 'Unauthorized')

export function forbidden(identity: string, access: Access): KubernetesError {
  const group = access.group === '' ? {} : { group: access.group }
  const details = { name: access.name, ...group, kind: access.resource }
  return new KubernetesError(403, 'Forbidden', forbiddenMessage(identity, access), details)
}

export function notFound(resource: string, name: string): KubernetesError {
  return new KubernetesError(404, 'NotFound', `${resource} "${name}" not found`, { name, kind: resource })
}

export const noSuchPath = (): KubernetesError =>
  new KubernetesError(404, 'NotFound', 'the server could not find the requested resource', {})

export function alreadyExists(resource: string, name: string): KubernetesError {
  return new KubernetesError(409, 'AlreadyExists', `${resource} "${name}" already exists`, {
    name,
    kind: resource,
  })
}

export function conflict(resource: string, name: string): KubernetesError {
  const message = `Operation cannot be fulfilled on ${resource} "${name}": the object has been modified; please apply your changes to the latest version and try again`
  return new KubernetesError(409, 'Conflict', message, { name, kind: resource })
}

/** 409: the object is another one than the caller looked at. */
export function preconditionFailed(
  { resource, name }: { resource: string; name: string },
  { wanted, uid }: { wanted: string; uid: string },
): KubernetesError {
  const message = `Operation cannot be fulfilled on ${resource} "${name}": Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${uid}`
  return new KubernetesError(409, 'Conflict', message, { name, kind: resource })
}

export const badRequest = (message: string): KubernetesError =>
  new KubernetesError(400, 'BadRequest', message)

/** 422 with one cause. `kind` may carry its API group after a dot. */
export function invalid(kind: string, name: string, cause: Cause): KubernetesError {
  const [short = kind, ...group] = kind.split('.')
  const details = { name, kind: short, causes: [cause] }
  const message = `${kind} "${name}" is invalid: ${cause.field}: ${cause.message}`
  const withGroup =
    group.length === 0
      ? details
      : { ...(name === '' ? {} : { name }), group: group.join('.'), kind: short, causes: [cause] }
  return new KubernetesError(422, 'Invalid', message, withGroup)
}
