import type { Key } from '../../src/onboarding/key.ts'
import type { Onboarding } from '../../src/onboarding/onboarding.ts'
import { after, key, requested } from '../onboarding/builders.ts'

/** A first revision of the first generation, as a request makes it. */
export const firstOf = (changes: Partial<Key> = {}): Onboarding =>
  after(requested({ key: { ...key, ...changes } }))

/** What follows a saved document: its next revision, or with `isNewGeneration` the first of the next generation. */
export const nextOf = (
  onboarding: Onboarding,
  { isNewGeneration = false, ...changes }: Partial<Onboarding> & { isNewGeneration?: boolean } = {},
): Onboarding => ({
  ...onboarding,
  ...changes,
  generation: onboarding.generation + (isNewGeneration ? 1 : 0),
  revision: isNewGeneration ? 1 : onboarding.revision + 1,
})
