import { z } from 'zod'

import { RemoteError, type RemoteFailure } from '../onboarding/ports.ts'

/** What argo-server says of a failure, in an answer or (there under `error`) in a stream. */
const unary = z.object({ code: z.number().optional(), message: z.string() })
const streamed = z.object({ error: z.object({ grpc_code: z.number().optional(), message: z.string() }) })

/** gRPC's NOT_FOUND. */
const notFound = 5

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

interface Told {
  readonly code: number | undefined
  readonly sentence: string
}

const toldIn = (body: string): Told | undefined => {
  const json = parsed(body)
  const answer = unary.safeParse(json).data
  if (answer !== undefined) return { code: answer.code, sentence: answer.message.slice(0, longestSentence) }
  const error = streamed.safeParse(json).data?.error
  return error && { code: error.grpc_code, sentence: error.message.slice(0, longestSentence) }
}

// Definite noes under a status that else means "later": a stop of what has ended, a message over 100 MiB
// (argo-workflows#5432).
const definiteNoes: readonly (readonly [number, RegExp])[] = [
  [500, /completed workflow/],
  [429, /larger than max/],
]

const codeOf = (status: number, told: Told | undefined): RemoteFailure => {
  // A proxy without a way to argo-server says 404 too: that is no word on the workflow.
  if (status === 404 && told?.code !== notFound) return 'not-argo'
  if (told !== undefined && definiteNoes.some(([s, text]) => s === status && text.test(told.sentence))) {
    return 'invalid'
  }
  return byStatus[status] ?? (status >= 500 ? 'unavailable' : 'not-argo')
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
  const told = toldIn(body)
  const code = codeOf(status, told)
  const wait = code === 'rate-limited' || code === 'unavailable' ? retryAfterMs(retryAfter, now) : undefined
  return new RemoteError(`argo-server: ${told?.sentence ?? `HTTP ${status}`}`, {
    code,
    ...(wait !== undefined && { retryAfterMs: wait }),
  })
}

const unknownCa = 'its certificate is of no known CA; give argo.caFile'

/** What the codes of Node's TLS mean here. */
const tlsProblems: Readonly<Record<string, string>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: 'it speaks no TLS; give argo.url with http:, or argo.service.secure: false',
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownCa,
  SELF_SIGNED_CERT_IN_CHAIN: unknownCa,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownCa,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownCa,
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
  CERT_HAS_EXPIRED: 'its certificate has expired',
}

/** A connection that gave no answer. */
export const unreachable = (error: unknown): RemoteError => {
  if (error instanceof RemoteError) return error
  const cause = error instanceof Error ? error : undefined
  const code: unknown = cause !== undefined && 'code' in cause ? cause.code : undefined
  const what = typeof code === 'string' ? (tlsProblems[code] ?? code) : (cause?.name ?? 'no answer')
  return new RemoteError(`argo-server cannot be reached: ${what}`, { code: 'unreachable', cause: error })
}
