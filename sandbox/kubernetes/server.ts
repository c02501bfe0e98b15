import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Clock } from '../../src/clock.ts'
import { createCollector } from './collector.ts'
import { adminRules, anonymous, botRules, isAllowed, mintToken } from './identities.ts'
import type { Access, Rule } from './identities.ts'
import { textsOf } from './json.ts'
import { renderKubeconfig } from './kubeconfig.ts'
import { createObjectStore } from './objects.ts'
import type { ObjectStore, StoredObject } from './objects.ts'
import { asObject, parseTarget, readBody, verbOf } from './requests.ts'
import type { Target } from './requests.ts'
import { performOnResource } from './resources.ts'
import type { Answer } from './resources.ts'
import {
  readExpirationSeconds,
  renderTokenRequest,
  reviewAccess,
  reviewRules,
  reviewSelf,
} from './reviews.ts'
import { forbidden, KubernetesError, noSuchPath, notFound, unauthorized } from './status.ts'

export interface KubernetesOptions {
  readonly clock: Clock
  readonly port?: number
  /** The namespace in which `onboard-bot` has its Role; default `shared`. */
  readonly namespace?: string
  /** How long the garbage collector waits after an owner is gone; default 1 s. */
  readonly collectAfterMs?: number
}

export interface KubernetesSandbox {
  readonly url: string
  readonly namespace: string
  /** Every token that is known, and whom it stands for. */
  readonly tokens: Map<string, string>
  /** The rules of each identity; change them to grant or revoke rights. */
  readonly rules: Map<string, Rule[]>
  readonly objects: ObjectStore
  /** The full name of an identity: `onboard-bot` is a ServiceAccount of the sandbox's namespace. */
  readonly identity: (name: string) => string
  /** A token for an identity, which is made known with no rights if it is new. */
  readonly token: (name: string) => string
  /** The identity behind a token; undefined where the token is unknown or has expired. */
  readonly authenticate: (token: string) => string | undefined
  readonly can: (identity: string, access: Access) => boolean
  readonly kubeconfig: (name: string) => string
  readonly createNamespace: (name: string) => void
  /** A stored Secret with its values decoded; undefined where there is none. */
  readonly secret: (namespace: string, name: string) => Record<string, string> | undefined
  readonly secrets: { readonly list: (namespace: string) => StoredObject[] }
  /** Tells the garbage collector how to find out whether an owner of `kind` still exists. */
  readonly registerOwner: (kind: string, exists: (uid: string) => boolean) => void
  readonly collectGarbage: () => void
  /** While set, every request is left without an answer. */
  readonly faults: { isHanging: boolean }
  readonly close: () => Promise<void>
}

const version = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.2',
  gitCommit: 'sandbox',
  gitTreeState: '',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'go1.26.8',
  compiler: 'gc',
  platform: 'linux/amd64',
}

function createIdentities(
  clock: Clock,
  namespace: string,
): Pick<KubernetesSandbox, 'tokens' | 'rules' | 'identity' | 'token' | 'authenticate' | 'can'> & {
  readonly issue: (identity: string, seconds: number) => string
} {
  const tokens = new Map<string, string>()
  const expiries = new Map<string, number>()
  const rules = new Map<string, Rule[]>()
  const identity = (name: string): string =>
    name.includes(':') ? name : `system:serviceaccount:${namespace}:${name}`
  rules.set(identity('onboard-bot'), botRules(namespace))
  rules.set(identity('admin'), [...adminRules])
  const known = (name: string): string | undefined =>
    [...tokens].find(([token, who]) => who === identity(name) && !expiries.has(token))?.[0]
  const token = (name: string): string => {
    const found = known(name) ?? mintToken(identity(name))
    tokens.set(found, identity(name))
    return found
  }
  for (const name of ['onboard-bot', 'nobody', 'admin']) token(name)
  return {
    tokens,
    rules,
    identity,
    token,
    authenticate: (given) =>
      (expiries.get(given) ?? Infinity) <= clock.now() ? undefined : tokens.get(given),
    can: (who, access) => isAllowed(rules.get(who) ?? [], access),
    issue: (who, seconds) => {
      const expiresAt = clock.now() + seconds * 1000
      const issued = mintToken(who, expiresAt)
      tokens.set(issued, who)
      expiries.set(issued, expiresAt)
      return issued
    },
  }
}

function send(response: ServerResponse, status: number, text: string, type = 'application/json'): void {
  const headers = {
    'Cache-Control': 'no-cache, private',
    'Content-Type': type,
    'Content-Length': String(Buffer.byteLength(text)),
  }
  response.writeHead(status, headers).end(text)
}

interface Reviewer {
  readonly who: string
  readonly rules: readonly Rule[]
  readonly nowMs: number
}

