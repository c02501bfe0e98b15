import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

import type { Clock } from '../../src/clock.ts'
import { forbiddenMessage } from '../kubernetes/identities.ts'
import { isObject } from '../kubernetes/json.ts'
import type { KubernetesSandbox } from '../kubernetes/server.ts'
import { findAction, readActionBody, verbsOf } from './actions.ts'
import { sendPage, sendValue } from './answers.ts'
import { actorLabel, createWorkflow, readSubmitted } from './create.ts'
import { ArgoError, internal, notImplemented, permissionDenied, workflowNotFound } from './errors.ts'
import type { Faults } from './faults.ts'
import { filterFields, filterWorkflow } from './fields.ts'
import { createGuard, readHeader } from './guard.ts'
import type { Guard } from './guard.ts'
import { readInfo } from './info.ts'
import { listWorkflows } from './list.ts'
import { startLog } from './log.ts'
import { podName } from './nodes.ts'
import type { Pods } from './pods.ts'
import type { WorkflowStore } from './store.ts'
import { openStream } from './stream.ts'
import { validateWorkflow } from './validate.ts'
import { startWatch } from './watch.ts'
import { isFailure, type Workflow } from './workflow.ts'

export interface Services {
  readonly clock: Clock
  readonly kubernetes: KubernetesSandbox
  readonly namespace: string
  readonly store: WorkflowStore
  readonly pods: Pods
  readonly faults: Faults
  readonly streams: Set<Socket>
  readonly keepAliveMs: number
  readonly bookmarkMs: number
}

interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: URLSearchParams
  readonly body: unknown
  readonly namespace: string
  readonly name: string
  readonly action: string
}

type Handler = (call: Call) => unknown

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  const text = Buffer.concat(chunks).toString('utf8')
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    // Go's decoder reads to the end before it complains about what is cut short.
    throw new ArgoError(3, 400, 'unexpected EOF', true)
  }
}

function findWorkflow(store: WorkflowStore, { namespace, name }: Call): Workflow {
  const newestFirst = (a: Workflow, b: Workflow): number =>
    Number(b.metadata.resourceVersion) - Number(a.metadata.resourceVersion)
  const found =
    name === '@latest' ? store.list(namespace).toSorted(newestFirst)[0] : store.get(namespace, name)
  if (found === undefined) throw workflowNotFound(name)
  return found
}

// A retry deletes what failed with the caller's token.
function checkPods(guard: Guard, call: Call, { metadata, status }: Workflow): void {
  if (call.action !== 'retry') return
  const failed = Object.values(status.nodes ?? {}).filter(
    ({ type, phase }) => type === 'Pod' && isFailure(phase),
  )
  for (const node of failed) guard.checkPods(call, 'delete', podName(metadata.name, node))
}

function lint({ kubernetes }: Services, { body, request }: Call): object {
  const submitted = readSubmitted(body)
  const who = kubernetes.authenticate(readHeader(request).replace(/^Bearer /, '')) ?? ''
  try {
    validateWorkflow(submitted)
  } catch (error) {
    // The real server hands the bare error on, which becomes "unknown".
    if (error instanceof ArgoError) throw new ArgoError(2, 500, error.message)
    throw error
  }
  const labels = { ...submitted.metadata.labels, 'workflows.argoproj.io/creator': actorLabel(who) }
  const status = { startedAt: null, finishedAt: null }
  return { metadata: { ...submitted.metadata, labels }, spec: submitted.spec, status }
}

const isDryRun = (body: unknown): boolean => isObject(body) && body['serverDryRun'] === true

// As Kubernetes words it (pkg/quota/v1, CheckRequest).
const quotaMessage = (name = ''): string => {
  const count = 'count/workflows.argoproj.io'
  return `workflows.argoproj.io "${name}" is forbidden: exceeded quota: workflows, requested: ${count}=1, used: ${count}=10, limited: ${count}=10`
}

function createUnary(services: Services, guard: Guard): Record<string, Handler> {
  const { store, pods, clock, faults } = services
  const find = (call: Call): Workflow => findWorkflow(store, call)
  return {
    create: (call) => {
      const submitted = readSubmitted(call.body)
      validateWorkflow(submitted)
      const identity = guard.check(call, ['create'])
      if (faults.isQuotaUsedUp) throw permissionDenied(quotaMessage(submitted.metadata.name))
      return createWorkflow(store, {
        submitted,
        namespace: call.namespace,
        identity,
        nowMs: clock.now(),
        isDryRun: isDryRun(call.body),
      })
    },
    lint: (call) => lint(services, call),
    get: (call) => {
      guard.check(call, ['get'])
      const workflow = find(call)
      const uid = call.query.get('uid')
      // Without an archive the real server looks into nothing here, and panics.
      if (uid !== null && uid !== '' && uid !== workflow.metadata.uid) {
        throw internal('runtime error: invalid memory address or nil pointer dereference')
      }
      return filterWorkflow(workflow, call.query.get('fields') ?? '')
    },
    list: (call) => {
      guard.mayList(call)
      const namespace = call.namespace === '' ? undefined : call.namespace
      return filterFields(listWorkflows(store, namespace, call.query), call.query.get('fields') ?? '')
    },
    act: (call) => {
      const action = findAction(call.action)
      if (action === undefined) throw notImplemented()
      const identity = guard.check(call, verbsOf(call.action))
      const body = readActionBody(call.body)
      const workflow = find(call)
      checkPods(guard, call, workflow)
      return action({ workflow, body, identity, nowMs: clock.now(), store, pods })
    },
    delete: (call) => {
      guard.check(call, ['get', 'delete'])
      find(call)
      store.remove(call.namespace, call.name)
      return {}
    },
    info: ({ request, action }) => readInfo(action, readHeader(request), services.namespace),
    eventSources: (call) => {
      const access = {
        verb: 'create',
        group: 'argoproj.io',
        resource: 'eventsources',
        namespace: call.namespace,
      }
      throw permissionDenied(forbiddenMessage(guard.whoIs(call.request), access))
    },
  }
}

