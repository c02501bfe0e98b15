import { keyText } from '../onboarding/key.ts'
import type { Onboarding } from '../onboarding/onboarding.ts'
import { StoreError } from '../onboarding/ports/store.ts'

/** Whether the first document is newer than the second. */
export const isNewer = (one: Onboarding, other: Onboarding): boolean =>
  one.generation === other.generation ? one.revision > other.revision : one.generation > other.generation

/** Compare-and-set: throws StoreError `conflict` when the document was not made from the saved one. */
export const refuseStale = (saved: Onboarding | undefined, next: Onboarding): void => {
  const isFirst = saved === undefined || next.generation > saved.generation
  const expected = isFirst ? 1 : saved.revision + 1
  if (next.revision === expected && (isFirst || next.generation === saved.generation)) return
  throw new StoreError(
    `${keyText(next.key)}: revision ${next.revision} of generation ${next.generation} does not follow what is saved`,
    { code: 'conflict' },
  )
}
