import { readFile } from 'node:fs/promises'

import type { Clock } from '../clock.ts'
import { RemoteError } from '../onboarding/ports.ts'
import type { Cluster } from './cluster.ts'
import { remoteError } from './errors.ts'

/** Gives the bearer token for the next call; `refused` says that the last one was not taken. Throws RemoteError. */
export type TokenSource = (options: { refused: boolean }) => Promise<string>

/** A token from a file, read for every call: whoever mounts it renews it. */
export const createFileTokens =
  (path: string): TokenSource =>
  async () => {
    try {
      return (await readFile(path, 'utf8')).trim()
    } catch (error) {
      throw new RemoteError(`the token file ${path} cannot be read`, { code: 'unauthorized', cause: error })
    }
  }

/** How long a token is asked for; the API server may give less (seconds). */
const lifeS = 3_600
/** A token is renewed when this share of its life is over. */
const renewAfter = 0.8

/** Tokens of a ServiceAccount by TokenRequest, renewed before they end. */
export const createServiceAccountTokens = (options: {
  cluster: () => Promise<Cluster>
  namespace: string
  serviceAccount: string
  clock: Clock
}): TokenSource => {
  const { cluster, namespace, serviceAccount, clock } = options
  let current: Promise<{ token: string; renewAt: number }> | undefined

  const request = async (): Promise<{ token: string; renewAt: number }> => {
    const at = clock.now()
    try {
      const { core } = await cluster()
      const { status } = await core.createNamespacedServiceAccountToken({
        name: serviceAccount,
        namespace,
        body: { spec: { audiences: [], expirationSeconds: lifeS } },
      })
      const { token, expirationTimestamp } = status ?? {}
      if (token === undefined || expirationTimestamp === undefined) {
        throw new RemoteError('Kubernetes: the TokenRequest has no answer', { code: 'invalid' })
      }
      const lifeMs = expirationTimestamp.getTime() - at
      return { token, renewAt: at + lifeMs * renewAfter }
    } catch (error) {
      throw remoteError(`request a token for ${namespace}/${serviceAccount}`, error)
    }
  }

  const renew = (): Promise<{ token: string; renewAt: number }> => {
    const asked = request()
    current = asked
    asked.catch(() => {
      if (current === asked) current = undefined
    })
    return asked
  }

  return async ({ refused }) => {
    if (current === undefined || refused) return (await renew()).token
    const known = await current
    return clock.now() < known.renewAt ? known.token : (await renew()).token
  }
}
