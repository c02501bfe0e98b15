import type { Key } from '../key.ts'

/** Which value a key of the run Secret takes: `key` (dots go deeper) of the object that the source has at `path`; without `key` the whole object as JSON. */
export interface SecretReference {
  readonly path: string
  readonly key?: string
}

/** Where a run's secrets come from. */
export interface Credentials {
  /** Throws RemoteError; its text never carries a value. */
  readonly fetch: (
    key: Key,
    wanted: Readonly<Record<string, SecretReference>>,
  ) => Promise<Readonly<Record<string, string>>>
}
