import { z } from 'zod'

import { dnsLabel } from '../onboarding/key.ts'
import { ruleSchema, subjectSchema } from '../onboarding/policy.ts'
import { strict } from '../templates/schema-findings.ts'

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `30s`, `10m`, `4h`, `3d` as milliseconds. */
const duration = z
  .string()
  .regex(/^[1-9]\d{0,5}[smhd]$/, 'must be a number with s, m, h or d, such as 4h')
  .transform((text) => {
    const unit = text.at(-1)
    return (
      Number(text.slice(0, -1)) *
      (unit === 's' || unit === 'm' || unit === 'h' || unit === 'd' ? unitMs[unit] : 0)
    )
  })

const channel = z.string().regex(/^[CG][A-Z0-9]{2,}$/, 'must be the id of a channel (C…), not its name')

const words = ['status', 'list', 'help', 'who-can-approve']
const clusterName = dnsLabel.refine((name) => !words.includes(name), {
  message: 'is a word of /onboard; rename the cluster',
})

const rule = z.union([z.array(subjectSchema).transform((allow) => ({ allow, deny: [] })), ruleSchema])

/** Rules may be a plain list of who may, or `allow` and `deny`. */
const policy = strict({
  approvals: z.number().int().min(0).max(10).exactOptional(),
  requesterMayApprove: z.boolean().exactOptional(),
  request: rule.exactOptional(),
  approve: rule.exactOptional(),
  extend: rule.exactOptional(),
  stop: rule.exactOptional(),
  retry: rule.exactOptional(),
  cleanup: rule.exactOptional(),
  'cleanup-succeeded': rule.exactOptional(),
  admins: rule.exactOptional(),
})
export type PolicyConfig = z.output<typeof policy>

const offer = strict({
  channel: channel.exactOptional(),
  onFailure: z.enum(['ask', 'clean-up']).exactOptional(),
  policy: policy.exactOptional(),
  decideWithin: duration.exactOptional(),
  submitWithin: duration.exactOptional(),
  overdueAfter: duration.exactOptional(),
})
export type OfferConfig = z.output<typeof offer>

const kubernetes = z.union(
  [
    strict({ kubeconfig: z.string().min(1), context: z.string().min(1).exactOptional() }),
    strict({ inCluster: z.literal(true) }),
  ],
  'has to say how the Kubernetes API is reached; give "kubeconfig: PATH" or "inCluster: true"',
)

const argo = strict({
  url: z.url({ protocol: /^https?$/ }),
  namespace: dnsLabel,
  serviceAccount: dnsLabel.exactOptional(),
  tokenFile: z.string().min(1).exactOptional(),
  caFile: z.string().min(1).exactOptional(),
  insecureSkipTlsVerify: z.boolean().exactOptional(),
  uiUrl: z.url({ protocol: /^https?$/ }).exactOptional(),
})

const cluster = strict({
  title: z.string().min(1).max(75).exactOptional(),
  kubernetes,
  argo,
  stepsImage: z.string().min(1),
  ...offer.shape,
  /** Which templates are offered here, each with what differs for it. */
  templates: z.record(
    dnsLabel,
    offer.nullable().transform((one) => one ?? {}),
  ),
})
export type ClusterConfig = z.output<typeof cluster>

const credentials = z.union(
  [
    strict({
      sharedMeta: strict({
        url: z.url({ protocol: /^https?$/ }),
        tokenEnv: z
          .string()
          .regex(/^[A-Z][A-Z0-9_]*$/)
          .default('SHARED_META_TOKEN'),
      }),
    }),
    strict({ directory: z.string().min(1) }),
  ],
  'has to say where secrets come from; give "sharedMeta: { url: ... }" or "directory: PATH"',
)

/** The configuration file. */
export const configSchema = strict({
  /** Tells this bot's workflows and Secrets from those of others, such as staging. */
  installation: dnsLabel,
  slack: strict({ classicCards: z.boolean().default(false) }).default({ classicCards: false }),
  credentials: credentials.exactOptional(),
  ...offer.shape,
  clusters: z
    .record(clusterName, cluster)
    .refine((all) => Object.keys(all).length > 0, { message: 'is empty; add a cluster' }),
})
export type ConfigFile = z.output<typeof configSchema>
