import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Clock } from '../../src/clock.ts'
import { createTlsServer } from '../tls-server.ts'
import { discoverArgo } from './argo-resources.ts'
import { createCollector } from './collector.ts'
import { createKubernetesFaults, faultyAnswer, type KubernetesFaults, takeLost } from './faults.ts'
import { type Access, anonymous, type Rule } from './identities.ts'
import { textsOf } from './json.ts'
import { discovery } from './kinds.ts'
import { createIdentities, type Identities } from './known-identities.ts'
import { renderKubeconfig } from './kubeconfig.ts'
import { completeNamespace, createNamespaceDeleter, type NamespaceDeleter } from './namespaces.ts'
import { createObjectStore, type ObjectStore, type StoredObject } from './objects.ts'
import { type PortForwards, servePortForwards } from './port-forward.ts'
import { asObject, parseTarget, readBody, verbOf } from './requests.ts'
import type { Target } from './requests.ts'
import { performOnResource } from './resources.ts'
import type { Answer } from './resources.ts'
import { readExpirationSeconds, renderTokenRequest, review } from './reviews.ts'
import { furtherAccess, refuseEscalation } from './rights.ts'
import { createServiceAccounts } from './service-accounts.ts'
import { forbidden, KubernetesError, noSuchPath, notFound, unauthorized } from './status.ts'
import { version } from './version.ts'

export interface KubernetesOptions {
  readonly clock: Clock
  readonly port?: number
  /** TLS with this certificate, as every real one speaks. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** The namespace in which `onboard-bot` has its Role; default `shared`. */
  readonly namespace?: string
  /** How long a namespace is `Terminating`; default 0.3 s. */
  readonly deleteNamespaceAfterMs?: number
  /** How long the garbage collector waits after an owner is gone; default 1 s. */
  readonly collectAfterMs?: number
}

export interface KubernetesSandbox extends Identities {
  readonly url: string
  readonly namespace: string
  readonly objects: ObjectStore
  readonly kubeconfig: (name: string) => string
  readonly createNamespace: (name: string) => void
  /** A stored Secret with its values decoded; undefined where there is none. */
  readonly secret: (namespace: string, name: string) => Record<string, string> | undefined
  readonly secrets: { readonly list: (namespace: string) => StoredObject[] }
  /** Tells the garbage collector how to find out whether an owner of `kind` still exists. */
  readonly registerOwner: (kind: string, exists: (uid: string) => boolean) => void
  readonly collectGarbage: () => void
  readonly forwards: PortForwards
  readonly faults: KubernetesFaults
  /** Namespaces that stay `Terminating`. */
  readonly stuckNamespaces: Set<string>
  readonly close: () => Promise<void>
}

function send(
  response: ServerResponse,
  { status, text, type = 'application/json', headers: more }: Sent,
): void {
  const headers = {
    ...more,
    'Cache-Control': 'no-cache, private',
    'Content-Type': type,
    'Content-Length': String(Buffer.byteLength(text)),
  }
  response.writeHead(status, headers).end(text)
}

