import { setTimeout as sleep } from 'node:timers/promises'

import { type Dispatcher, request } from 'undici'

import { noAnswer } from '../network/no-answer.ts'
import { createEnvironmentProxyAgent } from '../network/proxy-agents.ts'
import { retryAfterMs } from '../network/retry-after.ts'
import { RemoteError, type RemoteFailure } from '../onboarding/ports/remote-error.ts'
import { orAborted } from '../or-aborted.ts'
import { isObject } from './document.ts'
import type { SecretSource } from './source.ts'

/** A run waits for its secrets: each call has this long, and all tries together (milliseconds). */
const callMs = 5_000
const allMs = 12_000
const tries = 3

/** More than a Secret can hold (1 MiB) is no document of secrets (bytes). */
const longestBody = 1_048_576

interface Options {
  readonly url: string
  readonly token: () => string
  /** In [0, 1). */
  readonly random: () => number
  readonly limits?: { readonly callMs?: number; readonly allMs?: number }
}

type Answer =
  | { readonly document: unknown }
  | { readonly failure: RemoteError; readonly isPassing: boolean; readonly waitMs?: number }

const failed = (
  code: RemoteFailure,
  text: string,
  { cure, waitMs, cause }: { cure: string; waitMs?: number | undefined; cause?: unknown },
): RemoteError =>
  new RemoteError(`shared-meta ${text}`, {
    code,
    cure,
    cause,
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  })

const readText = async (body: Dispatcher.ResponseData['body']): Promise<string | undefined> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > longestBody) return undefined
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString()
}

const parsed = (text: string | undefined, path: string): Answer => {
  const cure = `Look at what shared-meta keeps at ${path}.`
  const no = (what: string): Answer => ({
    failure: failed('invalid', `${what} for ${path}`, { cure }),
    isPassing: false,
  })
  if (text === undefined) return no('answers with more than 1 MiB')
  try {
    const document: unknown = JSON.parse(text)
    return isObject(document) ? { document } : no('answers with no JSON object')
  } catch {
    // The parser's message would show a piece of the document.
    return no('answers with no JSON')
  }
}

const refusals: Readonly<Record<number, { code: RemoteFailure; text: string; cure: string }>> = {
  401: {
    code: 'unauthorized',
    text: 'does not take the token (HTTP 401)',
    cure: 'Renew the token that the bot has for shared-meta.',
  },
  403: {
    code: 'forbidden',
    text: 'does not allow the token to read it (HTTP 403)',
    cure: 'Let the token of the bot read this path in shared-meta.',
  },
}

const refused = ({ statusCode, headers }: Dispatcher.ResponseData, path: string): Answer => {
  const known = refusals[statusCode]
  if (known !== undefined) {
    const failure = failed(known.code, `${known.text}: ${path}`, { cure: known.cure })
    return { failure, isPassing: false }
  }
  const isPassing = statusCode === 429 || statusCode >= 500
  const waitMs = retryAfterMs(headers, Date.now())
  const code = statusCode === 429 ? 'rate-limited' : isPassing ? 'unavailable' : 'invalid'
  const cure = isPassing
    ? 'Wait, or look at shared-meta: it is asked again by itself.'
    : 'Check the URL of shared-meta in the configuration.'
  const failure = failed(code, `answers HTTP ${statusCode} for ${path}`, { cure, waitMs })
  return { failure, isPassing, ...(waitMs !== undefined && { waitMs }) }
}

/**
 * Documents of shared-meta: an HTTP service that gives a JSON object for `GET base/path` with a bearer token. What
 * passes is tried again for a short while; a redirect is not followed, since the token would go with it.
 */
export const createSharedMeta = ({ url, token, random, limits = {} }: Options): SecretSource => {
  const base = url.replace(/\/$/, '')
  const dispatcher = createEnvironmentProxyAgent()

  const ask = async (path: string, leftMs: number): Promise<Answer> => {
    const signal = AbortSignal.timeout(Math.max(1, Math.min(limits.callMs ?? callMs, leftMs)))
    try {
      const headers = { authorization: `Bearer ${token()}`, accept: 'application/json' }
      const answer = await orAborted(request(`${base}/${path}`, { dispatcher, headers, signal }), signal)
      if (answer.statusCode === 200) return parsed(await readText(answer.body), path)
      await answer.body.dump()
      return answer.statusCode === 404 ? { document: undefined } : refused(answer, path)
    } catch (error) {
      const { why, cure: known = 'Check that shared-meta is up and that the bot can reach it' } = noAnswer(
        error,
        base,
      )
      const text = `cannot be reached for ${path}: ${why}`
      const cure = `${known}: it is asked again by itself.`
      return { failure: failed('unreachable', text, { cure, cause: error }), isPassing: true }
    }
  }

  const read = async (path: string): Promise<unknown> => {
    const end = Date.now() + (limits.allMs ?? allMs)
    for (let attempt = 1; ; attempt += 1) {
      const answer = await ask(path, end - Date.now())
      if (!('failure' in answer)) return answer.document
      const waitMs = answer.waitMs ?? 300 * 2 ** attempt * (0.5 + random() / 2)
      // A longer wait is the runner's: the card says meanwhile what it waits for.
      if (!answer.isPassing || attempt === tries || Date.now() + waitMs >= end) throw answer.failure
      await sleep(waitMs)
    }
  }
  return { name: 'shared-meta', read }
}
