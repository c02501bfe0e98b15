import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { EnvHttpProxyAgent, request } from 'undici'
import { z } from 'zod'

import { keyText } from '../onboarding/key.ts'
import type { Key } from '../onboarding/key.ts'
import { type Credentials, RemoteError, type SecretReference } from '../onboarding/ports.ts'

/** Where documents with secrets come from; undefined when there is none at the path. Throws RemoteError. */
export type SecretSource = (path: string) => Promise<unknown>

/** A run waits for its secrets no longer than this for each try (milliseconds). */
const callMs = 5_000

const tokenProblems: Record<number, string> = {
  401: 'shared-meta does not take the token',
  403: 'shared-meta does not allow the token to read it',
}

/** Documents of shared-meta: an HTTP service that gives a JSON object for `GET base/path`. */
export const createSharedMeta = (options: { url: string; token: () => string }): SecretSource => {
  const base = options.url.replace(/\/$/, '')
  const dispatcher = new EnvHttpProxyAgent()
  return async (path) => {
    let status: number
    let body: string
    try {
      const answer = await request(`${base}/${path}`, {
        dispatcher,
        headers: { authorization: `Bearer ${options.token()}`, accept: 'application/json' },
        signal: AbortSignal.timeout(callMs),
      })
      status = answer.statusCode
      body = await answer.body.text()
    } catch (error) {
      throw new RemoteError('shared-meta cannot be reached', { code: 'unreachable', cause: error })
    }
    if (status === 404) return undefined
    const problem = tokenProblems[status]
    if (problem !== undefined) throw new RemoteError(`${problem} (${path})`, { code: 'forbidden' })
    if (status !== 200)
      throw new RemoteError(`shared-meta answers HTTP ${status} for ${path}`, { code: 'unavailable' })
    return parseDocument(body, path)
  }
}

const parseDocument = (text: string, path: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message would show a piece of the document.
    throw new RemoteError(`the secrets at ${path} are no JSON`, { code: 'invalid' })
  }
}

/** Documents in a folder, such as a mounted secret store: `path` names a JSON file. */
export const createDirectorySource =
  (directory: string): SecretSource =>
  async (path) => {
    let text: string
    try {
      text = await readFile(join(directory, path), 'utf8')
    } catch {
      // A missing file is named by whoever asked for it.
      return undefined
    }
    return parseDocument(text, path)
  }

const objectSchema = z.record(z.string(), z.unknown())
const wrappedSchema = z.object({ credentials: objectSchema })

const unwrapped = (document: unknown): unknown =>
  wrappedSchema.safeParse(document).data?.credentials ?? document

const valueAt = (document: unknown, key: string): unknown =>
  key.split('.').reduce<unknown>((value, part) => {
    const object = objectSchema.safeParse(value).data
    return object !== undefined && Object.hasOwn(object, part) ? object[part] : undefined
  }, document)

const filled = (path: string, key: Key): string =>
  path.replaceAll(/\{(cluster|namespace|template)\}/g, (all, name: string) => {
    if (name === 'cluster' || name === 'namespace' || name === 'template') return key[name]
    return all
  })

/** The values of a run's Secret, fetched now and kept nowhere. */
export const createCredentials = (source: SecretSource | undefined): Credentials => {
  const valueOf = async (key: Key, name: string, reference: SecretReference): Promise<string> => {
    if (source === undefined) {
      throw new RemoteError(
        `the template needs the secret "${name}", and the configuration names no source`,
        { code: 'invalid' },
      )
    }
    const path = filled(reference.path, key)
    const document = unwrapped(await source(path))
    const value = reference.key === undefined ? document : valueAt(document, reference.key)
    if (value === undefined) {
      const what = reference.key === undefined ? path : `${path}, key ${reference.key}`
      throw new RemoteError(`the secret "${name}" of ${keyText(key)} is not there (${what})`, {
        code: 'invalid',
      })
    }
    return typeof value === 'string' ? value : JSON.stringify(value)
  }
  return {
    fetch: async (key, wanted) => {
      const values = await Promise.all(
        Object.entries(wanted).map(
          async ([name, reference]) => [name, await valueOf(key, name, reference)] as const,
        ),
      )
      return Object.fromEntries(values)
    },
  }
}
