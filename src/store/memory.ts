import { keyText } from '../onboarding/key.ts'
import type { Onboarding } from '../onboarding/onboarding.ts'
import type { SettledSummary, Store } from '../onboarding/ports.ts'
import { refuseStale } from './revision.ts'
import { withoutSettled, withSettled } from './settled-list.ts'

/** A store that forgets everything with the process: for tests, and the model that the durable one is held to. */
export const createMemoryStore = (): Store => {
  const saved = new Map<string, Onboarding>()
  const active = new Map<string, Onboarding>()
  const files = new Map<string, string>()
  let list: readonly SettledSummary[] = []
  return {
    find: async (key) => saved.get(keyText(key)),
    active: () => [...active.values()],
    save: async (next, { settled }) => {
      const name = keyText(next.key)
      refuseStale(saved.get(name), next)
      saved.set(name, next)
      if (settled) active.delete(name)
      else active.set(name, next)
      list = settled ? withSettled(list, next) : withoutSettled(list, next.key)
    },
    settled: () => list,
    keepFile: async ({ digest, text }) => {
      files.set(digest, text)
    },
    readFile: async (digest) => files.get(digest),
    readOnly: () => undefined,
  }
}
