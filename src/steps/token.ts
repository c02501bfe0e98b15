import { z } from 'zod'

import { callRepeatedly } from './http.ts'
import { StepError } from './step-error.ts'

const tokenSchema = z.object({ access_token: z.string().min(1) })
const errorSchema = z.object({ error: z.string() })

/** An access token by client credentials, sent in the body so that no character of a secret needs escaping. */
export const fetchToken = async (options: {
  what: string
  url: string
  clientId: string
  clientSecret: string
  signal: AbortSignal
}): Promise<string> => {
  const { what, url, clientId, clientSecret, signal } = options
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
  })
  const { status, body } = await callRepeatedly(`The token service of ${what}`, {
    method: 'POST',
    url: `${url.replace(/\/$/, '')}/oauth/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
    signal,
  })
  const token = tokenSchema.safeParse(body)
  if (status === 200 && token.success) return token.data.access_token
  const error = errorSchema.safeParse(body).data?.error ?? `HTTP ${status}`
  const cure =
    error === 'unsupported_grant_type' || error === 'unauthorized_client'
      ? 'The key must be created with grant type client credentials.'
      : 'Check whether the credentials were renewed.'
  throw new StepError('authorisation', `${what} refuses the credentials (${error}). ${cure}`)
}
