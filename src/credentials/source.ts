import type { Key } from '../onboarding/key.ts'

/**
 * Where documents with secrets come from: an object, or the text of a secret that is no JSON. Undefined when there
 * is nothing at the path. Throws RemoteError, whose text carries no value.
 */
export interface SecretSource {
  /** What people call it, as in "NAME has nothing at btp/cis". */
  readonly name: string
  readonly read: (path: string, key: Key) => Promise<unknown>
}
