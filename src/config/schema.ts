import { z } from 'zod'

import { dnsLabel } from '../onboarding/key.ts'
import { subjectSchema } from '../onboarding/policy.ts'
import { missing, named, strict } from '../templates/schema-findings.ts'

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

// What a message says after its semicolon is the cure.
const spanOfTime = 'has to be a span of time; write a number with s, m, h or d, such as 4h'
const address = (example: string): string => `has to be an address; give one such as ${example}`

const longestDays = 365

/** `30s`, `10m`, `4h`, `3d` as milliseconds. */
const duration = z
  .string(spanOfTime)
  .regex(/^[1-9]\d*[smhd]$/, spanOfTime)
  .transform((text) => {
    const unit = text.at(-1)
    return (
      Number(text.slice(0, -1)) *
      (unit === 's' || unit === 'm' || unit === 'h' || unit === 'd' ? unitMs[unit] : 0)
    )
  })
  .refine((ms) => ms <= longestDays * unitMs.d, `is longer than a year; write at most ${longestDays}d`)

const channelId = 'has to be the id of a channel; give the C… that stands at the end of its "About" in Slack'
const channel = z.string(channelId).regex(/^[CG][A-Z0-9]{2,}$/, channelId)

const words = ['status', 'list', 'help', 'who-can-approve']
const clusterName = dnsLabel.refine((name) => !words.includes(name), {
  message: 'is a word of /onboard; rename the cluster',
})

const people = z.array(subjectSchema)
const rule = z
  .union(
    [people, strict({ allow: people.default([]), deny: people.default([]) })],
    'has to say who may; give a list of ids such as [U0ANNE, S0TEAM], or "allow" and "deny"',
  )
  .transform((said) => (Array.isArray(said) ? { allow: said, deny: [] } : said))

/** Rules may be a plain list of who may, or `allow` and `deny`. */
const policySchema = strict({
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
export type PolicyConfig = z.output<typeof policySchema>

/** Kubernetes' rule for the names of Secrets (a DNS subdomain). */
const secretName = z
  .string(missing('write the name of the Secret'))
  .min(1, { abort: true })
  .max(253)
  .regex(
    /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/,
    'has to be the name of a Secret; use lower-case letters, digits, dashes and dots',
  )

/** `[host[:port]/]path[:tag][@digest]`, by the grammar of references to images. */
const image = z
  .string(missing('write the image of the steps, such as registry.example.com/onboard-bot-steps:0.1.0'))
  .min(1, { abort: true })
  .regex(
    /^(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::\d+)?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,})?$/,
    'has to be the name of an image; give one such as registry.example.com/onboard-bot-steps:0.1.0',
  )

/** Words for people. */
const said = z.string().min(1, { abort: true }).regex(/\S/, 'has to have words; say it, or take it out')