function createStreams(services: Services, guard: Guard): Record<string, (call: Call) => void> {
  const { store, pods, clock, faults, keepAliveMs, bookmarkMs, streams } = services
  const open = (call: Call, feed: (stream: ReturnType<typeof openStream>) => void): void => {
    const fields = call.query.get('fields') ?? ''
    const stream = openStream(call.request, call.response, { clock, fields, keepAliveMs, faults })
    const { socket } = call.request
    streams.add(socket)
    stream.onClose(() => streams.delete(socket))
    try {
      feed(stream)
    } catch (error) {
      if (!(error instanceof ArgoError)) throw error
      stream.end(error)
    }
  }
  return {
    watch: (call) =>
      open(call, (stream) => {
        guard.check(call, ['watch'])
        const namespace = call.namespace === '' ? undefined : call.namespace
        startWatch(stream, { store, clock, namespace, query: call.query, bookmarkMs })
      }),
    log: (call) =>
      open(call, (stream) => {
        guard.check(call, ['get'])
        const workflow = store.get(call.namespace, call.name)
        if (workflow === undefined) throw workflowNotFound(call.name)
        guard.checkPods(call, 'watch')
        guard.checkPods(call, 'list')
        if (!guard.mayReadLogs(call)) return stream.end()
        startLog(stream, { store, pods, workflow, query: call.query })
      }),
  }
}

const routes: readonly { readonly method: string; readonly pattern: RegExp; readonly handler: string }[] = [
  { method: 'POST', pattern: /^workflows\/(?<namespace>[^/]+)$/, handler: 'create' },
  { method: 'POST', pattern: /^workflows\/(?<namespace>[^/]+)\/lint$/, handler: 'lint' },
  { method: 'GET', pattern: /^workflows\/(?<namespace>[^/]*)$/, handler: 'list' },
  { method: 'GET', pattern: /^workflows\/(?<namespace>[^/]+)\/(?<name>[^/]+)$/, handler: 'get' },
  { method: 'DELETE', pattern: /^workflows\/(?<namespace>[^/]+)\/(?<name>[^/]+)$/, handler: 'delete' },
  { method: 'GET', pattern: /^workflows\/(?<namespace>[^/]+)\/(?<name>[^/]+)\/log$/, handler: 'log' },
  {
    method: 'PUT',
    pattern: /^workflows\/(?<namespace>[^/]+)\/(?<name>[^/]+)\/(?<action>[a-z]+)$/,
    handler: 'act',
  },
  { method: 'GET', pattern: /^workflow-events\/(?<namespace>[^/]*)$/, handler: 'watch' },
  { method: 'GET', pattern: /^(?<action>info|version|userinfo)$/, handler: 'info' },
  { method: 'POST', pattern: /^event-sources\/(?<namespace>[^/]+)$/, handler: 'eventSources' },
]

function findRoute(method: string, path: string): { handler: string; groups: Record<string, string> } {
  for (const { method: wanted, pattern, handler } of routes) {
    const match = method === wanted ? pattern.exec(path) : null
    if (match !== null) return { handler, groups: { ...match.groups } }
  }
  throw notImplemented()
}

/** What a call is known by among the faults. */
function kindOf(handler: string, { action, body }: Call): string {
  if (handler === 'act') return action
  return handler === 'create' && isDryRun(body) ? 'dry-run' : handler
}

/** Answers one request of argo-server's REST API. */
export function createRoutes(
  services: Services,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const guard = createGuard(services.kubernetes, services.faults)
  const unary = createUnary(services, guard)
  const streams = createStreams(services, guard)
  return async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://sandbox')
    if (!url.pathname.startsWith('/api/')) return sendPage(response)
    const path = decodeURIComponent(url.pathname.replace(/^\/api\/v1\//, ''))
    const { handler, groups } = findRoute(request.method ?? 'GET', path)
    const call: Call = {
      request,
      response,
      query: url.searchParams,
      body: await readJson(request),
      namespace: groups['namespace'] ?? '',
      name: groups['name'] ?? '',
      action: groups['action'] ?? '',
    }
    const stream = streams[handler]
    if (stream !== undefined) return stream(call)
    const value = unary[handler]?.(call)
    const lost = services.faults.lostAnswers.indexOf(kindOf(handler, call))
    if (lost < 0) return sendValue(response, value, services.clock)
    services.faults.lostAnswers.splice(lost, 1)
    request.socket.destroy()
  }
}
