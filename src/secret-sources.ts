import type { Config } from './config/read-config.ts'
import type { CredentialsConfig } from './config/schema.ts'
import { createDirectorySource } from './credentials/directory.ts'
import { createExistingSecret } from './credentials/existing-secret.ts'
import { createSharedMeta } from './credentials/shared-meta.ts'
import type { SecretSource } from './credentials/source.ts'
import { createSecretReader } from './kubernetes/existing-secrets.ts'
import type { SecretPlace } from './kubernetes/run-secrets.ts'
import type { Key } from './onboarding/key.ts'

type Sources = (key: Key) => SecretSource | undefined

interface Surroundings {
  readonly places: ReadonlyMap<string, SecretPlace>
  /** In [0, 1). */
  readonly random: () => number
  /** How long shared-meta may take, where it is not as long as the bot waits. */
  readonly limits?: Parameters<typeof createSharedMeta>[0]['limits']
}

const openSource = (
  credentials: CredentialsConfig,
  { sharedMetaTokens }: Pick<Config, 'sharedMetaTokens'>,
  { places, random, limits = {} }: Surroundings,
): SecretSource => {
  if ('directory' in credentials) return createDirectorySource(credentials.directory)
  if ('secret' in credentials) {
    const { name, namespace } = credentials.secret
    return createExistingSecret(
      `the Secret ${namespace === undefined ? name : `${namespace}/${name}`}`,
      createSecretReader(places, credentials.secret),
    )
  }
  const { url, tokenEnv } = credentials.sharedMeta
  return createSharedMeta({ url, token: () => sharedMetaTokens[tokenEnv]?.reveal() ?? '', random, limits })
}

/** Where the secrets of an onboarding come from: what its template says, else its cluster, else the file. */
export const createSecretSources = (
  config: Pick<Config, 'file' | 'sharedMetaTokens'>,
  surroundings: Surroundings,
): Sources => {
  const opened = new Map<CredentialsConfig, SecretSource>()
  return ({ cluster, template }) => {
    const { clusters, credentials: atTop } = config.file
    const atCluster = Object.hasOwn(clusters, cluster) ? clusters[cluster] : undefined
    const templates = atCluster?.templates ?? {}
    const atTemplate = Object.hasOwn(templates, template) ? templates[template] : undefined
    const credentials = atTemplate?.credentials ?? atCluster?.credentials ?? atTop
    if (credentials === undefined) return undefined
    const known = opened.get(credentials) ?? openSource(credentials, config, surroundings)
    opened.set(credentials, known)
    return known
  }
}
