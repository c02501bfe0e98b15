import { randomBytes } from 'node:crypto'

/** What somebody wants to do, in the words of a Kubernetes RBAC rule. */
export interface Access {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string | undefined
  readonly namespace?: string | undefined
  readonly name?: string | undefined
}

/** One RBAC rule; `*` stands for everything. No `namespaces` means every namespace, no `names` every name. */
export interface Rule {
  readonly verbs: readonly string[]
  readonly groups: readonly string[]
  readonly resources: readonly string[]
  readonly namespaces?: readonly string[]
  readonly names?: readonly string[]
}

export const anonymous = 'system:anonymous'

const selfReviews: readonly Rule[] = [
  {
    verbs: ['create'],
    groups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews'],
  },
  { verbs: ['create'], groups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
]

const workflowVerbs = ['create', 'get', 'list', 'watch', 'update', 'patch', 'delete']

/** The rights of a bot that looks after workflows in one namespace: it may not list Secrets. */
export function botRules(namespace: string): Rule[] {
  const namespaces = [namespace]
  return [
    { verbs: workflowVerbs, groups: ['argoproj.io'], resources: ['workflows'], namespaces },
    { verbs: ['get', 'list'], groups: ['argoproj.io'], resources: ['workflowtemplates'], namespaces },
    { verbs: ['list', 'watch', 'delete', 'get'], groups: [''], resources: ['pods'], namespaces },
    { verbs: ['get'], groups: [''], resources: ['pods/log'], namespaces },
    { verbs: ['watch', 'list'], groups: [''], resources: ['events'], namespaces },
    {
      verbs: ['create', 'get', 'update', 'patch', 'delete'],
      groups: [''],
      resources: ['secrets'],
      namespaces,
    },
    {
      verbs: ['create'],
      groups: [''],
      resources: ['serviceaccounts/token'],
      names: ['onboard-bot'],
      namespaces,
    },
    { verbs: ['get'], groups: [''], resources: ['services'], namespaces },
    { verbs: ['create', 'get'], groups: [''], resources: ['pods/portforward'], namespaces },
    { verbs: ['get'], groups: [''], resources: ['namespaces', 'serviceaccounts'], namespaces },
    {
      verbs: ['create'],
      groups: ['authorization.k8s.io'],
      resources: ['localsubjectaccessreviews'],
      namespaces,
    },
  ]
}

/** The rights of Argo's executor in the pods of workflows. */
export function executorRules(namespace: string): Rule[] {
  return [
    {
      verbs: ['create', 'patch'],
      groups: ['argoproj.io'],
      resources: ['workflowtaskresults'],
      namespaces: [namespace],
    },
  ]
}

/** The rights of a cluster administrator, for tools such as helm. */
export const adminRules: readonly Rule[] = [{ verbs: ['*'], groups: ['*'], resources: ['*'] }]

function covers(values: readonly string[] | undefined, value: string): boolean {
  return values === undefined || values.includes('*') || values.includes(value)
}

/** Whether one of `rules` allows `access`. */
export function isAllowed(rules: readonly Rule[], access: Access): boolean {
  const resource =
    access.subresource === undefined ? access.resource : `${access.resource}/${access.subresource}`
  return [...selfReviews, ...rules].some(
    (rule) =>
      covers(rule.verbs, access.verb) &&
      covers(rule.groups, access.group) &&
      covers(rule.resources, resource) &&
      covers(rule.namespaces, access.namespace ?? '') &&
      covers(rule.names, access.name ?? ''),
  )
}

/** The sentence with which Kubernetes refuses `access`. */
export function forbiddenMessage(identity: string, access: Access): string {
  const { name, verb, group, resource, subresource, namespace } = access
  const full = group === '' ? resource : `${resource}.${group}`
  const subject = name === undefined ? full : `${full} "${name}"`
  const what = subresource === undefined ? resource : `${resource}/${subresource}`
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`
  return `${subject} is forbidden: User "${identity}" cannot ${verb} resource "${what}" in API group "${group}" ${where}`
}

/** A token that reads like a ServiceAccount's JWT; it is only ever looked up, never verified. */
export function mintToken(identity: string, expiresAtMs?: number): string {
  const [, , namespace, serviceAccount] = identity.split(':')
  const claims = {
    iss: 'https://kubernetes.default.svc.cluster.local',
    sub: identity,
    ...(expiresAtMs === undefined ? {} : { exp: Math.floor(expiresAtMs / 1000) }),
    'kubernetes.io': { namespace, serviceaccount: { name: serviceAccount } },
  }
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part(claims)}.${randomBytes(12).toString('base64url')}`
}
