import { z } from 'zod'

import { type Answer, callRepeatedly, type Caller } from './http.ts'
import { PassingError, retrying } from './retrying.ts'
import { StepError } from './step-error.ts'

const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().default(3_600) })
const errorSchema = z.object({ error: z.string(), error_description: z.string().default('') })

export interface Client {
  /** Names the service in sentences. */
  readonly what: string
  readonly url: string
  readonly clientId: string
  readonly clientSecret: string
  /** The address may have been made a moment ago: for a minute it may not know its own client. */
  readonly isNew?: boolean
}

const inSentence = (what: string): string => what.replace(/^The /, 'the ')

/** How long a new tenant may refuse the client that it was made with (milliseconds). */
const newWithinMs = 60_000

const refusalOf = ({ what }: Client, { status, body, at }: Answer): StepError => {
  if (status < 300)
    return new StepError(
      'remote-down',
      `The token service of ${inSentence(what)} gives no token. Retry later.`,
    )
  if (![400, 401, 403].includes(status)) {
    return new StepError(
      'bad-input',
      `There is no token service for ${inSentence(what)} at ${at} (HTTP ${status}). Check the url in its credentials, then retry.`,
    )
  }
  const { error, error_description: said } = errorSchema.safeParse(body).data ?? {
    error: `HTTP ${status}`,
    error_description: '',
  }
  // A client that lacks the grant is an "invalid_client" whose description says so (XSUAA).
  const isOtherGrant = ['unsupported_grant_type', 'unauthorized_client'].includes(error)
  const cure =
    isOtherGrant || said.startsWith('Unauthorized grant type')
      ? 'Create a key with grant type client credentials, then retry.'
      : 'Check whether they were renewed, and whether that is the right address; then retry.'
  return new StepError('authorisation', `${what} refuses the credentials (${error}, at ${at}). ${cure}`)
}

/** Access tokens by client credentials, each used until it is nearly over or refused. */
export class Tokens {
  readonly #client: Client
  readonly #caller: Caller
  #token: { readonly text: string; readonly renewAt: number } | undefined

  constructor(client: Client, caller: Caller) {
    this.#client = client
    this.#caller = caller
  }

  /** Throws StepError. */
  async get(): Promise<string> {
    if (this.#token === undefined || this.#token.renewAt <= Date.now()) this.#token = await this.#fetch()
    return this.#token.text
  }

  /** A service refuses the token: the next one is a new one. */
  drop(): void {
    this.#token = undefined
  }

  async #fetch(): Promise<{ text: string; renewAt: number }> {
    const { what, isNew = false } = this.#client
    const began = Date.now()
    const answer = await retrying(
      what,
      async () => {
        const given = await this.#ask()
        const isCold = isNew && [401, 404].includes(given.status) && Date.now() - began < newWithinMs
        if (isCold) throw new PassingError('its token service does not know the new client yet')
        return given
      },
      this.#caller,
    )
    const read = tokenSchema.safeParse(answer.body)
    if (answer.status !== 200 || !read.success) throw refusalOf(this.#client, answer)
    const { access_token: text, expires_in: seconds } = read.data
    return { text, renewAt: Date.now() + Math.min(seconds * 900, Math.max(seconds - 60, 1) * 1_000) }
  }

  /** The secret goes in the body, so that no character of it needs escaping. */
  #ask(): Promise<Answer> {
    const { what, url, clientId, clientSecret } = this.#client
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    })
    const call = {
      method: 'POST',
      url: `${url.replace(/\/$/, '')}/oauth/token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    } as const
    return callRepeatedly(`The token service of ${inSentence(what)}`, call, this.#caller)
  }
}
