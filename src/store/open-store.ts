import { dirname, relative } from 'node:path'

import { Low } from 'lowdb'

import type { Log } from '../log.ts'
import { isBare } from '../onboarding/begun.ts'
import { type Key, keyText } from '../onboarding/key.ts'
import type { Onboarding } from '../onboarding/onboarding.ts'
import { type Damaged, type Store, StoreError } from '../onboarding/ports/store.ts'
import { type Disk, systemDisk } from './disk.ts'
import {
  DamagedDocument,
  DurableDocument,
  readDocument,
  refuseUnreadable,
  sha256,
} from './durable-document.ts'
import { writeDurably } from './durable-file.ts'
import { isCode, messageOf } from './errors.ts'
import { createFolderSync } from './folder-sync.ts'
import { createInTurn } from './in-turn.ts'
import { createLayout, type Layout } from './layout.ts'
import { load } from './load.ts'
import { lockFolder } from './lock.ts'
import { type Quarantined, setAside } from './quarantine.ts'
import { refuseStale } from './revision.ts'
import { readSettled, SettledIndex } from './settled-index.ts'
import { tryFolders } from './try-folders.ts'
import { toldOfFolder } from './unusable-folder.ts'
import { WriteGuard } from './write-guard.ts'

export interface OpenStore extends Store {
  /** What was set aside when the store was opened. */
  readonly quarantined: readonly Quarantined[]
  /** Waits for what is under way and lets go of the data folder; nothing can be saved after it. */
  readonly close: () => Promise<void>
}

interface Parts {
  readonly disk: Disk
  readonly layout: Layout
  readonly log: Log
  readonly loaded: ReturnType<typeof load>
  readonly index: SettledIndex
  readonly unlock: () => void
}

/** The onboardings as one durable lowdb document each. When a save has returned, there is one document of its key. */
class FileStore implements OpenStore {
  readonly quarantined: readonly Quarantined[]
  readonly #parts: Parts
  readonly #active: Map<string, Onboarding>
  /** What counts for keys whose save is under way or has failed: on the disk may be that or what was to be saved. */
  readonly #doubtful = new Map<string, Onboarding | undefined>()
  readonly #inTurn = createInTurn()
  readonly #syncFolder: (folder: string) => Promise<void>
  readonly #guard: WriteGuard

  constructor(parts: Parts) {
    this.#parts = parts
    this.#guard = new WriteGuard(parts.log)
    this.#active = parts.loaded.active
    this.quarantined = parts.loaded.quarantined
    this.#syncFolder = createFolderSync(parts.disk)
  }

  active(): readonly Onboarding[] {
    return [...this.#active.values()]
  }

  async find(key: Key): Promise<Onboarding | undefined> {
    const name = keyText(key)
    if (this.#doubtful.has(name)) return this.#doubtful.get(name)
    return this.#active.get(name) ?? this.#findDone(key)
  }

  async findOlder(key: Key, generation: number): Promise<Onboarding | undefined> {
    const { disk, layout } = this.#parts
    try {
      return readDocument(disk, layout.older(key, generation))
    } catch {
      // Nothing goes on from it: it only tells what once was.
      return undefined
    }
  }

  async save(next: Onboarding, { settled }: { settled: boolean }): Promise<void> {
    await this.#inTurn.run(keyText(next.key), async () => {
      this.#guard.refuseWhenReadOnly()
      const saved = await this.find(next.key)
      refuseStale(saved, next)
      await this.#write(saved, next, settled)
    })
  }

