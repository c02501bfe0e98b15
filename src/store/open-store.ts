import { createHash } from 'node:crypto'
import { basename, dirname, join } from 'node:path'

import { Low } from 'lowdb'

import type { Log } from '../log.ts'
import { type Key, keyText } from '../onboarding/key.ts'
import type { Onboarding } from '../onboarding/onboarding.ts'
import { type Store, StoreError } from '../onboarding/ports.ts'
import { type Disk, systemDisk } from './disk.ts'
import { DurableDocument, unwrap } from './durable-document.ts'
import { syncFolder, temporarySuffix, writeDurably } from './durable-file.ts'
import { createLayout, type Layout } from './layout.ts'
import { lockFolder } from './lock.ts'
import { SettledIndex } from './settled-index.ts'

/** A document that was set aside at start. */
interface Quarantined {
  /** Where it is now. */
  readonly file: string
  readonly reason: string
}

export interface OpenStore extends Store {
  readonly quarantined: readonly Quarantined[]
  readonly close: () => Promise<void>
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

/** The onboardings as one durable lowdb document each. */
class FileStore implements OpenStore {
  readonly quarantined: Quarantined[] = []
  readonly #disk: Disk
  readonly #layout: Layout
  readonly #log: Log
  readonly #active = new Map<string, Onboarding>()
  readonly #index: SettledIndex
  readonly #unlock: () => void
  #failures = 0
  #readOnly: string | undefined

