import { z } from 'zod'

import { StepError } from './step-error.ts'
import type { StepContext } from './step.ts'

/** Reads what the step needs from its environment. Throws StepError that names every variable that is wrong. */
export const readEnvironment = <T extends z.ZodType>(
  schema: T,
  { environment }: Pick<StepContext, 'environment'>,
): z.infer<T> => {
  const result = schema.safeParse(environment)
  if (result.success) return result.data
  const wrong = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new StepError('bad-input', `The step's environment is wrong: ${wrong.join('; ')}.`)
}

const id = z.string().min(1).max(63)

/** A choice of the template: words, because Argo's parameters are text. */
export const yesOrNo = z
  .enum(['yes', 'no'])
  .default('no')
  .transform((word) => word === 'yes')

/** Whose things a step makes or removes. */
export const ownerEnvironment = z.object({ ONBOARDING_ID: id, NAMESPACE: id })

export const subaccountEnvironment = ownerEnvironment.extend({ CIS_KEY: z.string().min(1) })

/** The same for a step that comes after `create-subaccount`, which says the id; '' when it did not come so far. */
export const knownSubaccountEnvironment = subaccountEnvironment.extend({
  SUBACCOUNT_ID: z.string().max(64).default(''),
})

/** Variables that hold secrets: what a step starts does not get them. */
export const secretVariables = ['CIS_KEY', 'TARGET_KUBECONFIG'] as const
