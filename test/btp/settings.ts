import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { load } from 'js-yaml'
import { z } from 'zod'

import { whatIsWrong } from '../../src/steps/what-is-wrong.ts'

const settingsSchema = z.strictObject({
  /** The file with the service key of the cloud management service (plan central). */
  key: z.string().min(1),
  kubeconfig: z.string().min(1),
  /** A namespace that is there already and that nobody else uses. */
  namespace: z.string().min(1),
  cluster: z.string().min(1).default('acceptance'),
  /** The template's own parameters; those with a default may be left out. */
  parameters: z.record(z.string(), z.coerce.string()).default({}),
})
export type Settings = z.infer<typeof settingsSchema>

const whatItHolds = 'docs/operations.md shows what the file holds (SAP BTP, for real).'

const readNamed = (path: string, by: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new Error(`${path}, which ${by} names, cannot be read (${code}). ${whatItHolds}`, { cause })
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/** What the test is told; undefined where it is told nothing. */
export const readSettings = ({ BTP_ACCEPTANCE: path }: Environment): Settings | undefined => {
  if (path === undefined || path === '') return undefined
  const parsed = settingsSchema.safeParse(load(readNamed(path, 'BTP_ACCEPTANCE')), { reportInput: true })
  if (parsed.success) return parsed.data
  throw new Error(`${path}: ${whatIsWrong(parsed.error)}. ${whatItHolds}`)
}

/** Who made what: the same for the same settings, so that a run finds what an earlier one left. */
export const onboardingIdOf = ({ cluster, namespace, parameters }: Settings): string =>
  createHash('sha256')
    .update(JSON.stringify(['acceptance', cluster, namespace, parameters['subdomain']]))
    .digest('hex')
    .slice(0, 32)

/** What has to be typed so that it starts. */
const confirmationOf = ({ parameters }: Settings): string =>
  `create and delete ${parameters['subdomain'] ?? ''}`

/** What is missing before the test may run, in words for its title; undefined when it may. */
export const missingFor = (
  settings: Settings | undefined,
  { BTP_ACCEPTANCE_CONFIRM: said }: Environment,
): string | undefined => {
  if (settings === undefined) return 'needs a file that BTP_ACCEPTANCE names'
  return said === confirmationOf(settings) ? undefined : 'needs BTP_ACCEPTANCE_CONFIRM'
}

const accountsSchema = z.object({ endpoints: z.object({ accounts_service_url: z.string() }) })

/** Where the global account of a service key is; the key may be wrapped in `credentials`. */
const addressOf = (key: string): string => {
  const parsed: unknown = JSON.parse(key)
  const wrapped = z.object({ credentials: z.unknown() }).safeParse(parsed).data?.credentials ?? parsed
  return accountsSchema.parse(wrapped).endpoints.accounts_service_url
}

/** What the test is going to create and delete, for somebody who decides whether it may. */
export const renderPlan = (settings: Settings, steps: readonly string[]): string => {
  const { namespace, kubeconfig, parameters } = settings
  const told = Object.entries(parameters).map(([name, value]) => `    ${name}: ${value}`)
  return [
    'This test works in a real global account and a real cluster:',
    `  global account: ${addressOf(readNamed(settings.key, 'key'))}`,
    `  cluster: ${kubeconfig}, namespace ${namespace}`,
    `  it runs the steps of templates/sap-btp, each twice: ${steps.join(', ')}`,
    ...told,
    `  what it creates carries the label onboarding-id = ${onboardingIdOf(settings)}: a subaccount, access to its`,
    '  Service Manager, Secrets and, by the profile, a Helm release. It deletes these again, and nothing without the',
    '  label. The operator is installed where the cluster has none, and stays unless remove-operator is "yes".',
    `  BTP_ACCEPTANCE_CONFIRM='${confirmationOf(settings)}' starts it.`,
  ].join('\n')
}
