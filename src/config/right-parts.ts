import { z } from 'zod'

import {
  clusterSchema,
  type ConfigFile,
  type CredentialsConfig,
  credentialsSchema,
  type PolicyConfig,
  policySchema,
} from './schema.ts'

/** What checks across several keys look at. */
export interface RightParts extends Pick<ConfigFile, 'channel' | 'clusters'> {
  readonly credentials?: CredentialsConfig | 'wrong'
  readonly policy?: PolicyConfig | 'wrong'
}

const map = z.record(z.string(), z.unknown())

/** What is right by itself in a file that has mistakes, so that everything else that is wrong is named with them. */
export const rightPartsOf = (file: unknown): RightParts => {
  const { channel, credentials, clusters, policy } = map.safeParse(file).data ?? {}
  const all = Object.entries(map.safeParse(clusters).data ?? {}).flatMap(([name, raw]) => {
    const cluster = clusterSchema.safeParse(raw).data
    return cluster === undefined ? [] : [[name, cluster] as const]
  })
  return {
    clusters: Object.fromEntries(all),
    // A channel that is wrong is named for that, and not as missing.
    ...(channel !== undefined && { channel: JSON.stringify(channel) }),
    ...(credentials !== undefined && {
      credentials: credentialsSchema.safeParse(credentials).data ?? ('wrong' as const),
    }),
    ...(policy !== undefined && { policy: policySchema.safeParse(policy).data ?? ('wrong' as const) }),
  }
}
