import { setTimeout as sleep } from 'node:timers/promises'

import { request } from 'undici'

import { StepError } from './step-error.ts'

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
}

/** A call that is not answered by then is tried again (milliseconds). */
const callMs = 20_000
const tries = 4
const longestWaitMs = 10_000

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // Pages of a proxy say nothing that a program can use.
    return undefined
  }
}

const waitMs = (attempt: number, retryAfter: string | undefined): number => {
  const seconds = Number(retryAfter)
  const own = 500 * 2 ** attempt * (0.5 + Math.random() / 2)
  return Math.min(longestWaitMs, Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : own)
}

interface Tried {
  readonly answer: Answer
  readonly retryAfter: string | undefined
}

const send = async ({ method, url, headers = {}, body, signal }: Call): Promise<Tried> => {
  const answer = await request(url, {
    method,
    headers: { accept: 'application/json', ...headers },
    ...(body !== undefined && { body }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(callMs)]),
  })
  const after = answer.headers['retry-after']
  return {
    answer: { status: answer.statusCode, body: parsed(await answer.body.text()) },
    retryAfter: Array.isArray(after) ? after[0] : after,
  }
}

const isPassing = (status: number): boolean => status === 429 || status >= 500

/**
 * Makes a call that may be repeated; what passes (429, 5xx, no answer) is tried again with jitter, or when the
 * server says. `what` names the service in the sentence of the StepError that is thrown in the end.
 */
export const callRepeatedly = async (what: string, call: Call): Promise<Answer> => {
  let last = 'it does not answer'
  for (let attempt = 0; attempt < tries; attempt += 1) {
    let retryAfter: string | undefined
    try {
      const tried = await send(call)
      if (!isPassing(tried.answer.status)) return tried.answer
      last = `it answers HTTP ${tried.answer.status}`
      retryAfter = tried.retryAfter
    } catch (error) {
      if (call.signal.aborted) throw new StepError('timed-out', 'The step was told to end.', { cause: error })
      last = 'it does not answer'
    }
    if (attempt < tries - 1) await sleep(waitMs(attempt, retryAfter), undefined, { signal: call.signal })
  }
  throw new StepError('remote-down', `${what} is not available (${last}). Try again later.`)
}

/** Makes a call that must not be repeated blindly; undefined when it is not known whether it was carried out. */
export const callOnce = async (call: Call): Promise<Answer | undefined> => {
  try {
    const { answer } = await send(call)
    return isPassing(answer.status) ? undefined : answer
  } catch (error) {
    if (call.signal.aborted) throw new StepError('timed-out', 'The step was told to end.', { cause: error })
    return undefined
  }
}
