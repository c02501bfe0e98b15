import { randomUUID } from 'node:crypto'

import type { Clock } from '../../src/clock.ts'
import { isAllowed } from './identities.ts'
import type { Access, Rule } from './identities.ts'
import { isObject, objectAt, textAt, timeText } from './json.ts'
import type { JsonObject } from './json.ts'
import { asObject } from './requests.ts'
import type { Target } from './requests.ts'
import { invalid } from './status.ts'

const managed = (apiVersion: string, now: string, fields: object): object => ({
  manager: 'unknown',
  operation: 'Update',
  apiVersion,
  time: now,
  fieldsType: 'FieldsV1',
  fieldsV1: fields,
})

const nonEmpty = (value: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== ''))

function binding(identity: string): string {
  const [, , namespace = '', name = identity] = identity.split(':')
  const who = `${name}/${namespace}`
  return `RBAC: allowed by RoleBinding "${who}" of Role "${name}" to ServiceAccount "${who}"`
}

interface Reviewed {
  readonly kind: 'SelfSubjectAccessReview' | 'LocalSubjectAccessReview'
  readonly identity: string
  readonly rules: readonly Rule[]
  /** What the answer's spec repeats beside the access. */
  readonly repeated: JsonObject
}

function answerReview(body: JsonObject, reviewed: Reviewed, now: number): object {
  const asked = nonEmpty(objectAt(objectAt(body, 'spec'), 'resourceAttributes'))
  const access: Access = {
    verb: textAt(asked, 'verb') ?? '',
    group: textAt(asked, 'group') ?? '',
    resource: textAt(asked, 'resource') ?? '',
    subresource: textAt(asked, 'subresource'),
    namespace: textAt(asked, 'namespace'),
    name: textAt(asked, 'name'),
  }
  const version = 'authorization.k8s.io/v1'
  const allowed = isAllowed(reviewed.rules, access)
  return {
    kind: reviewed.kind,
    apiVersion: version,
    metadata: {
      managedFields: [managed(version, timeText(now), { 'f:spec': { 'f:resourceAttributes': {} } })],
    },
    spec: { resourceAttributes: asked, ...reviewed.repeated },
    status: allowed ? { allowed, reason: binding(reviewed.identity) } : { allowed },
  }
}

/** Answers SelfSubjectAccessReview from the rule table. */
function reviewAccess(body: JsonObject, identity: string, rules: readonly Rule[], now: number): object {
  return answerReview(body, { kind: 'SelfSubjectAccessReview', identity, rules, repeated: {} }, now)
}

/** Answers LocalSubjectAccessReview: what somebody else may do. */
function reviewOther(body: JsonObject, rulesOf: Reviewer['rulesOf'], now: number): object {
  const identity = textAt(objectAt(body, 'spec'), 'user') ?? ''
  const rules = rulesOf(identity)
  return answerReview(
    body,
    { kind: 'LocalSubjectAccessReview', identity, rules, repeated: { user: identity } },
    now,
  )
}

/** Answers SelfSubjectReview: who the caller is. */
function reviewSelf(identity: string, now: number): object {
  const [, , namespace = ''] = identity.split(':')
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated']
  const extra = { 'authentication.kubernetes.io/credential-id': [`JTI=${randomUUID()}`] }
  return {
    kind: 'SelfSubjectReview',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { creationTimestamp: timeText(now) },
    status: { userInfo: { username: identity, uid: randomUUID(), groups, extra } },
  }
}

const shortestSeconds = 600

/** How long a TokenRequest asks its token to live; throws Invalid below ten minutes, as Kubernetes does. */
export function readExpirationSeconds(body: JsonObject): number {
  const asked = objectAt(body, 'spec')['expirationSeconds']
  const seconds = typeof asked === 'number' ? asked : 3600
  if (seconds < shortestSeconds) {
    throw invalid('TokenRequest.authentication.k8s.io', '', {
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${seconds}: may not specify a duration less than 10 minutes`,
      field: 'spec.expirationSeconds',
    })
  }
  return seconds
}

interface GrantedToken {
  readonly namespace: string
  readonly serviceAccount: string
  readonly token: string
  readonly seconds: number
  readonly body: JsonObject
}

/** The answer to a TokenRequest. */
export function renderTokenRequest(granted: GrantedToken, clock: Clock): object {
  const now = timeText(clock.now())
  const version = 'authentication.k8s.io/v1'
  const audiences = objectAt(granted.body, 'spec')['audiences']
  return {
    kind: 'TokenRequest',
    apiVersion: version,
    metadata: {
      name: granted.serviceAccount,
      namespace: granted.namespace,
      uid: randomUUID(),
      creationTimestamp: now,
      managedFields: [{ ...managedObject(version, now), subresource: 'token' }],
    },
    spec: {
      audiences: Array.isArray(audiences) ? audiences : ['https://kubernetes.default.svc.cluster.local'],
      expirationSeconds: granted.seconds,
      boundObjectRef: null,
    },
    status: {
      token: granted.token,
      expirationTimestamp: timeText(clock.now() + granted.seconds * 1000),
    },
  }
}

function managedObject(version: string, now: string): JsonObject {
  const field = managed(version, now, { 'f:spec': { 'f:expirationSeconds': {} } })
  return isObject(field) ? field : {}
}

interface Reviewer {
  readonly who: string
  readonly rulesOf: (who: string) => readonly Rule[]
  readonly nowMs: number
}

/** Answers a review of rights or of oneself; undefined for every other resource. */
export function review(
  target: Target,
  body: unknown,
  { who, rulesOf, nowMs }: Reviewer,
): { status: number; body: object } | undefined {
  const given = asObject(body)
  const rules = rulesOf(who)
  switch (`${target.group}/${target.resource}`) {
    case 'authorization.k8s.io/selfsubjectaccessreviews':
      return { status: 201, body: reviewAccess(given, who, rules, nowMs) }
    case 'authorization.k8s.io/localsubjectaccessreviews':
      return { status: 201, body: reviewOther(given, rulesOf, nowMs) }
    case 'authentication.k8s.io/selfsubjectreviews':
      return { status: 201, body: reviewSelf(who, nowMs) }
    default:
      return undefined
  }
}
