import { readFile } from 'node:fs/promises'

import { type Dispatcher, request } from 'undici'
import { z } from 'zod'

import { caMistake } from '../network/ca-certificates.ts'
import { proxyTrouble } from '../network/no-answer.ts'
import { createEnvironmentProxyAgent } from '../network/proxy-agents.ts'
import { RemoteError } from '../onboarding/ports/remote-error.ts'

/** What a kubeconfig says of a user of the provider `oidc`, in its own names. */
const settingsSchema = z.object({
  'client-id': z.string().default(''),
  'client-secret': z.string().exactOptional(),
  'id-token': z.string().default(''),
  'refresh-token': z.string().default(''),
  'idp-issuer-url': z.string().default(''),
  'idp-certificate-authority': z.string().exactOptional(),
  'idp-certificate-authority-data': z.string().exactOptional(),
})
type Settings = z.infer<typeof settingsSchema>

const claims = z.object({ exp: z.number() })
const discovered = z.object({ token_endpoint: z.url() })
const granted = z.object({ id_token: z.string(), refresh_token: z.string().exactOptional() })

/** A call that is not answered by then counts as unanswered (milliseconds). */
const callMs = 5_000
/** A token is renewed when it has less than this to live (milliseconds). */
const marginMs = 10_000

/** When a JSON web token ends, in milliseconds since 1970; one that cannot be read has ended. */
const endOf = (token: string): number => {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return claims.parse(payload).exp * 1_000
  } catch {
    return 0
  }
}

const readCa = async (settings: Settings): Promise<string | undefined> => {
  const { 'idp-certificate-authority-data': data, 'idp-certificate-authority': path } = settings
  if (data !== undefined) return Buffer.from(data, 'base64').toString()
  return path === undefined ? undefined : readFile(path, 'utf8')
}

const caOf = async (settings: Settings): Promise<string | undefined> => {
  const ca = await readCa(settings)
  const mistake = ca === undefined ? undefined : caMistake(ca)
  if (mistake === undefined) return ca
  throw new RemoteError(`Kubernetes: the sign-in by OIDC: idp-certificate-authority ${mistake}`, {
    code: 'invalid',
    cure: "Put the certificate of the issuer's CA into the kubeconfig.",
  })
}

/** Calls one issuer. Throws RemoteError, without what was sent. */
class Issuer {
  readonly #settings: Settings
  readonly #dispatcher: Dispatcher

  constructor(settings: Settings, ca: string | undefined) {
    this.#settings = settings
    const connect = { timeout: callMs, ...(ca !== undefined && { ca }) }
    this.#dispatcher = createEnvironmentProxyAgent({ connect, requestTls: connect })
  }

  async refresh(refreshToken: string): Promise<z.infer<typeof granted>> {
    const { 'idp-issuer-url': issuer, 'client-id': clientId, 'client-secret': secret } = this.#settings
    const base = issuer.replace(/\/$/, '')
    const page = await this.#call(`${base}/.well-known/openid-configuration`, discovered)
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: clientId }
    const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret ?? '')}`)
    return this.#call(page.token_endpoint, granted, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...(secret !== undefined && secret !== '' && { authorization: `Basic ${basic.toString('base64')}` }),
      },
      body: new URLSearchParams(form).toString(),
    })
  }

  async #call<T>(
    url: string,
    schema: z.ZodType<T>,
    options: { method?: 'POST'; headers?: Record<string, string>; body?: string } = {},
  ): Promise<T> {
    const what = `Kubernetes: the sign-in by OIDC: ${new URL(url).origin}`
    let answer: Dispatcher.ResponseData
    try {
      const signal = AbortSignal.timeout(callMs)
      answer = await request(url, { ...options, dispatcher: this.#dispatcher, signal })
    } catch (error) {
      const proxy = proxyTrouble(error)
      throw new RemoteError(`${what} cannot be reached${proxy === undefined ? '' : `: ${proxy.why}`}`, {
        code: 'unreachable',
        cause: error,
        ...(proxy !== undefined && { cure: `${proxy.cure}.` }),
      })
    }
    const body = schema.safeParse(await answer.body.json().catch(() => undefined))
    if (answer.statusCode === 200 && body.success) return body.data
    const code = answer.statusCode >= 500 ? 'unavailable' : 'unauthorized'
    throw new RemoteError(`${what} gives no token (HTTP ${answer.statusCode}); sign in anew`, { code })
  }
}

/**
 * The id tokens of a kubeconfig's OIDC user. One that has ended is renewed by its refresh token; what the issuer gives
 * is kept in memory only.
 */
export const createOidcTokens = (config: unknown): (() => Promise<string>) => {
  const settings = settingsSchema.parse(config)
  let { 'id-token': idToken, 'refresh-token': refreshToken } = settings
  let issuer: Issuer | undefined
  return async () => {
    if (endOf(idToken) > Date.now() + marginMs) return idToken
    if (refreshToken === '' || settings['idp-issuer-url'] === '') {
      throw new RemoteError(
        'Kubernetes: the id token of the kubeconfig has ended, and nothing renews it; sign in anew',
        { code: 'unauthorized' },
      )
    }
    issuer ??= new Issuer(settings, await caOf(settings))
    const fresh = await issuer.refresh(refreshToken)
    idToken = fresh.id_token
    refreshToken = fresh.refresh_token ?? refreshToken
    return idToken
  }
}
