import { z } from 'zod'

import { placeOf } from '../network/proxy-agents.ts'
import { toldOfProxy } from '../network/proxy-error.ts'
import { retryAfterMs } from '../network/retry-after.ts'
import { PassingError } from './retrying.ts'
import { StepError } from './step-error.ts'
import { unanswered } from './unanswered.ts'
import { unstopped } from './unstopped.ts'

// What the generated client throws; the class is not imported, since that would load the package before it is needed.
const apiException = z.object({
  code: z.number(),
  body: z.unknown(),
  headers: z.record(z.string(), z.string()).catch({}),
})
const statusBody = z.object({ message: z.string() })

/** By which rights a step works on a cluster, for the sentences about them. */
export interface Rights {
  /** Of the pod's own ServiceAccount, or of the kubeconfig of the run's Secret. */
  readonly of: 'the ServiceAccount' | 'the kubeconfig'
  /** The file that gives them. */
  readonly file: string
  /** The address of the API. */
  readonly server: string
  /** The address of the proxy that the kubeconfig names on the way there. */
  readonly proxy?: string | undefined
}

/** The HTTP status that a call ended with; undefined when there was no answer. */
export const statusOf = (error: unknown): number | undefined => apiException.safeParse(error).data?.code

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
  return unstopped(message ?? `HTTP ${known?.code ?? 'error'}`).slice(0, 400)
}

type Kind = ConstructorParameters<typeof StepError>[0]
type Refusal = readonly [kind: Kind, sentence: string]

const who = {
  'the ServiceAccount': "The workflow's ServiceAccount",
  'the kubeconfig': "The run's kubeconfig",
}

const notAccepted = ({ of }: Rights): Refusal => [
  'authorisation',
  of === 'the ServiceAccount'
    ? "The Kubernetes API does not accept the token of the workflow's ServiceAccount. Check that the ServiceAccount is still there, then retry."
    : "The Kubernetes API does not accept the credentials in the kubeconfig of the run's Secret. Renew them at their source, then retry.",
]

/** What stands in the sentences of the API server that are no matter of values, in the order in which it counts. */
const refusals: readonly (readonly [
  shape: RegExp,
  refusal: (doing: string, said: string, rights: Rights) => Refusal,
])[] = [
  [
    // A ServiceAccount may give others only what it has itself, or what it may `bind` (Kubernetes, RBAC).
    /attempting to grant RBAC permissions/,
    (_doing, _said, { of }) => [
      'authorisation',
      `${who[of]} may not give this role to others. Give it the verb "bind" on the ClusterRoles edit and view, then retry.`,
    ],
  ],
  [
    /because it is being terminated/,
    (doing, said) => ['conflict', `Cannot ${doing}: ${said}. Wait until it is gone, then retry.`],
  ],
  [
    /exceeded quota:/,
    (doing, said) => [
      'conflict',
      `Cannot ${doing}: ${said}. Free some of the quota or raise it, then retry.`,
    ],
  ],
  [
    / cannot \w+ (?:resource|path) /,
    (doing, said, { of, file }) => [
      'authorisation',
      `${who[of]} may not ${doing}: ${said}. Give it the rights of ${file}, then retry.`,
    ],
  ],
]

/** A refusal of the Kubernetes API as one sentence with its cure. */
const refusalOf = (doing: string, error: unknown, rights: Rights): Refusal => {
  const status = statusOf(error)
  if (status === 401) return notAccepted(rights)
  const said = sentenceOf(error)
  const known = refusals.find(([shape]) => shape.test(said))
  if (known !== undefined) return known[1](doing, said, rights)
  if (status === 409)
    return ['conflict', `Cannot ${doing}: ${said}. Look at who else changes it, then retry.`]
  const policy = status === 403 ? '; or have the policy changed, then retry' : ''
  return [
    'bad-input',
    `Kubernetes refuses to ${doing}: ${said}. Clean up, then ask again with other values${policy}.`,
  ]
}

/** The client names no proxy in its errors. */
const named = (error: unknown, { proxy }: Rights): unknown => {
  const address = proxy === undefined ? null : URL.parse(proxy)
  return address === null ? error : toldOfProxy(error, { proxy: placeOf(address), setting: 'kubeconfig' })
}

/**
 * What a failed call to the Kubernetes API comes to: a PassingError when the same call may succeed later, else a
 * StepError. `doing` is what was tried: `get Namespace "shop"`.
 */
export const kubernetesError = (doing: string, error: unknown, rights: Rights): Error => {
  if (error instanceof StepError || error instanceof PassingError) return error
  if (error instanceof z.ZodError)
    return new StepError('remote-down', 'The Kubernetes API answers otherwise than it promises. Retry later.')
  const answer = apiException.safeParse(error).data
  if (answer === undefined) return unanswered('The Kubernetes API', rights.server, named(error, rights))
  const { code, headers } = answer
  // A new quota counts for a moment before it knows what there is.
  if (code === 403 && sentenceOf(error).includes('status unknown for quota'))
    return new PassingError('it does not know yet what a new quota leaves', { cause: error })
  if (code === 408 || code === 429 || code >= 500)
    return new PassingError(`it answers HTTP ${code}`, {
      waitMs: retryAfterMs(headers, Date.now()),
      cause: error,
    })
  return new StepError(...refusalOf(doing, error, rights), { cause: error })
}
