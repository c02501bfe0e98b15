import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Clock } from '../../src/clock.ts'
import { closeServer, createHandlingServer, listen, readBody } from '../http.ts'
import { ManagerAccess } from './access.ts'
import { AccountsService } from './accounts.ts'
import { accountsError, type BtpAnswer } from './answer.ts'
import { type BtpFaults, createFaults, rateLimitHeaders, takePlanned } from './faults.ts'
import { Instances } from './instances.ts'
import { Operations } from './operations.ts'
import { Platforms } from './platforms.ts'
import { answerAccounts, answerManager, type Asked } from './routes.ts'
import { globalClient, Tokens } from './tokens.ts'

export interface BtpSandbox {
  readonly url: string
  readonly faults: BtpFaults
  readonly accounts: AccountsService
  readonly access: ManagerAccess
  readonly platforms: Platforms
  readonly instances: Instances
  readonly tokens: Tokens
  /** Every call, as `METHOD /path`, in order. */
  readonly calls: string[]
  /** The service key of the global account. */
  readonly serviceKey: () => object
  readonly close: () => Promise<void>
}

const send = (response: ServerResponse, { status, body, headers = {} }: BtpAnswer): void => {
  const isPage = typeof body === 'string'
  const type = isPage ? 'text/html' : 'application/json'
  response.writeHead(status, { 'content-type': type, 'x-correlationid': randomUUID(), ...headers })
  response.end(body === undefined ? '' : isPage ? body : JSON.stringify(body))
}

/** Token service, accounts service and Service Manager at one address. */
class Sandbox implements BtpSandbox {
  url = ''
  readonly faults = createFaults()
  readonly calls: string[] = []
  readonly accounts: AccountsService
  readonly access: ManagerAccess
  readonly platforms: Platforms
  readonly instances: Instances
  readonly tokens: Tokens
  readonly operations: Operations
  readonly #clock: Clock
  readonly #server = createHandlingServer((request, response) => this.#handle(request, response))

  constructor(clock: Clock) {
    const { faults } = this
    const addressOf = (guid: string): object => ({
      sm_url: this.url,
      url: `${this.url}/t/${this.accounts.find(guid)?.subdomain ?? ''}`,
    })
    this.#clock = clock
    this.operations = new Operations(faults)
    this.access = new ManagerAccess(addressOf)
    this.instances = new Instances({ faults, operations: this.operations, addressOf })
    const instances = {
      onPlatform: (platform: string) => this.instances.onPlatform(platform),
      remove: (id: string) => {
        this.instances.remove(id)
      },
    }
    this.platforms = new Platforms({ faults, operations: this.operations, instances })
    this.accounts = new AccountsService({ clock, faults, contentOf: (guid) => this.#contentOf(guid) })
    this.tokens = new Tokens({
      clock,
      faults,
      ownerOf: (id, secret, tenant) =>
        this.accounts
          .all()
          .find(({ guid, subdomain }) => subdomain === tenant && this.access.knows(guid, id, secret))?.guid,
    })
  }

  async listen(port: number): Promise<void> {
    this.url = await listen(this.#server, port)
  }

  serviceKey(): object {
    return {
      endpoints: { accounts_service_url: this.url },
      grant_type: 'client_credentials',
      uaa: { ...globalClient, 'credential-type': 'binding-secret', url: this.url, zoneid: 'sandbox' },
    }
  }

  close(): Promise<void> {
    return closeServer(this.#server)
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = `${request.method} ${request.url}`
    const text = await readBody(request)
    if (this.faults.slowMs > 0) await sleep(this.faults.slowMs)
    const planned = takePlanned(this.faults, call)
    const isSkipped = planned !== undefined && planned.isCarriedOut !== true
    const answer = isSkipped ? planned : this.#answer(request, text)
    this.calls.push(call)
    this.faults.onRequest?.(call)
    if (planned?.status === 0) request.socket.destroy()
    else send(response, planned ?? answer)
  }

  #answer(request: IncomingMessage, text: string): BtpAnswer {
    const { faults } = this
    if (faults.isDown) return { status: 503, body: '<html>Service Unavailable</html>' }
    if (faults.rateLimited > 0) {
      faults.rateLimited -= 1
      const headers = rateLimitHeaders(faults.rateLimitForm, this.#clock.now())
      return { ...accountsError(429, 11_006, 'Too many requests', ['5 in 3 seconds']), headers }
    }
    const url = new URL(request.url ?? '/', this.url)
    if (faults.redirects && url.pathname.startsWith('/accounts/'))
      return {
        status: 302,
        headers: { location: `https://login.test/?from=${encodeURIComponent(url.href)}` },
      }
    const { authorization } = request.headers
    const tenant = /^(?:\/t\/([^/]+))?\/oauth\/token$/.exec(url.pathname)
    if (tenant !== null) return this.tokens.grant(text, authorization, tenant[1] ?? '')
    const bearer = this.tokens.bearer(authorization)
    if (bearer === undefined) return { status: 401 }
    const path = url.pathname.split('/').slice(1).map(decodeURIComponent)
    const method = request.method ?? 'GET'
    const body: unknown = text === '' ? undefined : JSON.parse(text)
    const asked: Asked = { method, path, query: url.searchParams, body, ...bearer }
    return path[0] === 'v1' ? answerManager(this, asked) : answerAccounts(this, asked)
  }

  /** What the Service Manager knows in a subaccount keeps it from being deleted. */
  #contentOf(guid: string): readonly [number, string] | undefined {
    if (this.platforms.of(guid).length > 0) return [70_014, 'There are active Service Manager resources']
    const hasInstances = this.instances.of(guid).length > 0 || this.access.has(guid)
    return hasInstances ? [70_011, 'There are active service instances'] : undefined
  }
}

/** Starts the sandbox's SAP BTP. */
export const startBtp = async (options: { clock: Clock; port?: number }): Promise<BtpSandbox> => {
  const sandbox = new Sandbox(options.clock)
  await sandbox.listen(options.port ?? 0)
  return sandbox
}
