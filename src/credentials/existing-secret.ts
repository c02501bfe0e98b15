import type { Key } from '../onboarding/key.ts'
import { parseDocument } from './document.ts'
import type { SecretSource } from './source.ts'

/** A Secret that somebody keeps in a cluster: its values by their keys. Undefined when there is none. Throws RemoteError. */
export type ReadSecret = (key: Key) => Promise<Readonly<Record<string, string>> | undefined>

/** A path as a key of a Secret, which takes no slash: `btp/cis` is `btp.cis`. */
const secretKeyOf = (path: string): string => path.replaceAll('/', '.')

/** Documents in one existing Secret of the cluster, read anew for every run. */
export const createExistingSecret = (name: string, read: ReadSecret): SecretSource => ({
  name,
  read: async (path, key) => {
    const values = await read(key)
    const wanted = secretKeyOf(path)
    if (values === undefined || !Object.hasOwn(values, wanted)) return undefined
    return parseDocument(values[wanted] ?? '')
  },
})
