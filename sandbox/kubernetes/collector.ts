import type { Clock } from '../../src/clock.ts'
import { listAt, textAt } from './json.ts'
import type { ObjectKey, ObjectStore } from './objects.ts'

export interface Collector {
  /** Says how to find out whether an owner of this kind still exists. */
  readonly registerOwner: (kind: string, exists: (uid: string) => boolean) => void
  /** Looks through everything once, after the collector's delay. */
  readonly look: () => void
  readonly stop: () => void
}

/** Removes objects all of whose owners are gone, as the garbage collector of Kubernetes does within seconds. */
export function createCollector(store: ObjectStore, clock: Clock, delayMs: number): Collector {
  const owners = new Map<string, (uid: string) => boolean>()
  let cancel: (() => void) | undefined

  const isOrphan = (key: ObjectKey): boolean => {
    const references = store.get(key)?.metadata.ownerReferences ?? []
    return (
      references.length > 0 &&
      references.every((owner) => {
        const exists = owners.get(textAt(owner, 'kind') ?? '')
        return exists === undefined || !exists(textAt(owner, 'uid') ?? '')
      })
    )
  }
  const collect = (): void => {
    cancel = undefined
    for (const key of store.keys().filter(isOrphan)) store.remove(key)
  }
  const look = (): void => {
    cancel ??= clock.after(delayMs, collect)
  }
  const stopListening = store.onChange((key) => {
    if (listAt(store.get(key)?.metadata, 'ownerReferences').length > 0) look()
  })
  return {
    registerOwner: (kind, exists) => owners.set(kind, exists),
    look,
    stop: () => {
      stopListening()
      cancel?.()
    },
  }
}