  async restore(next: Onboarding): Promise<void> {
    const name = keyText(next.key)
    await this.#inTurn.run(name, async () => {
      this.#guard.refuseWhenReadOnly()
      const isDamaged = this.damaged().some(({ key }) => keyText(key) === name)
      const saved = isDamaged ? undefined : await this.find(next.key)
      // What never began has no revisions that anybody goes on from.
      const isAnother = saved !== undefined && isBare(saved) && saved.runId !== next.runId
      refuseStale(isAnother ? undefined : saved, next)
      await this.#write(saved, next, false)
    })
  }

  damaged(): readonly Damaged[] {
    const { disk, layout, loaded } = this.#parts
    return [...loaded.aside.values()].flatMap(({ key, file, ...told }) =>
      // A file that people took away is the sign to begin anew.
      key === undefined ||
      this.#active.has(keyText(key)) ||
      disk.exists(layout.done(key)) ||
      !disk.exists(file)
        ? []
        : [{ ...told, key, file: relative(layout.directory, file) }],
    )
  }

  settled(): ReturnType<Store['settled']> {
    return this.#parts.index.all()
  }

  async keepFile({ digest, text }: { digest: string; text: string }): Promise<void> {
    const { disk, layout, loaded } = this.#parts
    const path = layout.file(digest)
    await this.#inTurn.run(path, async () => {
      if (loaded.durable.has(path) && disk.exists(path) && disk.read(path) === text) return
      this.#guard.refuseWhenReadOnly()
      await this.#guard.run({ digest }, async () =>
        writeDurably(disk, path, { ...this.#writing(false), text }),
      )
      loaded.durable.add(path)
    })
  }

  async readFile(digest: string): Promise<string | undefined> {
    const { disk, layout } = this.#parts
    const path = layout.file(digest)
    if (!disk.exists(path)) return undefined
    const text = disk.read(path)
    // What is not what was sealed is not there.
    return sha256(text) === digest ? text : undefined
  }

  readOnly(): string | undefined {
    return this.#guard.readOnly()
  }

  async close(): Promise<void> {
    // Without the lock another process may write.
    this.#guard.end('the store is closed')
    await this.#inTurn.idle()
    await this.#parts.index.flush()
    this.#parts.unlock()
  }

  async #write(saved: Onboarding | undefined, next: Onboarding, settled: boolean): Promise<void> {
    refuseUnreadable(next)
    await this.#guard.run({ key: keyText(next.key) }, async () => this.#replace(saved, next, settled))
    this.#remember(next, settled)
  }

  #findDone(key: Key): Onboarding | undefined {
    const { disk, layout, loaded } = this.#parts
    const path = layout.done(key)
    try {
      const done = readDocument(disk, path)
      const file = loaded.aside.get(keyText(key))?.file
      if (done !== undefined || file === undefined || !disk.exists(file)) return done
    } catch (error) {
      if (!(error instanceof DamagedDocument)) {
        throw new StoreError(`the document of ${keyText(key)} cannot be read: ${path}: ${messageOf(error)}`, {
          code: 'disk',
          cause: error,
        })
      }
      loaded.aside.set(keyText(key), setAside(this.#parts, path, error.message))
    }
    // As long as it is unknown what was going on, the key must not look free.
    const file = loaded.aside.get(keyText(key))?.file
    throw new StoreError(
      `the document of ${keyText(key)} was damaged: restore ${file}, or remove it to begin anew`,
      { code: 'damaged' },
    )
  }

  #writing(isNew: boolean): ConstructorParameters<typeof DurableDocument>[2] {
    const temporaryFolder = this.#parts.layout.folders.temporary
    return { isNew, temporaryFolder, syncFolder: this.#syncFolder }
  }

  async #put(path: string, onboarding: Onboarding, isNew: boolean): Promise<void> {
    await new Low(new DurableDocument(this.#parts.disk, path, this.#writing(isNew)), onboarding).write()
  }

  async #replace(saved: Onboarding | undefined, next: Onboarding, settled: boolean): Promise<void> {
    const name = keyText(next.key)
    const isNew = saved === undefined && !this.#doubtful.has(name)
    this.#doubtful.set(name, saved)
    try {
      await this.#writeOver({ saved, next, settled, isNew })
    } catch (error) {
      if (isCode(error, 'EEXIST')) this.#doubtful.delete(name)
      throw error
    }
    this.#doubtful.delete(name)
  }

  // The new document first, then the removal of the one that it replaces: a crash between them leaves both, and the
  // newer one counts.
  async #writeOver(change: {
    saved: Onboarding | undefined
    next: Onboarding
    settled: boolean
    isNew: boolean
  }): Promise<void> {
    const { disk, layout } = this.#parts
    const { saved, next, settled, isNew } = change
    const { key } = next
    const [path, other] = settled
      ? [layout.done(key), layout.active(key)]
      : [layout.active(key), layout.done(key)]
    if (settled) await this.#makeFolder(dirname(path))
    if (saved !== undefined && saved.generation < next.generation) {
      const older = layout.older(key, saved.generation)
      await this.#makeFolder(dirname(older))
      await this.#put(older, saved, false)
    }
    await this.#put(path, next, isNew)
    if (!disk.exists(other)) return
    disk.unlink(other)
    await this.#syncFolder(dirname(other))
  }

  /** Only when all is written: a save that fails leaves memory as it was. */
  #remember(next: Onboarding, settled: boolean): void {
    const { index } = this.#parts
    if (settled) {
      this.#active.delete(keyText(next.key))
      index.add(next)
    } else {
      this.#active.set(keyText(next.key), next)
      index.drop(next.key)
    }
  }

  async #makeFolder(folder: string): Promise<void> {
    const { disk, loaded } = this.#parts
    if (loaded.durable.has(folder)) return
    disk.makeFolder(folder)
    await this.#syncFolder(dirname(folder))
    loaded.durable.add(folder)
  }
}

const open = (options: { directory: string; log: Log; disk: Disk }): OpenStore => {
  const { directory, log, disk } = options
  const layout = createLayout(directory)
  disk.makeFolder(directory)
  const unlock = lockFolder(directory)
  try {
    for (const folder of Object.values(layout.folders)) disk.makeFolder(folder)
    tryFolders(disk, layout)
    const parts = { disk, layout, log }
    const loaded = load(parts)
    const index = new SettledIndex({ ...parts, list: readSettled(parts) })
    return new FileStore({ ...parts, loaded, index, unlock })
  } catch (error) {
    unlock()
    throw error
  }
}

/** Opens the data folder for this process alone. Throws UnusableFolder, which LockedError is one of. */
export const openStore = (options: { directory: string; log: Log; disk?: Disk }): OpenStore => {
  try {
    return open({ disk: systemDisk, ...options })
  } catch (error) {
    throw toldOfFolder(options.directory, error)
  }
}
