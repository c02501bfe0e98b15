import { z } from 'zod'

import { connectionWords } from '../network/connection-words.ts'
import { proxyTrouble } from '../network/no-answer.ts'
import { tlsProblemOf } from '../network/tls-problems.ts'
import { RemoteError, type RemoteFailure } from '../onboarding/ports/remote-error.ts'
import { redact } from '../redact.ts'

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

// Our own errors come back inside those of fetch.
const toldIn = (error: unknown): RemoteError | undefined => {
  if (error instanceof RemoteError) return error
  return error instanceof Error && error.cause !== undefined ? toldIn(error.cause) : undefined
}

const cures = {
  'no-tls': 'Correct the address in the kubeconfig: the Kubernetes API speaks TLS.',
  'unknown-ca': "Put the CA of the Kubernetes API into the kubeconfig's certificate-authority-data.",
} as const

// fetch refuses ports of other protocols, such as 1 and 22, and says no more than that.
const badPort = {
  says: 'no Kubernetes API can have the port of its address',
  cure: 'Correct the port of the server in the kubeconfig.',
} as const

/** A page of a proxy or of a plug-in helps nobody beyond this (characters). */
const longestReason = 300

// fetch says only that it failed; what it failed of stands in its cause.
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'no answer'
  if (error.cause instanceof Error) return reasonOf(error.cause)
  return redact(error.message).trim().slice(0, longestReason) || error.name
}

const unreachable = (what: string, error: unknown): RemoteError => {
  const proxy = proxyTrouble(error)
  if (proxy !== undefined) {
    const options = { code: 'unreachable', cause: error, cure: `${proxy.cure}.` } as const
    return new RemoteError(`Kubernetes: ${what}: ${proxy.why}`, options)
  }
  const problem = tlsProblemOf(error)
  const isBadPort = reasonOf(error) === 'bad port'
  const cure = isBadPort ? badPort.cure : problem && ('cure' in problem ? problem.cure : cures[problem.kind])
  const says = isBadPort ? badPort.says : (problem?.says ?? connectionWords(error) ?? reasonOf(error))
  return new RemoteError(`Kubernetes: ${what}: ${says}`, {
    code: 'unreachable',
    cause: error,
    ...(cure !== undefined && { cure }),
  })
}

/** An error of the Kubernetes client as the closed set of failures, with the server's sentence. */
export const remoteError = (what: string, error: unknown): RemoteError => {
  const told = toldIn(error)
  if (told !== undefined) return told
  const known = apiException.safeParse(error).data
  if (known === undefined) return unreachable(what, error)
  const code = byStatus[known.code] ?? (known.code >= 500 ? 'unavailable' : 'invalid')
  return new RemoteError(`Kubernetes: ${what}: ${sentenceOf(known.body) ?? `HTTP ${known.code}`}`, {
    code,
    cause: error,
  })
}
