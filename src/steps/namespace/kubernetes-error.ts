import { z } from 'zod'

import { StepError } from '../step-error.ts'

// What the generated client throws; the class is not imported, since that would load the package before it is needed.
const apiException = z.object({
  code: z.number(),
  body: z.unknown(),
  headers: z.record(z.string(), z.string()).catch({}),
})
const statusBody = z.object({ message: z.string() })

/** The HTTP status that a call ended with; undefined when there was no answer. */
export const statusOf = (error: unknown): number | undefined => apiException.safeParse(error).data?.code

/** Whether the same call may succeed later: no answer, too many calls, a server in trouble. */
export const isPassing = (error: unknown): boolean => {
  if (error instanceof z.ZodError || error instanceof StepError) return false
  const status = statusOf(error)
  return status === undefined || status === 429 || status >= 500
}

/** How long the server asks to wait (milliseconds); undefined when it does not say. */
export const retryAfterMs = (error: unknown): number | undefined => {
  const seconds = Number(apiException.safeParse(error).data?.headers['retry-after'])
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // A page of a proxy: the status says what there is to say.
    return undefined
  }
}

const sentenceOf = (error: unknown): string => {
  const known = apiException.safeParse(error).data
  const body = typeof known?.body === 'string' ? parsed(known.body) : known?.body
  const message = statusBody.safeParse(body).data?.message
  return (message ?? `HTTP ${known?.code ?? 'error'}`).replace(/\.$/, '').slice(0, 400)
}

/** A ServiceAccount may give others only what it has itself, or what it may `bind` (Kubernetes, RBAC). */
const isEscalation = (sentence: string): boolean => sentence.includes('attempting to grant RBAC permissions')
const isTerminating = (sentence: string): boolean => sentence.includes('because it is being terminated')
const isForbidden = (sentence: string): boolean => / cannot \w+ resource /.test(sentence)

/** A failed call to the Kubernetes API as one sentence with its cure. `doing` is what was tried: `get Namespace "shop"`. */
export const kubernetesError = (doing: string, error: unknown): StepError => {
  const status = statusOf(error)
  const options = { cause: error }
  const sentence = sentenceOf(error)
  if (isEscalation(sentence)) {
    const cure = 'Give it the verb "bind" on the ClusterRoles edit and view.'
    return new StepError(
      'authorisation',
      `The workflow's ServiceAccount may not give this role to others. ${cure}`,
      options,
    )
  }
  if (status === 401 || (status === 403 && isForbidden(sentence))) {
    const cure = 'Give it the rights of deploy/target-cluster/namespace-template.yaml.'
    return new StepError(
      'authorisation',
      `The workflow's ServiceAccount may not ${doing}: ${sentence}. ${cure}`,
      options,
    )
  }
  if (status === 409 || isTerminating(sentence)) {
    return new StepError(
      'conflict',
      `Cannot ${doing}: ${sentence}. Look at who else changes it, then retry.`,
      options,
    )
  }
  return new StepError(
    'bad-input',
    `Kubernetes refuses to ${doing}: ${sentence}. Ask again with other values.`,
    options,
  )
}