interface Sent {
  readonly status: number
  readonly text: string
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

type Handle = (request: IncomingMessage) => Promise<Sent>

function refusal(error: unknown): Sent {
  const known =
    error instanceof KubernetesError ? error : new KubernetesError(500, 'InternalError', String(error))
  return { status: known.code, text: `${JSON.stringify(known.body())}\n` }
}

function faulty(fault: { status: number; message: string; retryAfterS?: number }): Sent {
  const sent = refusal(new KubernetesError(fault.status, 'Unknown', fault.message))
  return fault.retryAfterS === undefined
    ? sent
    : { ...sent, headers: { 'Retry-After': String(fault.retryAfterS) } }
}

function createHandler(
  { clock, objects, faults }: { clock: Clock; objects: ObjectStore; faults: KubernetesFaults },
  identities: ReturnType<typeof createIdentities>,
  deleter: NamespaceDeleter,
): Handle {
  const rulesOf = (who: string): readonly Rule[] => identities.rules.get(who) ?? []
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
  const checkRights = (access: Access, body: unknown, who: string): void => {
    const can = (needed: Access): boolean => identities.can(who, needed)
    for (const needed of [access, ...furtherAccess(access, objects)]) {
      if (!can(needed)) throw forbidden(who, needed)
    }
    refuseEscalation(access, body, { who, can })
  }
  return async (request) => {
    const url = new URL(request.url ?? '/', 'http://sandbox')
    const who = whoIs(request)
    if (url.pathname === '/version') return { status: 200, text: JSON.stringify(version, null, 2) }
    if (['/readyz', '/livez', '/healthz'].includes(url.pathname)) {
      return { status: 200, text: 'ok', type: 'text/plain; charset=utf-8' }
    }
    const known = discovery(url.pathname) ?? discoverArgo(url.pathname, faults.missingResources)
    if (known !== undefined) return { status: 200, text: `${JSON.stringify(known)}\n` }
    const target = parseTarget(url.pathname)
    if (target === undefined) throw noSuchPath()
    const body = await readBody(request)
    const verb = verbOf(request.method ?? 'GET', target, url.searchParams)
    const { group, resource, subresource, namespace, name } = target
    const access = { verb, group, resource, subresource, namespace, name }
    checkRights(access, body, who)
    const answer =
      review(target, body, { who, rulesOf, nowMs: clock.now() }) ??
      (subresource === 'token'
        ? grantToken(target, body)
        : performOnResource(objects, {
            target,
            verb,
            body,
            contentType: (request.headers['content-type'] ?? '').split(';')[0] ?? '',
            query: url.searchParams,
            deleter,
          }))
    return { status: answer.status, text: `${JSON.stringify(answer.body)}\n` }
  }
}

/** Starts a Kubernetes API on loopback: what is in `kinds.ts`, reviews of rights and tokens. */
export async function startKubernetes(options: KubernetesOptions): Promise<KubernetesSandbox> {
  const { clock, namespace = 'shared' } = options
  const objects = createObjectStore(clock)
  const identities = createIdentities(clock, namespace)
  const collector = createCollector(objects, clock, options.collectAfterMs ?? 1000)
  const createNamespace = (name: string): void => {
    objects.create({ resource: 'namespaces', namespace: '', name }, completeNamespace(name, {}), 'sandbox')
  }
  for (const name of new Set(['default', 'kube-system', namespace])) createNamespace(name)
  createServiceAccounts(objects, identities.rules, namespace)
  const faults = createKubernetesFaults()
  const deleter = createNamespaceDeleter(objects, clock, options.deleteNamespaceAfterMs ?? 300)
  const handle = createHandler({ clock, objects, faults }, identities, deleter)
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const line = `${request.method ?? ''} ${request.url ?? ''}`
    if (faults.isHanging) {
      faults.onRequest?.(line)
      return
    }
    const fault = faultyAnswer(faults, line)
    const sent = fault === undefined ? await handle(request).catch(refusal) : faulty(fault)
    faults.onRequest?.(line)
    if (takeLost(faults, line)) request.socket.destroy()
    else send(response, sent)
  }
  const onRequest = (request: IncomingMessage, response: ServerResponse): void =>
    void answer(request, response)
  const server = options.tls === undefined ? createServer(onRequest) : createTlsServer(options.tls, onRequest)
  const forwards = servePortForwards({ server, objects, faults, ...identities })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = listeningAddress(server.address())
  const url = options.tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`
  const { issue: _issue, ...open } = identities
  return {
    ...open,
    url,
    namespace,
    objects,
    faults,
    stuckNamespaces: deleter.stuck,
    createNamespace,
    kubeconfig: (name) => renderKubeconfig(url, identities.token(name), namespace),
    secret: (space, name) => decoded(objects.get({ resource: 'secrets', namespace: space, name })),
    secrets: { list: (space) => objects.list('secrets', space) },
    registerOwner: collector.registerOwner,
    collectGarbage: collector.look,
    forwards,
    close: async () => {
      collector.stop()
      deleter.stop()
      forwards.cut()
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
