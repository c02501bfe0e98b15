import { randomBytes } from 'node:crypto'

import type { Clock } from '../../src/clock.ts'
import type { BtpAnswer } from './answer.ts'
import type { BtpFaults } from './faults.ts'

/** The client of the global account's service key. */
export const globalClient = {
  clientid: 'sb-ut-sandbox!b1|cis-central!b14',
  clientsecret: 'a$b+c=/sandbox-secret',
}

/** Whom a token stands for: `global`, or the subaccount whose Service Manager it opens. */
export interface Bearer {
  readonly owner: string
  readonly mayWrite: boolean
}

interface Credentials {
  readonly id: string
  readonly secret: string
}

const readCredentials = (form: URLSearchParams, authorization: string | undefined): Credentials => {
  if (authorization?.startsWith('Basic ') !== true) {
    return { id: form.get('client_id') ?? '', secret: form.get('client_secret') ?? '' }
  }
  const [id = '', secret = ''] = Buffer.from(authorization.slice(6), 'base64').toString().split(':')
  return { id, secret }
}

const refused = (status: number, error: string, description: string): BtpAnswer => ({
  status,
  body: { error, error_description: description },
  ...(status === 401 && {
    headers: { 'www-authenticate': 'Basic realm="UAA/client", error="unauthorized"' },
  }),
})

/** The token service: one address for the global account, one for each subaccount. */
export class Tokens {
  readonly #clock: Clock
  readonly #faults: BtpFaults
  readonly #ownerOf: (id: string, secret: string, tenant: string) => string | undefined
  readonly #known = new Map<string, Bearer & { readonly until: number }>()

  constructor(options: {
    clock: Clock
    faults: BtpFaults
    /** The subaccount that a client of this tenant may manage. */
    ownerOf: (id: string, secret: string, tenant: string) => string | undefined
  }) {
    this.#clock = options.clock
    this.#faults = options.faults
    this.#ownerOf = options.ownerOf
  }

  /** `tenant` is empty for the global account. */
  grant(text: string, authorization: string | undefined, tenant: string): BtpAnswer {
    const form = new URLSearchParams(text)
    const grant = form.get('grant_type')
    if (grant === null) return refused(400, 'invalid_request', 'Missing grant type')
    if (grant === 'password') return refused(401, 'invalid_client', 'Unauthorized grant type: password')
    if (grant !== 'client_credentials') return refused(400, 'unsupported_grant_type', `Unsupported: ${grant}`)
    if (tenant !== '' && this.#faults.coldTokenCalls > 0) {
      this.#faults.coldTokenCalls -= 1
      return { status: 404 }
    }
    const { id, secret } = readCredentials(form, authorization)
    const owner = this.#owner(id, secret, tenant)
    if (owner === undefined) return refused(401, 'unauthorized', 'Bad credentials')
    const { tokenSeconds, isReadOnly } = this.#faults
    const token = randomBytes(24).toString('base64url')
    const until = this.#clock.now() + tokenSeconds * 1_000
    this.#known.set(token, { owner, mayWrite: !isReadOnly, until })
    const scope = tenant === '' ? 'cis-central!b14.global-account.subaccount.create' : 'service-manager!b99'
    return {
      status: 200,
      body: { access_token: token, token_type: 'bearer', expires_in: tokenSeconds, scope, jti: id },
    }
  }

  bearer(authorization: string | undefined): Bearer | undefined {
    const known = this.#known.get(authorization?.replace(/^Bearer /i, '') ?? '')
    return known !== undefined && known.until > this.#clock.now() ? known : undefined
  }

  /** No token that was given so far is good any more. */
  revokeAll(): void {
    this.#known.clear()
  }

  #owner(id: string, secret: string, tenant: string): string | undefined {
    if (this.#faults.isUnauthorised) return undefined
    if (tenant !== '') return this.#ownerOf(id, secret, tenant)
    return id === globalClient.clientid && secret === globalClient.clientsecret ? 'global' : undefined
  }
}