/** One of several ways to write something; the names of the others do not go with its own. */
const instead = <Shape extends z.core.$ZodLooseShape>(
  others: readonly string[],
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> => strict(shape, undefined, others)

/** The message of a choice between keys: two of them are told as what they are. */
const oneOf = (
  keys: readonly string[],
  general: string,
): { readonly error: z.core.$ZodErrorMap<z.core.$ZodIssueInvalidUnion> } => ({
  error: ({ input }) => {
    const given = typeof input === 'object' && input !== null ? keys.filter((key) => key in input) : []
    if (given.length < 2) return general
    return `takes one of its keys, and has ${given.slice(0, -1).join(', ')} and ${given.at(-1)}; keep one`
  },
})

/** None of the variables that the bot or its surroundings read: what is in one would be sent to shared-meta. */
const onlyForIt =
  /^(?!(?:(?:SLACK|NODE|NPM|KUBERNETES|AWS|AZURE|GOOGLE)_.*|.*_(?:FILE|PROXY)|ONBOARD_CONFIG|DATA_DIR|TEMPLATES_DIR|LOG_LEVEL|PATH|HOME|USER|PWD|HOSTNAME|SHELL|TZ|LANG)$)/

/** Where the secrets of runs come from. */
const credentialsSchema = z.union(
  [
    instead(['directory', 'secret'], {
      sharedMeta: strict({
        url: z.url({ protocol: /^https?$/, error: address('https://shared-meta.example.com') }),
        tokenEnv: z
          .string()
          .regex(
            /^[A-Z][A-Z0-9_]*$/,
            'has to name an environment variable; use capital letters, digits and underscores',
          )
          .regex(
            onlyForIt,
            'has to name a variable that is for nothing else; give the token one of its own, such as SHARED_META_TOKEN',
          )
          .default('SHARED_META_TOKEN'),
      }),
    }),
    instead(['sharedMeta', 'secret'], { directory: z.string().min(1) }),
    instead(['sharedMeta', 'directory'], {
      secret: strict({ name: secretName, namespace: dnsLabel.exactOptional() }),
    }),
  ],
  oneOf(
    ['sharedMeta', 'directory', 'secret'],
    'has to say where secrets come from; give "sharedMeta: { url: ... }", "secret: { name: ... }" or "directory: PATH"',
  ),
)
export type CredentialsConfig = z.output<typeof credentialsSchema>

const offer = strict({
  channel: channel.exactOptional(),
  credentials: credentialsSchema.exactOptional(),
  onFailure: z.enum(['ask', 'clean-up']).exactOptional(),
  policy: policySchema.exactOptional(),
  decideWithin: duration.exactOptional(),
  submitWithin: duration.exactOptional(),
  overdueAfter: duration.exactOptional(),
})
export type OfferConfig = z.output<typeof offer>

const kubernetes = z.union(
  [
    instead(['inCluster'], {
      kubeconfig: z.string(missing('write the path of a kubeconfig')).min(1),
      context: z.string().min(1).exactOptional(),
      /** The program that the kubeconfig may run to sign in, as the kubeconfig names it. */
      exec: z.string().min(1).exactOptional(),
    }),
    instead(['kubeconfig', 'context', 'exec'], {
      inCluster: z.literal(
        true,
        'has to be true; write true, or "kubeconfig: PATH" in the place of "inCluster"',
      ),
    }),
  ],
  oneOf(
    ['kubeconfig', 'inCluster'],
    'has to say how the Kubernetes API is reached; give "kubeconfig: PATH" or "inCluster: true"',
  ),
)

/** The Service that a port-forward goes to; what is not said is as Argo's own installation has it. */
const service = strict({
  name: dnsLabel.exactOptional(),
  namespace: dnsLabel.exactOptional(),
  port: z.number().int().min(1).max(65_535).exactOptional(),
  /** Whether argo-server speaks TLS (its `--secure`). */
  secure: z.boolean().exactOptional(),
})

const argo = strict(
  {
    /** Without it argo-server is reached by port-forward. */
    url: z.url({ protocol: /^https?$/, error: address('https://argo-server:2746') }).exactOptional(),
    service: service.exactOptional(),
    namespace: z
      .string(missing('write the namespace of the workflows, such as "namespace: shared"'))
      .pipe(dnsLabel),
    serviceAccount: dnsLabel.exactOptional(),
    tokenFile: z.string().min(1).exactOptional(),
    caFile: z.string().min(1).exactOptional(),
    insecureSkipTlsVerify: z.boolean().exactOptional(),
    uiUrl: z.url({ protocol: /^https?$/, error: address('https://argo.example.com') }).exactOptional(),
  },
  'write below it at least "namespace", and "serviceAccount" or "tokenFile"',
)

const toleration = strict({
  key: z.string().min(1).exactOptional(),
  operator: z.enum(['Equal', 'Exists']).exactOptional(),
  value: z.string().exactOptional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).exactOptional(),
  tolerationSeconds: z.number().int().min(0).exactOptional(),
})

/** What the cluster wants of the workflows' pods. */
const pods = strict({
  serviceAccount: dnsLabel.exactOptional(),
  imagePullSecrets: z.array(secretName).exactOptional(),
  nodeSelector: z.record(z.string().min(1), z.string()).exactOptional(),
  tolerations: z.array(toleration).exactOptional(),
})

/** What differs for one template on one cluster. */
const offeredSchema = offer.nullable().transform((one) => one ?? {})

const clusterSchema = strict({
  title: said.max(75).exactOptional(),
  kubernetes,
  argo,
  stepsImage: image,
  pods: pods.exactOptional(),
  /** Why nothing is submitted there for now. */
  paused: said.max(200).exactOptional(),
  ...offer.shape,
  /** Which templates are offered here, each with what differs for it. */
  templates: named(
    dnsLabel,
    offeredSchema,
    missing('name what is offered there below it, such as "namespace: {}"'),
  ).refine((all) => Object.keys(all).length > 0, { message: 'is empty; name a template' }),
})
export type ClusterConfig = z.output<typeof clusterSchema>

/** The configuration file. */
export const configSchema = strict({
  /** Tells this bot's workflows and Secrets from those of others, such as staging. */
  installation: z
    .string(missing('write a name of your own for this bot, such as "installation: acme"'))
    .pipe(dnsLabel),
  slack: strict({ classicCards: z.boolean().default(false) }).default({ classicCards: false }),
  ...offer.shape,
  clusters: named(
    clusterName,
    clusterSchema,
    missing('name a cluster below it, as onboard-bot.example.yml does'),
  ).refine((all) => Object.keys(all).length > 0, { message: 'is empty; add a cluster' }),
})
export type ConfigFile = z.output<typeof configSchema>
