import { z } from 'zod'

import { StepError } from './step-error.ts'
import type { StepContext } from './step.ts'
import { whatIsWrong } from './what-is-wrong.ts'

const mendSecret = 'Mend it at its source, then retry.'
const mendValue = 'Correct it where it comes from, the request or the template; then clean up and ask again.'

/** Reads what the step needs from its environment. Throws StepError that names every variable that is wrong. */
export const readEnvironment = <T extends z.ZodType>(
  schema: T,
  { environment }: Pick<StepContext, 'environment'>,
): z.infer<T> => {
  const result = schema.safeParse(environment, { reportInput: true })
  if (result.success) return result.data
  const names = new Set(result.error.issues.map(({ path }) => path[0]))
  const isSecret = [...names].every((name) => secretVariables.some((one) => one === name))
  const cure = isSecret ? mendSecret : mendValue
  throw new StepError('bad-input', `The step's environment is wrong: ${whatIsWrong(result.error)}. ${cure}`)
}

/** A name that Kubernetes takes for a namespace (RFC 1123). */
export const dnsLabel = z
  .string()
  .min(1)
  .max(63)
  .regex(
    /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/,
    'must be lower-case letters, digits and dashes, with no dash at either end',
  )

/** What Kubernetes and SAP BTP take for the value of a label. */
const labelValue = z
  .string()
  .min(1)
  .max(63)
  .regex(
    /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/,
    'must be letters, digits, dashes, dots and underscores, with a letter or digit at either end',
  )

/** A choice of the template: words, because Argo's parameters are text. */
export const yesOrNo = z
  .enum(['yes', 'no'])
  .default('no')
  .transform((word) => word === 'yes')

/** Whose things a step makes or removes. */
export const ownerEnvironment = z.object({ ONBOARDING_ID: labelValue, NAMESPACE: dnsLabel })

/** The cluster's name in the configuration: a part of the platform's name. */
export const clusterEnvironment = z.object({ CLUSTER: dnsLabel })

export const subaccountEnvironment = ownerEnvironment.extend({ CIS_KEY: z.string().min(1) })

/** Said for the id while SAP BTP was asked for a subaccount and nobody knows whether it made one. */
export const unknownSubaccount = 'unknown'

/**
 * The same for a step that comes after `create-subaccount`, which says the id; '' when it asked for nothing, or was
 * refused.
 */
export const knownSubaccountEnvironment = subaccountEnvironment.extend({
  SUBACCOUNT_ID: z.string().max(64).default(''),
})

/** Variables that hold secrets, or may: what a step starts does not get them. */
export const secretVariables = [
  'CIS_KEY',
  'TARGET_KUBECONFIG',
  'OPERATOR_CHART_REPOSITORY',
  'PROXY_CHART_REPOSITORY',
] as const
