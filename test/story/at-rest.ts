import { existsSync, readFileSync } from 'node:fs'

import { onboardingSchema } from '../../src/onboarding/onboarding.ts'

/** Whether the record is there, and everything in it has been said: nothing is saved any more. */
export const isAtRest = (path: string): boolean => {
  if (!existsSync(path)) return false
  const [, document = ''] = readFileSync(path, 'utf8').split('\n')
  const { thread, notices } = onboardingSchema.parse(JSON.parse(document))
  return thread.shown === thread.version && notices.every(({ state }) => state === 'done')
}
