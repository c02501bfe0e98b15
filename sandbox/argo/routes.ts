import type { IncomingMessage, ServerResponse } from 'node:http'

import { sendPage, sendTooMany, sendValue } from './answers.ts'
import { createCallLimit, tooMany } from './call-limit.ts'
import { type Call, isDryRun, type Services } from './call.ts'
import { ArgoError, notImplemented } from './errors.ts'
import type { Faults } from './faults.ts'
import { createGuard } from './guard.ts'
import { createStreams } from './streams.ts'
import { createUnary } from './unary.ts'

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
async function readCall(
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<{ handler: ReturnType<typeof findRoute>['handler']; call: Call }> {
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
  return { handler, call }
}

/** Whether the answer to this call is to be lost, which then has happened. */
function isLost({ lostAnswers }: Faults, kind: string): boolean {
  const at = lostAnswers.indexOf(kind)
  if (at >= 0) lostAnswers.splice(at, 1)
  return at >= 0
}

export function createRoutes(
  services: Services,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const guard = createGuard(services.kubernetes, services.faults)
  const takeCall = createCallLimit(services.clock, services.faults)
  const unary = createUnary(services, guard)
  const streams = createStreams(services, guard)
  return async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://sandbox')
    if (!url.pathname.startsWith('/api/')) return sendPage(response, url.pathname)
    const { headers, isOver, isOverForAll } = takeCall()
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    if (isOver) return sendTooMany(response)
    const { handler, call } = await readCall(url, request, response)
    if (isOverForAll) throw tooMany(call.action === '' ? handler : call.action)
    const stream = streams[handler]
    if (stream !== undefined) return stream(call)
    const value = unary[handler]?.(call)
    if (isLost(services.faults, kindOf(handler, call))) request.socket.destroy()
    else sendValue(response, value)
  }
}
