import { isBare } from '../onboarding/begun.ts'
import { keyText } from '../onboarding/key.ts'
import type { Onboarding } from '../onboarding/onboarding.ts'
import type { SettledSummary, Store } from '../onboarding/ports/store.ts'
import { refuseStale } from './revision.ts'
import { withoutSettled, withSettled } from './settled-list.ts'

/** A store that forgets everything with the process: for tests, and the model that the durable one is held to. */
export const createMemoryStore = (): Store => {
  const saved = new Map<string, Onboarding>()
  const older = new Map<string, Onboarding>()
  const active = new Map<string, Onboarding>()
  const files = new Map<string, string>()
  let list: readonly SettledSummary[] = []
  const save: Store['save'] = async (next, { settled }) => {
    const name = keyText(next.key)
    const before = saved.get(name)
    refuseStale(before, next)
    if (before !== undefined && before.generation < next.generation)
      older.set(`${name}#${before.generation}`, before)
    saved.set(name, next)
    if (settled) active.delete(name)
    else active.set(name, next)
    list = settled ? withSettled(list, next) : withoutSettled(list, next.key)
  }
  return {
    find: async (key) => saved.get(keyText(key)),
    findOlder: async (key, generation) => older.get(`${keyText(key)}#${generation}`),
    active: () => [...active.values()],
    save,
    restore: async (next) => {
      const found = saved.get(keyText(next.key))
      if (found !== undefined && isBare(found) && found.runId !== next.runId) saved.delete(keyText(next.key))
      await save(next, { settled: false })
    },
    damaged: () => [],
    settled: () => list,
    keepFile: async ({ digest, text }) => {
      files.set(digest, text)
    },
    readFile: async (digest) => files.get(digest),
    readOnly: () => undefined,
  }
}
