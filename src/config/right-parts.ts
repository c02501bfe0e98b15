import { z } from 'zod'

import { dnsLabel } from '../onboarding/key.ts'
import {
  type ClusterConfig,
  clusterSchema,
  type CredentialsConfig,
  credentialsSchema,
  type OfferConfig,
  offeredSchema,
  type PolicyConfig,
  policySchema,
} from './schema.ts'

/** What is said of offers; what is wrong is named for that, and not as missing. */
interface RightTerms {
  readonly channel?: string
  readonly credentials?: CredentialsConfig | 'wrong'
  readonly policy?: PolicyConfig | 'wrong'
}

export interface RightCluster extends RightTerms, Partial<Pick<ClusterConfig, 'kubernetes' | 'argo'>> {
  readonly templates?: Readonly<Record<string, OfferConfig>>
}

/** What checks across several keys look at. */
export interface RightParts extends RightTerms {
  readonly clusters: Readonly<Record<string, RightCluster>>
}

const map = z.record(z.string(), z.unknown())
const entriesOf = (raw: unknown): readonly (readonly [string, unknown])[] =>
  Object.entries(map.safeParse(raw).data ?? {})

const termsOf = ({ channel, credentials, policy }: Readonly<Record<string, unknown>>): RightTerms => ({
  ...(channel !== undefined && { channel: JSON.stringify(channel) }),
  ...(credentials !== undefined && {
    credentials: credentialsSchema.safeParse(credentials).data ?? ('wrong' as const),
  }),
  ...(policy !== undefined && { policy: policySchema.safeParse(policy).data ?? ('wrong' as const) }),
})

const clusterOf = (raw: unknown): RightCluster => {
  const parts = map.safeParse(raw).data ?? {}
  const kubernetes = clusterSchema.shape.kubernetes.safeParse(parts['kubernetes']).data
  const argo = clusterSchema.shape.argo.safeParse(parts['argo']).data
  const templates = entriesOf(parts['templates']).flatMap(([name, said]) => {
    const { data } = offeredSchema.safeParse(said)
    return data === undefined || !dnsLabel.safeParse(name).success ? [] : [[name, data] as const]
  })
  return {
    ...termsOf(parts),
    ...(kubernetes !== undefined && { kubernetes }),
    ...(argo !== undefined && { argo }),
    ...(templates.length > 0 && { templates: Object.fromEntries(templates) }),
  }
}

/** What is right by itself in a file that has mistakes, so that everything else that is wrong is named with them. */
export const rightPartsOf = (file: unknown): RightParts => {
  const parts = map.safeParse(file).data ?? {}
  const clusters = entriesOf(parts['clusters']).map(([name, raw]) => [name, clusterOf(raw)] as const)
  return { ...termsOf(parts), clusters: Object.fromEntries(clusters) }
}