  constructor(options: { directory: string; disk: Disk; log: Log }) {
    const { directory, disk, log } = options
    this.#disk = disk
    this.#log = log
    this.#layout = createLayout(directory)
    for (const folder of Object.values(this.#layout.folders)) disk.makeFolder(folder)
    this.#unlock = lockFolder(directory)
    this.#index = new SettledIndex({ disk, path: this.#layout.settled, log })
    this.#load()
  }

  active(): readonly Onboarding[] {
    return [...this.#active.values()]
  }

  async find(key: Key): Promise<Onboarding | undefined> {
    return this.#active.get(keyText(key)) ?? (await this.#findDone(key))
  }

  async save(next: Onboarding, { settled }: { settled: boolean }): Promise<void> {
    this.#refuseWhenReadOnly()
    const saved = await this.find(next.key)
    const isNew = saved === undefined || saved.generation < next.generation
    if (next.revision !== (isNew ? 1 : saved.revision + 1)) {
      throw new StoreError(`revision ${next.revision} of ${keyText(next.key)} does not follow`, {
        code: 'conflict',
      })
    }
    await this.#guarded(async () => this.#write(next, { settled, saved: isNew ? saved : undefined }))
  }

  settled(): ReturnType<Store['settled']> {
    return this.#index.all()
  }

  async keepFile({ digest, text }: { digest: string; text: string }): Promise<void> {
    const path = this.#layout.file(digest)
    if (this.#disk.exists(path)) return
    this.#refuseWhenReadOnly()
    await this.#guarded(async () => writeDurably(this.#disk, path, { text, isNew: false }))
  }

  async readFile(digest: string): Promise<string | undefined> {
    const path = this.#layout.file(digest)
    if (!this.#disk.exists(path)) return undefined
    const text = this.#disk.read(path)
    // What is not what was sealed is not there.
    return sha256(text) === digest ? text : undefined
  }

  readOnly(): string | undefined {
    return this.#readOnly
  }

  async close(): Promise<void> {
    await this.#index.flush()
    this.#unlock()
  }

  #refuseWhenReadOnly(): void {
    if (this.#readOnly !== undefined) throw new StoreError(this.#readOnly, { code: 'read-only' })
  }

  async #findDone(key: Key): Promise<Onboarding | undefined> {
    try {
      return (await new DurableDocument(this.#disk, this.#layout.done(key)).read()) ?? undefined
    } catch (error) {
      throw new StoreError(`the document of ${keyText(key)} is damaged: move it away, or restore it`, {
        code: 'disk',
        cause: error,
      })
    }
  }

  async #write(
    next: Onboarding,
    { settled, saved }: { settled: boolean; saved: Onboarding | undefined },
  ): Promise<void> {
    const { key } = next
    const path = this.#layout.active(key)
    if (saved !== undefined) await this.#setOlderAside(saved)
    const isDoneOnly = next.revision > 1 && !this.#active.has(keyText(key))
    if (isDoneOnly) await this.#activate(next)
    // Written first and only then in memory: a save that fails leaves both as they were.
    else await new Low(new DurableDocument(this.#disk, path), next).write()
    this.#active.set(keyText(key), next)
    if (saved !== undefined) await this.#remove(this.#layout.done(key))
    if (settled) await this.#settle(next)
  }

  /** The generation before keeps its document under its number, before the new one takes its name. */
  async #setOlderAside({ key, generation }: Onboarding): Promise<void> {
    const done = this.#layout.done(key)
    const older = this.#layout.older(key, generation)
    if (!this.#disk.exists(done) || this.#disk.exists(older)) return
    this.#disk.link(done, older)
    await syncFolder(this.#disk, dirname(older))
  }

  /** A settled document that goes on: the newer one is made first, then the older is removed. */
  async #activate(next: Onboarding): Promise<void> {
    const path = this.#layout.active(next.key)
    const done = this.#layout.done(next.key)
    // Whoever died between the two steps of settling left a link of the same bytes.
    if (!this.#disk.exists(path)) this.#disk.link(done, path)
    await new Low(new DurableDocument(this.#disk, path), next).write()
    await this.#remove(done)
  }

  async #settle(next: Onboarding): Promise<void> {
    const { key } = next
    const folder = this.#layout.doneOf(key.cluster)
    if (!this.#disk.exists(folder)) {
      this.#disk.makeFolder(folder)
      await syncFolder(this.#disk, this.#layout.folders.done)
    }
    this.#disk.rename(this.#layout.active(key), this.#layout.done(key))
    this.#active.delete(keyText(key))
    this.#index.add(next)
    await syncFolder(this.#disk, folder)
    await syncFolder(this.#disk, this.#layout.folders.active)
  }

  async #remove(path: string): Promise<void> {
    if (!this.#disk.exists(path)) return
    this.#disk.unlink(path)
    await syncFolder(this.#disk, dirname(path))
  }

  /** One failure is told; a second one in a row makes the store read-only, since the disk cannot be trusted. */
  async #guarded(write: () => Promise<void>): Promise<void> {
    try {
      await write()
      this.#failures = 0
    } catch (error) {
      if (isCode(error, 'EEXIST')) {
        throw new StoreError('somebody else saved first', { code: 'conflict', cause: error })
      }
      this.#failures += 1
      const what = error instanceof Error ? error.message : 'unknown'
      if (this.#failures > 1)
        this.#readOnly = `the disk failed twice (${what}): nothing more is taken until the bot is restarted`
      this.#log.error({ err: error, readOnly: this.#readOnly !== undefined }, 'a save failed')
      throw new StoreError(`the disk failed: ${what}`, { code: 'disk', cause: error })
    }
  }

  #load(): void {
    const { active, done, templates } = this.#layout.folders
    const clusters = this.#disk.list(done).map((name) => join(done, name))
    for (const folder of [active, templates, ...clusters]) this.#sweep(folder)
    for (const name of this.#disk.list(active))
      if (name.endsWith('.json')) this.#loadActive(join(active, name))
  }

  #sweep(folder: string): void {
    for (const name of this.#disk.list(folder)) {
      if (name.endsWith(temporarySuffix)) this.#disk.unlink(join(folder, name))
    }
  }

  #loadActive(path: string): void {
    try {
      const onboarding = unwrap(this.#disk.read(path))
      if (this.#layout.active(onboarding.key) !== path) throw new Error('its name is not that of its key')
      const done = this.#layout.done(onboarding.key)
      this.#active.set(keyText(onboarding.key), onboarding)
      // Left by a crash between two steps: the active one is the newer one, and the older has its own name by then.
      if (this.#disk.exists(done)) this.#disk.unlink(done)
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown'
      const file = join(this.#layout.folders.quarantine, `${basename(path)}.${Date.now()}`)
      this.#disk.rename(path, file)
      this.quarantined.push({ file, reason })
      this.#log.error({ file, reason }, 'a document is damaged and was set aside')
    }
  }
}

/** Opens the data folder for this process alone. Throws LockedError, or what the file system throws. */
export const openStore = (options: { directory: string; log: Log; disk?: Disk }): OpenStore =>
  new FileStore({ disk: systemDisk, ...options })
