import type { IncomingMessage, ServerResponse } from 'node:http'

import { type Clock, systemClock } from '../../src/clock.ts'
import { closeServer, createHandlingServer, listen, readBody, sendJson } from '../http.ts'
import { type Answer, WebApi } from './api.ts'
import { scopes, tokens } from './cast.ts'
import { type Arguments, no, text } from './content.ts'
import { type SlackFaults, takeFault } from './faults.ts'
import { createLimits } from './limits.ts'
import { PageApi, type Panel } from './page-api.ts'
import { People } from './people.ts'
import { ResponseUrls } from './response-urls.ts'
import { SocketMode } from './socket.ts'
import { Workspace } from './workspace.ts'

export interface SlackSandbox {
  /** Of the page; the Web API is at `/api/` below it. */
  readonly url: string
  readonly apiUrl: string
  readonly workspace: Workspace
  readonly people: People
  readonly socket: SocketMode
  readonly faults: SlackFaults
  /** Every call of the Web API. */
  readonly calls: { readonly method: string; readonly given: Arguments; readonly at: number }[]
  /** What the app answered that Slack would have refused. */
  readonly problems: string[]
  /** Resolves as soon as the condition holds; it is looked at again at every change. Rejects when time is up. */
  readonly waitFor: (condition: () => boolean, options: { what: string; timeoutMs: number }) => Promise<void>
  readonly close: () => Promise<void>
}

const structured = new Set(['blocks', 'view', 'metadata', 'attachments'])

const parseArguments = (type: string, body: string): Arguments => {
  if (type.startsWith('application/json')) return JSON.parse(body === '' ? '{}' : body)
  return Object.fromEntries(
    [...new URLSearchParams(body)].map(([name, value]) => [
      name,
      structured.has(name) ? JSON.parse(value) : value,
    ]),
  )
}

/** Slack, as far as the bot can see it, on loopback. */
class Sandbox implements SlackSandbox {
  url = ''
  readonly workspace: Workspace
  readonly people: People
  readonly socket: SocketMode
  readonly faults: SlackFaults = {
    api: [],
    missingScopes: new Set(),
    isLimited: false,
    isWithoutPlan: false,
  }
  readonly calls: SlackSandbox['calls'] = []
  readonly problems: string[] = []
  readonly #api: WebApi
  readonly #responseUrls: ResponseUrls
  readonly #limits: ReturnType<typeof createLimits>
  readonly #page: PageApi
  readonly #server = createHandlingServer((request, response) => this.#handle(request, response))

  constructor(clock: Clock, panel: Panel | undefined) {
    this.workspace = new Workspace(clock)
    this.socket = new SocketMode(clock)
    this.#api = new WebApi({
      workspace: this.workspace,
      url: () => this.url,
      scopes: () => this.#scopes(),
    })
    this.#responseUrls = new ResponseUrls(this.workspace)
    this.#limits = createLimits(clock)
    this.people = new People({
      workspace: this.workspace,
      socket: this.socket,
      responseUrl: (about) => `${this.url}/response/${this.#responseUrls.create(about)}`,
      onProblem: (problem) => this.problems.push(problem),
    })
    this.#page = new PageApi({ workspace: this.workspace, people: this.people, panel })
    this.socket.attach(this.#server)
  }

  get apiUrl(): string {
    return `${this.url}/api/`
  }

  async listen(port: number): Promise<void> {
    this.url = await listen(this.#server, port)
  }

  readonly waitFor: SlackSandbox['waitFor'] = (condition, { what, timeoutMs }) =>
    new Promise((resolve, reject) => {
      const end = (): void => {
        stopListening()
        clearTimeout(timer)
      }
      const look = (): void => {
        if (!condition()) return
        end()
        resolve()
      }
      const stopListening = this.workspace.onChange(look)
      const timer = setTimeout(() => {
        end()
        reject(new Error(`waited ${timeoutMs} ms in vain for: ${what}`))
      }, timeoutMs)
      look()
    })

  async close(): Promise<void> {
    this.socket.close()
    this.#page.close()
    await closeServer(this.#server)
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.url)
    if (pathname.startsWith('/api/')) return this.#call(pathname.slice('/api/'.length), request, response)
    if (pathname.startsWith('/response/')) {
      const answer = this.#responseUrls.use(
        pathname.slice('/response/'.length),
        JSON.parse(await readBody(request)),
      )
      response.writeHead(answer.status).end(answer.body)
      return undefined
    }
    return this.#page.handle(request, response)
  }

  async #call(method: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const given = parseArguments(request.headers['content-type'] ?? '', await readBody(request))
    const at = this.workspace.clock.now()
    this.calls.push({ method, given, at })
    const fault = takeFault(this.faults, method)
    if (fault?.kind === 'hang') return undefined
    if (fault?.kind === 'http-500') return sendJson(response, 500, { error: 'upstream' })
    const waitS = fault?.kind === 'ratelimited' ? 1 : this.#waitS(method, given)
    if (waitS !== undefined) {
      return sendJson(response, 429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(waitS) })
    }
    const answer = this.#answer(method, given, request.headers.authorization ?? '')
    if (fault?.kind !== 'lost')
      return sendJson(response, 200, answer, { 'x-oauth-scopes': this.#scopes().join(',') })
    request.socket.destroy()
    return undefined
  }

  #scopes(): readonly string[] {
    return scopes.filter((scope) => !this.faults.missingScopes.has(scope))
  }

  #waitS(method: string, given: Arguments): number | undefined {
    return this.faults.isLimited ? this.#limits(method, text(given['channel'])) : undefined
  }

  #answer(method: string, given: Arguments, authorization: string): Answer {
    const token = authorization.replace(/^Bearer /, '') || text(given['token'])
    if (token === '') return no('not_authed')
    if (method === 'apps.connections.open') {
      if (token !== tokens.app) return no('invalid_auth')
      if (this.faults.missingScopes.has('connections:write'))
        return no('missing_scope', { needed: 'connections:write', provided: '' })
      const url = `${this.url.replace('http:', 'ws:')}/link/?ticket=${this.socket.ticket()}`
      return { ok: true, url }
    }
    if (token !== tokens.bot) return no('invalid_auth')
    if (this.faults.isWithoutPlan && JSON.stringify(given['blocks'] ?? []).includes('"type":"plan"')) {
      return no('invalid_blocks', { errors: ['unsupported type: plan [json-pointer:/blocks]'] })
    }
    return this.#api.call(method, given)
  }
}

/** Starts the sandbox's Slack. */
export const startSlack = async (
  options: { clock?: Clock; port?: number; panel?: Panel } = {},
): Promise<SlackSandbox> => {
  const sandbox = new Sandbox(options.clock ?? systemClock, options.panel)
  await sandbox.listen(options.port ?? 0)
  return sandbox
}
