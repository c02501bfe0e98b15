import { type Dispatcher, request } from 'undici'
import type { z } from 'zod'

import { createEnvironmentProxyAgent } from '../network/proxy-agents.ts'
import { retryAfterMs } from '../network/retry-after.ts'
import { orAborted } from '../or-aborted.ts'
import { thenRetryOrAnew } from './closing.ts'
import { PassingError, retrying, toldToEnd } from './retrying.ts'
import { StepError } from './step-error.ts'
import type { StepContext } from './step.ts'
import { unanswered } from './unanswered.ts'

export interface Answer {
  readonly status: number
  readonly body: unknown
  /** Who was asked, and by which path: without what an address hides. */
  readonly at: string
  /** What a support desk asks for. */
  readonly correlationId: string | undefined
  /** The path at which an answer that is not ready yet (202) will be. */
  readonly location?: string | undefined
}

/** What to tell a support desk, for the end of a sentence; empty where the service said none. */
export const supportId = ({ correlationId }: Answer): string =>
  correlationId === undefined ? '' : ` (correlation id ${correlationId})`

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export type Caller = Pick<StepContext, 'pace' | 'signal' | 'log'>

const limits = 'it limits calls'

let agent: Dispatcher | undefined

/** Through the proxies that the environment names; made when it is needed, since it throws over a bad one. */
const dispatcher = (): Dispatcher => (agent ??= createEnvironmentProxyAgent())

/** A call that is not answered by then is tried again (milliseconds). */
const callMs = 20_000

const parsed = (text: string): unknown => {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    // Pages of a gateway say nothing that a program can use.
    return null
  }
}

const isPassing = (status: number): boolean => [408, 425, 429].includes(status) || status >= 500

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

const correlationIdOf = ({ 'x-correlationid': id }: Headers): string | undefined =>
  typeof id === 'string' ? id : undefined

const locationOf = ({ location }: Headers, url: string): URL | undefined =>
  (typeof location === 'string' && URL.parse(location, url)) || undefined

const pathOf = ({ pathname, search }: URL): string => `${pathname}${search}`

/** An address that leads on, as that of a login page does: what it leads to is no service of ours. */
const leadsAway = (what: string, url: string, status: number, target: URL | undefined): StepError => {
  const where = target === undefined ? 'elsewhere' : `to ${target.host}`
  return new StepError(
    'bad-input',
    `${what} is not at ${new URL(url).host}: that address redirects ${where} (HTTP ${status}), as it would to a login page. Correct the URL in its credentials, or the proxy where there is one; ${thenRetryOrAnew}.`,
  )
}

/** One exchange; throws PassingError where there is no answer, or one that is cut. */
const exchange = async (
  what: string,
  { method, url, headers = {}, body }: Call,
  signal: AbortSignal,
): Promise<{ status: number; headers: Headers; text: string }> => {
  const end = AbortSignal.any([signal, AbortSignal.timeout(callMs)])
  try {
    const asked = request(url, {
      dispatcher: dispatcher(),
      method,
      headers: { accept: 'application/json', ...headers },
      ...(body !== undefined && { body }),
      signal: end,
    })
    const answer = await orAborted(asked, end)
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() }
  } catch (error) {
    throw unanswered(what, url, error)
  }
}

/** One call; throws PassingError for what passes: no answer, 429, 5xx, an answer that is cut or no JSON. */
const send = async (what: string, call: Call, { signal, log }: Caller): Promise<Answer> => {
  const { method, url } = call
  const { status, headers, text } = await exchange(what, call, signal)
  const read = parsed(text)
  const { host, pathname } = new URL(url)
  const at = `${host}${pathname}`
  const correlationId = correlationIdOf(headers)
  // A 404 is how a look says that nothing is there.
  if (status >= 400 && status !== 404) log('answered by an error', { method, at, status, correlationId })
  if (isPassing(status)) {
    const why = status === 429 ? limits : `it answers HTTP ${status}`
    throw new PassingError(why, { waitMs: retryAfterMs(headers, Date.now()) })
  }
  const location = locationOf(headers, url)
  if (status >= 300 && status < 400) throw leadsAway(what, url, status, location)
  if (status < 300 && read === null) throw new PassingError('it answers what is no JSON')
  return { status, body: read ?? undefined, at, correlationId, location: location && pathOf(location) }
}

/** Makes a call that may be repeated, until it works. `what` names the service. Throws StepError. */
export const callRepeatedly = (what: string, call: Call, caller: Caller): Promise<Answer> =>
  retrying(what, () => send(what, call, caller), caller)

/**
 * Makes a call that must not be repeated blindly; undefined when it is not known whether it was carried out. A call
 * that was limited (429) was not carried out, and is repeated.
 */
export const callOnce = (what: string, call: Call, caller: Caller): Promise<Answer | undefined> =>
  retrying(
    what,
    () =>
      send(what, call, caller).catch((error: unknown) => {
        if (caller.signal.aborted) throw toldToEnd(error)
        if (error instanceof PassingError && error.message !== limits) return undefined
        throw error
      }),
    caller,
  )

/** Reads an answer; throws StepError when it is not what the service promises. */
export const readAnswer = <T>(what: string, schema: z.ZodType<T>, { body }: Answer): T => {
  const read = schema.safeParse(body)
  if (read.success) return read.data
  const wrong = read.error.issues.map(({ path }) => path.join('.') || 'the answer').join(', ')
  throw new StepError('remote-down', `${what} answers otherwise than it promises (${wrong}). Retry later.`)
}
