import { z } from 'zod'

import { StepError } from './step-error.ts'
import type { StepContext } from './step.ts'

/** The label on what an onboarding makes in a cluster: nothing else is ever adopted or deleted. */
export const ownerLabel = 'onboard-bot.dev/onboarding-id'

/** The label's value by which somebody says that a thing is no onboarding's. */
const nobody = 'none'

/** What the steps of the onboarding said that they made; '' where they did not come so far. */
export const madeEnvironment = z.object({
  PLATFORM_ID: z.string().default(''),
  OPERATOR_ACCESS_ID: z.string().default(''),
})
export const releaseEnvironment = z.object({ RELEASE: z.string().default('') })

/** The credentials are written right after one of these is said. */
export const isConnectionMade = (made: z.infer<typeof madeEnvironment>): boolean =>
  made.PLATFORM_ID !== '' || made.OPERATOR_ACCESS_ID !== ''

/** A thing in the cluster that has the name of ours. */
export interface Claimed {
  /** `release "proxy" in "shop"`. */
  readonly what: string
  /** The Secret that carries the label. */
  readonly labelled: { readonly name: string; readonly namespace: string }
  /** The label's value. */
  readonly owner: string | undefined
}

/**
 * Whether a thing is ours; somebody else's is left alone, with a warning in the log. Throws StepError where the
 * onboarding made one (`isMade`), and the label of what is there does not say so.
 */
export const isOurs = (
  { what, labelled, owner }: Claimed,
  { onboardingId, isMade, context }: { onboardingId: string; isMade: boolean; context: StepContext },
): boolean => {
  if (owner === onboardingId) return true
  if (!isMade || owner === nobody) {
    context.log('not ours: left alone', { level: 'warn', what })
    return false
  }
  throw new StepError(
    'refused',
    `The ${what} does not carry the label of this onboarding, which made one there, so it is not removed. Look whose it is: kubectl label secret ${labelled.name} -n ${labelled.namespace} --overwrite ${ownerLabel}=${onboardingId} gives it to this onboarding, and the value ${nobody} says that it is somebody else's and stays. Then clean up again.`,
  )
}
