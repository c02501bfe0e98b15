import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Clock } from '../../src/clock.ts'
import { closeServer, createHandlingServer, listen, readBody, sendJson } from '../http.ts'
import { AccountsService, type BtpAnswer } from './accounts.ts'
import { type BtpFaults, createFaults } from './faults.ts'
import { Platforms } from './platforms.ts'

export interface BtpSandbox {
  readonly url: string
  readonly faults: BtpFaults
  readonly accounts: AccountsService
  readonly platforms: Platforms
  /** The service key of the global account. */
  readonly serviceKey: () => object
  readonly close: () => Promise<void>
}

const global = { clientid: 'sb-ut-sandbox!b1|cis-central!b14', clientsecret: 'a$b+c=/sandbox-secret' }

interface Asked {
  readonly method: string
  readonly path: readonly string[]
  readonly query: URLSearchParams
  readonly body: unknown
  /** The subaccount whose client asks, or `global`. */
  readonly owner: string
}

/** Token service, accounts service and Service Manager at one address. */
class Sandbox implements BtpSandbox {
  url = ''
  readonly faults = createFaults()
  readonly platforms = new Platforms(this.faults)
  readonly accounts: AccountsService
  readonly #tokens = new Map<string, string>()
  readonly #server = createHandlingServer((request, response) => this.#handle(request, response))

  constructor(clock: Clock) {
    this.accounts = new AccountsService({ clock, faults: this.faults, platforms: this.platforms })
  }

  async listen(port: number): Promise<void> {
    this.url = await listen(this.#server, port)
  }

  serviceKey(): object {
    return {
      endpoints: { accounts_service_url: this.url },
      grant_type: 'client_credentials',
      uaa: { ...global, 'credential-type': 'binding-secret', url: this.url, zoneid: 'sandbox' },
    }
  }

  close(): Promise<void> {
    return closeServer(this.#server)
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const text = await readBody(request)
    if (this.faults.isDown) return sendJson(response, 503, { error: 'unavailable' })
    if (this.faults.rateLimited > 0) {
      this.faults.rateLimited -= 1
      return sendJson(response, 429, { error: 'rate limited' }, { 'retry-after': '1' })
    }
    const answer = url.pathname === '/oauth/token' ? this.#token(text) : this.#authorised(request, url, text)
    const lost = this.faults.lostAnswers.findIndex((path) =>
      `${request.method} ${url.pathname}`.includes(path),
    )
    if (lost === -1) return sendJson(response, answer.status, answer.body ?? {})
    this.faults.lostAnswers.splice(lost, 1)
    request.socket.destroy()
    return undefined
  }

  #token(text: string): BtpAnswer {
    const form = new URLSearchParams(text)
    const [id, secret] = [form.get('client_id') ?? '', form.get('client_secret') ?? '']
    const isGlobal = id === global.clientid && secret === global.clientsecret
    const owner = isGlobal ? 'global' : this.platforms.ownerOf(id, secret)
    if (owner === undefined || this.faults.isUnauthorised) {
      return { status: 401, body: { error: 'invalid_client', error_description: 'Bad credentials' } }
    }
    const token = randomBytes(24).toString('base64url')
    this.#tokens.set(token, owner)
    return { status: 200, body: { access_token: token, token_type: 'bearer', expires_in: 43_199 } }
  }

  #authorised(request: IncomingMessage, url: URL, text: string): BtpAnswer {
    const owner = this.#tokens.get(request.headers.authorization?.replace(/^Bearer /, '') ?? '')
    if (owner === undefined) return { status: 401, body: {} }
    const asked: Asked = {
      method: request.method ?? 'GET',
      path: url.pathname.split('/').slice(1).map(decodeURIComponent),
      query: url.searchParams,
      body: text === '' ? undefined : JSON.parse(text),
      owner,
    }
    const [first] = asked.path
    return first === 'accounts' ? this.#accounts(asked) : this.#serviceManager(asked)
  }

  #accounts({ method, path, query, body, owner }: Asked): BtpAnswer {
    if (owner !== 'global')
      return { status: 403, body: { error: { code: 403, message: 'insufficient scope' } } }
    const [, , , guid, more] = path
    if (guid === undefined)
      return method === 'POST' ? this.accounts.create(body) : this.accounts.list(query.get('labelSelector'))
    if (more === 'serviceManagementBinding') return this.#binding(method, guid)
    return method === 'DELETE' ? this.accounts.delete(guid) : this.accounts.get(guid)
  }

  #binding(method: string, guid: string): BtpAnswer {
    if (!this.accounts.exists(guid))
      return { status: 404, body: { error: { code: 20004, message: 'Subaccount not found' } } }
    const shown = (binding: object): object => ({
      ...binding,
      sm_url: this.url,
      url: this.url,
      xsappname: 'sandbox',
    })
    if (method === 'POST') return this.platforms.bind(guid, shown)
    if (method === 'DELETE') return this.platforms.unbind(guid)
    const known = this.platforms.binding(guid)
    return known === undefined ? { status: 404, body: {} } : { status: 200, body: shown(known) }
  }

  #serviceManager({ method, path, query, body, owner }: Asked): BtpAnswer {
    const [, kind, id] = path
    if (kind === 'service_instances') return this.platforms.instancesOf(query.get('fieldQuery'))
    if (id === undefined) {
      return method === 'POST'
        ? this.platforms.create(owner, body)
        : this.platforms.list(owner, query.get('labelQuery'))
    }
    return method === 'PATCH' ? this.platforms.regenerate(id) : this.platforms.delete(id)
  }
}

/** Starts the sandbox's SAP BTP. */
export const startBtp = async (options: { clock: Clock; port?: number }): Promise<BtpSandbox> => {
  const sandbox = new Sandbox(options.clock)
  await sandbox.listen(options.port ?? 0)
  return sandbox
}
