import { z } from 'zod'

import { connectionWords } from '../network/connection-words.ts'
import { proxyTrouble } from '../network/no-answer.ts'
import { asksForTls, tlsProblemOf } from '../network/tls-problems.ts'
import { RemoteError, type RemoteFailure } from '../onboarding/ports/remote-error.ts'
import type { ArgoEndpoint } from './endpoint.ts'

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
  // argo-server says what it has against a request; a proxy's page has something against the bot's address or its own.
  if ((status === 400 || status === 403) && told === undefined) return 'not-argo'
  if (told !== undefined && definiteNoes.some(([s, text]) => s === status && text.test(told.sentence))) {
    return 'invalid'
  }
  return byStatus[status] ?? (status >= 500 ? 'unavailable' : 'not-argo')
}

/** A server may ask for more, and is asked again all the same by then (milliseconds). */
const longestWaitMs = 60_000

type Curable = Partial<Pick<ArgoEndpoint, 'cures' | 'url'>>

/** An answer that is no success, as the closed set of failures. */
export const errorOf = (
  answer: { status: number; body: string; waitMs: number | undefined },
  { cures }: Curable,
): RemoteError => {
  const { status, body, waitMs } = answer
  if (asksForTls(status, body)) {
    const cure = cures?.['no-plain']
    return new RemoteError('argo-server: it speaks TLS, and was called without', {
      code: 'not-argo',
      ...(cure !== undefined && { cure }),
    })
  }
  const told = toldIn(body)
  const code = codeOf(status, told)
  const isPassing = code === 'rate-limited' || code === 'unavailable'
  return new RemoteError(`argo-server: ${told?.sentence ?? `HTTP ${status}`}`, {
    code,
    ...(isPassing && waitMs !== undefined && { retryAfterMs: Math.min(waitMs, longestWaitMs) }),
  })
}

const codeIn = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

const cureOf = (error: unknown, { cures, url }: Curable): string | undefined => {
  const problem = tlsProblemOf(error)
  if (problem !== undefined) return 'cure' in problem ? problem.cure : cures?.[problem.kind]
  // So do most that speak TLS when they are spoken to without, and all that are restarted.
  const mayWantTls = codeIn(error) === 'UND_ERR_SOCKET' && url?.startsWith('http:')
  return mayWantTls && cures !== undefined
    ? `Check that it is up. If it speaks TLS: ${cures['no-plain']}`
    : undefined
}

/** A connection that gave no answer. */
export const unreachable = (error: unknown, endpoint: Curable): RemoteError => {
  if (error instanceof RemoteError) return error
  const proxy = proxyTrouble(error)
  const cure = proxy === undefined ? cureOf(error, endpoint) : `${proxy.cure}.`
  const why =
    proxy?.why ?? tlsProblemOf(error)?.says ?? connectionWords(error) ?? codeIn(error) ?? 'no answer'
  return new RemoteError(`argo-server cannot be reached: ${why}`, {
    code: 'unreachable',
    cause: error,
    ...(cure !== undefined && { cure }),
  })
}