function review(target: Target, body: unknown, { who, rules, nowMs }: Reviewer): Answer | undefined {
  const given = asObject(body)
  switch (`${target.group}/${target.resource}`) {
    case 'authorization.k8s.io/selfsubjectaccessreviews':
      return { status: 201, body: reviewAccess(given, who, rules, nowMs) }
    case 'authorization.k8s.io/selfsubjectrulesreviews':
      return { status: 201, body: reviewRules(given, rules) }
    case 'authentication.k8s.io/selfsubjectreviews':
      return { status: 201, body: reviewSelf(who, nowMs) }
    default:
      return undefined
  }
}

type Handle = (request: IncomingMessage) => Promise<{ status: number; text: string; type?: string }>

function createHandler(
  clock: Clock,
  objects: ObjectStore,
  identities: ReturnType<typeof createIdentities>,
): Handle {
  const grantToken = ({ namespace = '', name = '' }: Target, body: unknown): Answer => {
    const seconds = readExpirationSeconds(asObject(body))
    const who = `system:serviceaccount:${namespace}:${name}`
    if (!identities.rules.has(who)) throw notFound('serviceaccounts', name)
    const token = identities.issue(who, seconds)
    const granted = { namespace, serviceAccount: name, token, seconds, body: asObject(body) }
    return { status: 201, body: renderTokenRequest(granted, clock) }
  }
  const whoIs = (request: IncomingMessage): string => {
    const header = request.headers.authorization
    if (header === undefined) return anonymous
    const who = identities.authenticate(header.replace(/^Bearer /, ''))
    if (who === undefined) throw unauthorized()
    return who
  }
  return async (request) => {
    const url = new URL(request.url ?? '/', 'http://sandbox')
    const who = whoIs(request)
    if (url.pathname === '/version') return { status: 200, text: JSON.stringify(version, null, 2) }
    if (['/readyz', '/livez', '/healthz'].includes(url.pathname)) {
      return { status: 200, text: 'ok', type: 'text/plain; charset=utf-8' }
    }
    const target = parseTarget(url.pathname)
    if (target === undefined) throw noSuchPath()
    const body = await readBody(request)
    const verb = verbOf(request.method ?? 'GET', target, url.searchParams)
    const { group, resource, subresource, namespace, name } = target
    const access = { verb, group, resource, subresource, namespace, name }
    if (!identities.can(who, access)) throw forbidden(who, access)
    const answer =
      review(target, body, { who, rules: identities.rules.get(who) ?? [], nowMs: clock.now() }) ??
      (subresource === 'token'
        ? grantToken(target, body)
        : performOnResource(objects, {
            target,
            verb,
            body,
            contentType: (request.headers['content-type'] ?? '').split(';')[0] ?? '',
            query: url.searchParams,
          }))
    return { status: answer.status, text: `${JSON.stringify(answer.body)}\n` }
  }
}

/** Starts a Kubernetes API on loopback: Secrets, ConfigMaps, Namespaces, reviews of rights and tokens. */
export async function startKubernetes(options: KubernetesOptions): Promise<KubernetesSandbox> {
  const { clock, namespace = 'shared' } = options
  const objects = createObjectStore(clock)
  const identities = createIdentities(clock, namespace)
  const collector = createCollector(objects, clock, options.collectAfterMs ?? 1000)
  const createNamespace = (name: string): void => {
    const body = { kind: 'Namespace', apiVersion: 'v1', status: { phase: 'Active' } }
    objects.create({ resource: 'namespaces', namespace: '', name }, body, 'sandbox')
  }
  for (const name of new Set(['default', 'kube-system', namespace])) createNamespace(name)
  const faults = { isHanging: false }
  const handle = createHandler(clock, objects, identities)
  const server = createServer((request, response) => {
    if (faults.isHanging) return
    handle(request).then(
      ({ status, text, type }) => send(response, status, text, type),
      (error: unknown) => {
        const known =
          error instanceof KubernetesError ? error : new KubernetesError(500, 'InternalError', String(error))
        send(response, known.code, `${JSON.stringify(known.body())}\n`)
      },
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = listeningAddress(server.address())
  const url = `http://127.0.0.1:${port}`
  const { issue: _issue, ...open } = identities
  return {
    ...open,
    url,
    namespace,
    objects,
    faults,
    createNamespace,
    kubeconfig: (name) => renderKubeconfig(url, identities.token(name), namespace),
    secret: (space, name) => decoded(objects.get({ resource: 'secrets', namespace: space, name })),
    secrets: { list: (space) => objects.list('secrets', space) },
    registerOwner: collector.registerOwner,
    collectGarbage: collector.look,
    close: async () => {
      collector.stop()
      server.closeAllConnections()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}

function decoded(secret: StoredObject | undefined): Record<string, string> | undefined {
  if (secret === undefined) return undefined
  const entries = Object.entries(textsOf(secret['data']))
  return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
}

function listeningAddress(address: string | AddressInfo | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('Kubernetes sandbox: not listening')
  return address
}
