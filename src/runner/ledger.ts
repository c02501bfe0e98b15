import type { Log } from '../log.ts'
import { isSettled } from '../onboarding/due.ts'
import type { Event, Refusal } from '../onboarding/events.ts'
import type { Key } from '../onboarding/key.ts'
import { keyText } from '../onboarding/key.ts'
import type { Onboarding } from '../onboarding/onboarding.ts'
import type { Store } from '../onboarding/ports.ts'
import { isRefusal, transition } from '../onboarding/transition.ts'
import { createKeyedLock } from './keyed-lock.ts'

/** What became of an event: the record as it is on disk now, or why the event was refused. */
type Entry = { readonly onboarding: Onboarding; readonly isChanged: boolean } | Refusal

/** The records, changed by events only. */
export interface Ledger {
  /**
   * Loads, transitions and saves; the event may be made from what is there. An event for another generation than
   * the one that `generation` names is dropped. Throws StoreError when nothing was saved.
   */
  readonly enter: (
    key: Key,
    make: (existing: Onboarding | undefined) => Event,
    generation?: number,
  ) => Promise<Entry>
}

/** A ledger on a store; `changed` is called after every save. */
export const createLedger = (options: {
  store: Store
  log: Log
  changed: (onboarding: Onboarding) => void
}): Ledger => {
  const { store, log, changed } = options
  const lock = createKeyedLock()

  const enterAlone: Ledger['enter'] = async (key, make, generation) => {
    const existing = await store.find(key)
    if (existing !== undefined && generation !== undefined && existing.generation !== generation) {
      return { onboarding: existing, isChanged: false }
    }
    const event = make(existing)
    const result = transition(existing, event)
    if (isRefusal(result)) {
      log.info({ key: keyText(key), event: event.type, refused: result.reason }, 'refused')
      return result
    }
    if (result === existing) return { onboarding: result, isChanged: false }
    await store.save(result, { settled: isSettled(result) })
    const { phase, revision } = result
    log.info(
      { key: keyText(key), event: event.type, phase, generation: result.generation, revision },
      'entered',
    )
    return { onboarding: result, isChanged: true }
  }

  return {
    enter: async (key, make, generation) => {
      const entry = await lock(keyText(key), () => enterAlone(key, make, generation))
      if (!isRefused(entry) && entry.isChanged) changed(entry.onboarding)
      return entry
    },
  }
}

const isRefused = (entry: Entry): entry is Refusal => 'refused' in entry
