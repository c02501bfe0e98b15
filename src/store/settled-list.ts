import { type Key, keyText } from '../onboarding/key.ts'
import type { Onboarding } from '../onboarding/onboarding.ts'
import type { SettledSummary } from '../onboarding/ports/store.ts'

const longest = 100

/** The list without the onboarding of that key. */
export const withoutSettled = (list: readonly SettledSummary[], key: Key): readonly SettledSummary[] =>
  list.filter((entry) => keyText(entry.key) !== keyText(key))

/** The list with the onboarding in front, and no longer than it may be. */
export const withSettled = (
  list: readonly SettledSummary[],
  { key, generation, phase, requester, history }: Onboarding,
): readonly SettledSummary[] => {
  const at = history.at(-1)?.at ?? 0
  return [{ key, generation, phase, requester, at }, ...withoutSettled(list, key)].slice(0, longest)
}
