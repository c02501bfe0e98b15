import type { Right } from '../../kubernetes/rights.ts'
import { denialIn } from './remote.ts'

/** A file of deploy/target-cluster that gives rights. */
export interface GrantFile {
  /** Without its folder and ending. */
  readonly name: string
  /** Whom it gives them to, in the namespace that it is applied to. */
  readonly serviceAccount: string
  /** The one object of a resource that its right to it is for. */
  readonly only?: Readonly<Record<string, string>>
}

export const grantFiles = {
  bot: {
    name: 'bot',
    serviceAccount: 'onboard-bot',
    only: { 'serviceaccounts/token': 'onboard-bot' },
  },
  doctor: { name: 'doctor', serviceAccount: 'onboard-bot' },
  portForward: { name: 'port-forward', serviceAccount: 'onboard-bot', only: { services: 'argo-server' } },
  steps: { name: 'steps', serviceAccount: 'onboard-steps' },
  namespaces: { name: 'namespace-template', serviceAccount: 'onboard-namespaces' },
  sapBtp: { name: 'sap-btp-template', serviceAccount: 'onboard-steps' },
} as const satisfies Record<string, GrantFile>

/** The file that makes a ServiceAccount of the workflows, and gives it what Argo's executor needs. */
export const fileOfSteps = (serviceAccount: string): GrantFile =>
  [grantFiles.namespaces, grantFiles.steps].find((one) => one.serviceAccount === serviceAccount) ??
  grantFiles.steps

/** The files with a ClusterRoleBinding, which has to name the namespace of its ServiceAccount; and which they name. */
const bindingWide: readonly string[] = [grantFiles.namespaces.name, grantFiles.sapBtp.name]
const namedNamespace = 'shared'

/** A command that applies the file to a namespace. */
export const apply = ({ name }: GrantFile, namespace: string): string => {
  const path = `deploy/target-cluster/${name}.yaml`
  return bindingWide.includes(name) && namespace !== namedNamespace
    ? `sed 's/${namedNamespace}/${namespace}/' ${path} | kubectl apply -n ${namespace} -f -`
    : `kubectl apply -n ${namespace} -f ${path}`
}

/** A command that makes a ServiceAccount: with its rights, where the file is for one of that name. */
export const makeServiceAccount = (file: GrantFile, namespace: string, name: string): string =>
  name === file.serviceAccount
    ? apply(file, namespace)
    : `kubectl -n ${namespace} create serviceaccount ${name}`

/** As `kubectl create role --resource` takes it: `workflows.argoproj.io`, `pods/log`. */
const resourceText = ({ group, resource }: Right): string => {
  const [kind = '', subresource] = resource.split('/')
  return [group === '' ? kind : `${kind}.${group}`, ...(subresource === undefined ? [] : [subresource])].join(
    '/',
  )
}

const quoted = (text: string): string =>
  /^[-\w.:@=/]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`

const subjectOf = (user: string): { readonly name: string; readonly flag: string } => {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? []
  return name === undefined
    ? { name: 'user', flag: quoted(`--user=${user}`) }
    : { name, flag: `--serviceaccount=${namespace}:${name}` }
}

// "create" alone would do nothing where an older version's role is in its place.
const create = (namespace: string, what: string): string =>
  `kubectl -n ${namespace} create ${what} --dry-run=client -o yaml | kubectl apply -f -`

interface Missing {
  /** As Kubernetes knows whoever lacks the right. */
  readonly user: string
  /** Where it is needed. */
  readonly namespace: string
  readonly right: Right
  /** The file that gives it. */
  readonly file: GrantFile
}

const isIn = ({ user, namespace, right, file: { serviceAccount, only } }: Missing): boolean => {
  const named = only?.[right.resource]
  return (
    user === `system:serviceaccount:${namespace}:${serviceAccount}` &&
    (named === undefined || named === right.name)
  )
}

/** Whom Kubernetes takes a call without credentials for: what it may, everybody may who reaches the API. */
const nobody: readonly string[] = ['system:anonymous', 'system:unauthenticated']

export const isNobody = (user: string): boolean => nobody.includes(user)

/** In the place of a right that everybody would have. */
export const giveCredentials =
  'give the user credentials: a token, a client certificate, or a program that signs in'

/**
 * Commands that give a right: the file that holds it, where it is for this user; else a role for this right alone. To
 * nobody nothing is given.
 */
export const grant = (missing: Missing): string => {
  const { user, namespace, right, file } = missing
  if (isNobody(user)) return giveCredentials
  if (isIn(missing)) return apply(file, namespace)
  const named = right.name === undefined ? [] : [right.name]
  const role = ['onboard', file.name, right.resource.replace('/', '-'), ...named].join('-')
  const only = named.map((name) => ` --resource-name=${name}`).join('')
  const { name, flag } = subjectOf(user)
  return [
    create(namespace, `role ${role} --verb=${right.verbs.join()} --resource=${resourceText(right)}${only}`),
    create(namespace, `rolebinding ${role}-${name} --role=${role} ${flag}`),
  ].join('\n')
}

/** What gives a right of these that Kubernetes says it has refused; undefined when it has refused none of them. */
export const grantDenied = (
  error: unknown,
  { rights, ...where }: Pick<Missing, 'namespace' | 'file'> & { readonly rights: readonly Right[] },
): string | undefined => {
  const denial = denialIn(error)
  const right = rights.find(({ resource }) => resource === denial?.resource)
  return denial && right && grant({ ...where, user: denial.user, right })
}
