import type { V1Secret } from '@kubernetes/client-node'

import type { Key } from '../onboarding/key.ts'
import { RemoteError } from '../onboarding/ports/remote-error.ts'
import { remoteError } from './errors.ts'
import type { SecretPlace } from './run-secrets.ts'

const decoded = ({ data = {} }: V1Secret): Record<string, string> =>
  Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, Buffer.from(value, 'base64').toString()]),
  )

/**
 * Reads one Secret that somebody keeps in the cluster of an onboarding, by its name: the right to get this one is
 * enough. Without `namespace` it is in the workflows' own. Undefined when there is none. Throws RemoteError.
 */
export const createSecretReader =
  (places: ReadonlyMap<string, SecretPlace>, about: { name: string; namespace?: string }) =>
  async ({ cluster }: Pick<Key, 'cluster'>): Promise<Readonly<Record<string, string>> | undefined> => {
    const place = places.get(cluster)
    if (place === undefined) {
      throw new RemoteError(`the cluster ${cluster} is not in the configuration any more`, {
        code: 'unreachable',
      })
    }
    const { name, namespace = place.namespace } = about
    try {
      const { core } = await place.cluster()
      return decoded(await core.readNamespacedSecret({ name, namespace }))
    } catch (error) {
      const known = remoteError(`read the Secret ${namespace}/${name}`, error)
      if (known.code === 'not-found') return undefined
      throw known
    }
  }
