import type { Key } from '../onboarding/key.ts'
import { keyText } from '../onboarding/key.ts'
import type { Credentials, SecretReference } from '../onboarding/ports/credentials.ts'
import { RemoteError } from '../onboarding/ports/remote-error.ts'
import { valueIn } from './document.ts'
import type { SecretSource } from './source.ts'

const filled = (path: string, key: Key): string =>
  path.replaceAll(/\{(cluster|namespace|template)\}/g, (all, name: string) => {
    if (name === 'cluster' || name === 'namespace' || name === 'template') return key[name]
    return all
  })

const noSource = (key: Key, names: readonly string[]): RemoteError =>
  new RemoteError(
    `the template ${key.template} needs ${names.map((name) => `"${name}"`).join(', ')}, and the configuration names no source of secrets for it`,
    {
      code: 'invalid',
      cure: 'Give "credentials" in the configuration: at the template, at its cluster, or at the top.',
    },
  )

const missing = (
  { name, key, source }: { name: string; key: Key; source: SecretSource },
  { path, key: inside }: SecretReference,
): RemoteError => {
  const at = filled(path, key)
  const what = inside === undefined ? at : `${at}, key ${inside}`
  return new RemoteError(
    `the secret "${name}" of ${keyText(key)} is not there: ${source.name} has nothing at ${what}`,
    { code: 'invalid', cure: 'Put it there: it is fetched again by itself.' },
  )
}

const noObject = (
  { name, key, source }: { name: string; key: Key; source: SecretSource },
  { path, key: inside = '' }: SecretReference,
): RemoteError =>
  new RemoteError(
    `the secret "${name}" of ${keyText(key)} is not there: what ${source.name} has at ${filled(path, key)} is no JSON object, so it has no key ${inside}`,
    { code: 'invalid', cure: 'Put a JSON object there, or take the key out of the template.' },
  )

/** The values of a run's Secret, fetched now from the place that the configuration names, and kept nowhere. */
export const createCredentials = (sourceOf: (key: Key) => SecretSource | undefined): Credentials => ({
  fetch: async (key, wanted) => {
    const names = Object.keys(wanted)
    if (names.length === 0) return {}
    const source = sourceOf(key)
    if (source === undefined) throw noSource(key, names)
    const documents = new Map<string, Promise<unknown>>()
    const documentAt = (path: string): Promise<unknown> => {
      const known = documents.get(path)
      if (known !== undefined) return known
      const asked = source.read(path, key)
      documents.set(path, asked)
      return asked
    }
    const values = await Promise.all(
      Object.entries(wanted).map(async ([name, reference]) => {
        const document = await documentAt(filled(reference.path, key))
        if (typeof document === 'string' && reference.key !== undefined)
          throw noObject({ name, key, source }, reference)
        const value = valueIn(document, reference.key)
        if (value === undefined) throw missing({ name, key, source }, reference)
        return [name, value] as const
      }),
    )
    return Object.fromEntries(values)
  },
})
