import { z } from 'zod'

import {
  clusterSchema,
  type ConfigFile,
  credentialsSchema,
  type PolicyConfig,
  policySchema,
} from './schema.ts'

/** What checks across several keys look at. */
export interface RightParts extends Pick<ConfigFile, 'channel' | 'credentials' | 'clusters'> {
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
  const said = credentialsSchema.safeParse(credentials).data
  return {
    clusters: Object.fromEntries(all),
    // A channel that is wrong is named for that, and not as missing.
    ...(channel !== undefined && { channel: JSON.stringify(channel) }),
    ...(said !== undefined && { credentials: said }),
    ...(policy !== undefined && { policy: policySchema.safeParse(policy).data ?? ('wrong' as const) }),
  }
}
