import type { Log } from '../log.ts'
import { isSettled } from '../onboarding/due.ts'
import type { Event, Lost, Rebuilt, Refusal } from '../onboarding/events.ts'
import type { Key } from '../onboarding/key.ts'
import { keyText } from '../onboarding/key.ts'
import type { Onboarding } from '../onboarding/onboarding.ts'
import { type Store, StoreError } from '../onboarding/ports/store.ts'
import { isRefusal, transition } from '../onboarding/transition.ts'
import { createKeyedLock } from './keyed-lock.ts'

/** What became of an event: the record as it is on disk now, or why the event was refused. */
type Entry = { readonly onboarding: Onboarding; readonly isChanged: boolean } | Refusal

/** The records, changed by events only. */
export interface Ledger {
  /**
   * Loads, transitions and saves; the event may be made from what is there. An event for another request than
   * the one that `runId` names is dropped. Throws StoreError when nothing was saved.
   */
  readonly enter: (
    key: Key,
    make: (existing: Onboarding | undefined) => Event,
    runId?: string,
  ) => Promise<Entry>
  /** Puts a record in the place of one that is lost or damaged. Throws StoreError when nothing was saved. */
  readonly restore: (event: Rebuilt | Lost) => Promise<Entry>
}

const findUndamaged = async (store: Store, key: Key): Promise<Onboarding | undefined> => {
  try {
    return await store.find(key)
  } catch (error) {
    if (error instanceof StoreError && error.code === 'damaged') return undefined
    throw error
  }
}

/** A ledger on a store; `changed` is called after every save. */
export const createLedger = (options: {
  store: Store
  log: Log
  changed: (onboarding: Onboarding) => void
}): Ledger => {
  const { store, log, changed } = options
  const lock = createKeyedLock()

  const enterAlone: Ledger['enter'] = async (key, make, runId) => {
    const existing = await store.find(key)
    if (existing !== undefined && runId !== undefined && existing.runId !== runId) {
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

  const restoreAlone = async (key: Key, event: Rebuilt | Lost): Promise<Entry> => {
    const existing = await findUndamaged(store, key)
    const result = transition(existing, event)
    if (isRefusal(result)) return result
    if (result === existing) return { onboarding: result, isChanged: false }
    await store.restore(result)
    log.warn(
      { key: keyText(key), event: event.type, generation: result.generation, reason: event.reason },
      'the record was made anew',
    )
    return { onboarding: result, isChanged: true }
  }

  const alone = async (key: Key, task: () => Promise<Entry>): Promise<Entry> => {
    const entry = await lock(keyText(key), task)
    if (!isRefused(entry) && entry.isChanged) changed(entry.onboarding)
    return entry
  }

  return {
    enter: (key, make, runId) => alone(key, () => enterAlone(key, make, runId)),
    restore: (event) => {
      const { key } = event.type === 'rebuilt' ? event.record : event
      return alone(key, () => restoreAlone(key, event))
    },
  }
}

const isRefused = (entry: Entry): entry is Refusal => 'refused' in entry
