import { readFile } from 'node:fs/promises'

import type { Clock } from '../clock.ts'
import { isHeaderValue } from '../network/header-value.ts'
import { RemoteError } from '../onboarding/ports/remote-error.ts'
import type { Cluster } from './cluster.ts'
import { remoteError } from './errors.ts'

/** Gives the bearer token for the next call; `refused` says that the last one was not taken. Throws RemoteError. */
export type TokenSource = (options: { refused: boolean }) => Promise<string>

/** A token from a file, read for every call: whoever mounts it renews it. */
export const createFileTokens =
  (path: string): TokenSource =>
  async () => {
    let token: string
    try {
      token = (await readFile(path, 'utf8')).trim()
    } catch (error) {
      throw new RemoteError(`the token file ${path} cannot be read`, { code: 'unauthorized', cause: error })
    }
    if (token === '') throw new RemoteError(`the token file ${path} is empty`, { code: 'unauthorized' })
    if (!isHeaderValue(token)) {
      throw new RemoteError(
        `the token file ${path} has a line break inside, or another character that no token has`,
        { code: 'unauthorized', cure: `Put one token and nothing else into ${path}.` },
      )
    }
    return token
  }

/** How long a token is asked for; the API server may give less (seconds). */
const lifeS = 3_600
/** A token is renewed when this share of its life is over. */
const renewAfter = 0.8

/** After a renewal that failed the next is tried (milliseconds). */
const tryAgainMs = 30_000

interface Options {
  readonly cluster: () => Promise<Cluster>
  readonly namespace: string
  readonly serviceAccount: string
  readonly clock: Clock
}

interface Granted {
  readonly token: string
  /** From then on a new one is asked for; milliseconds since 1970, like the end. */
  renewAt: number
  readonly endsAt: number
}

const requestToken = async ({ cluster, namespace, serviceAccount, clock }: Options): Promise<Granted> => {
  const at = clock.now()
  try {
    const { core } = await cluster()
    const { spec, status } = await core.createNamespacedServiceAccountToken({
      name: serviceAccount,
      namespace,
      body: { spec: { audiences: [], expirationSeconds: lifeS } },
    })
    if (status?.token === undefined) {
      throw new RemoteError('Kubernetes: the TokenRequest has no answer', { code: 'invalid' })
    }
    // How long it lives, and not until when: the clocks of both sides may differ.
    const lifeMs = (spec?.expirationSeconds ?? lifeS) * 1_000
    return { token: status.token, renewAt: at + lifeMs * renewAfter, endsAt: at + lifeMs }
  } catch (error) {
    throw remoteError(`request a token for ${namespace}/${serviceAccount}`, error)
  }
}

/**
 * Tokens of a ServiceAccount by TokenRequest. A new one is asked for before the one in use ends; while that fails, the
 * one in use serves until its end.
 */
export const createServiceAccountTokens = (options: Options): TokenSource => {
  const { clock } = options
  let current: Granted | undefined
  let asking: Promise<Granted> | undefined

  const renew = async (): Promise<Granted> => {
    asking ??= requestToken(options)
    try {
      current = await asking
      return current
    } catch (error) {
      if (current !== undefined) current.renewAt = clock.now() + tryAgainMs
      throw error
    } finally {
      asking = undefined
    }
  }

  return async ({ refused }) => {
    const known = current
    if (known === undefined || refused || clock.now() >= known.endsAt) return (await renew()).token
    // The calls of this moment need not wait for it, and the next failure will be theirs to tell.
    if (clock.now() >= known.renewAt) renew().catch(() => undefined)
    return known.token
  }
}
