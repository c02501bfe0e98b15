import { z } from 'zod'

import { RemoteError, type RemoteFailure } from '../onboarding/ports.ts'

// What the generated client throws (ApiException of @kubernetes/client-node 2); the class is not imported, since
// loading that package costs every start.
const apiException = z.object({ code: z.number(), body: z.unknown() })
const status = z.object({ message: z.string() })

const byStatus: Record<number, RemoteFailure> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'exists',
  413: 'invalid',
  422: 'invalid',
  429: 'rate-limited',
}

const sentenceOf = (body: unknown): string | undefined => {
  if (typeof body !== 'string') return status.safeParse(body).data?.message
  try {
    return status.safeParse(JSON.parse(body)).data?.message
  } catch {
    // A page of a proxy.
    return undefined
  }
}

/** An error of the Kubernetes client as the closed set of failures, with the server's sentence. */
export const remoteError = (what: string, error: unknown): RemoteError => {
  if (error instanceof RemoteError) return error
  const known = apiException.safeParse(error).data
  if (known === undefined) {
    const name = error instanceof Error ? error.message : 'no answer'
    return new RemoteError(`Kubernetes: ${what}: ${name}`, { code: 'unreachable', cause: error })
  }
  const code = byStatus[known.code] ?? (known.code >= 500 ? 'unavailable' : 'invalid')
  return new RemoteError(`Kubernetes: ${what}: ${sentenceOf(known.body) ?? `HTTP ${known.code}`}`, {
    code,
    cause: error,
  })
}
