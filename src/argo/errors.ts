import { z } from 'zod'

import { RemoteError, type RemoteFailure } from '../onboarding/ports.ts'

const unary = z.object({ message: z.string() })
const streamed = z.object({ error: z.object({ message: z.string(), http_code: z.number() }) })

const byStatus: Record<number, RemoteFailure> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'not-argo',
  408: 'unavailable',
  409: 'exists',
  413: 'invalid',
  422: 'invalid',
  429: 'rate-limited',
  501: 'not-argo',
}

/** Longer texts are pages of a proxy and help nobody. */
const longestSentence = 500

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text.startsWith('data: ') ? text.slice('data: '.length) : text)
  } catch {
    // Proxies answer with pages of their own.
    return undefined
  }
}

const sentenceOf = (body: string): string | undefined => {
  const json = parsed(body)
  const message = unary.safeParse(json).data?.message ?? streamed.safeParse(json).data?.error.message
  return message?.slice(0, longestSentence)
}

/** `Retry-After` is a date at argo-server, against the letter of its docs, and seconds at most proxies. */
const retryAfterMs = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined
  const seconds = Number(header)
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - now
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 60_000) : undefined
}

/** An answer that is no success, as the closed set of failures. */
export const errorOf = (answer: {
  status: number
  body: string
  retryAfter: string | undefined
  now: number
}): RemoteError => {
  const { status, body, retryAfter, now } = answer
  const code = byStatus[status] ?? (status >= 500 ? 'unavailable' : 'not-argo')
  const sentence = sentenceOf(body)
  const wait = code === 'rate-limited' || code === 'unavailable' ? retryAfterMs(retryAfter, now) : undefined
  return new RemoteError(`argo-server: ${sentence ?? `HTTP ${status}`}`, {
    // argo-server answers 500 when somebody stops what has ended, among others: that is a definite no.
    code: status === 500 && sentence?.includes('completed workflow') === true ? 'invalid' : code,
    ...(wait !== undefined && { retryAfterMs: wait }),
  })
}

/** A connection that gave no answer. */
export const unreachable = (error: unknown): RemoteError => {
  if (error instanceof RemoteError) return error
  const cause = error instanceof Error ? error : undefined
  const code: unknown = cause !== undefined && 'code' in cause ? cause.code : undefined
  const what = typeof code === 'string' ? code : (cause?.name ?? 'no answer')
  return new RemoteError(`argo-server cannot be reached: ${what}`, { code: 'unreachable', cause: error })
}
