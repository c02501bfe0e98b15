import { basename, dirname, join } from 'node:path'

import type { Log } from '../log.ts'
import { type Key, keyText } from '../onboarding/key.ts'
import type { Onboarding } from '../onboarding/onboarding.ts'
import type { Disk } from './disk.ts'
import { DamagedDocument, NewerDocument, readDocument } from './durable-document.ts'
import { temporarySuffix } from './durable-file.ts'
import { syncFolderAtOnce } from './folder-sync.ts'
import { keyOfFile, type Layout } from './layout.ts'
import { isNewer } from './revision.ts'

/** A document that was set aside. */
export interface Quarantined {
  /** Where it is now. */
  readonly file: string
  readonly reason: string
  /** Undefined when the file was not named like a document. */
  readonly key: Key | undefined
}

interface Parts {
  readonly disk: Disk
  readonly layout: Layout
  readonly log: Log
}

/** What the data folder held at start. */
interface Loaded {
  readonly active: Map<string, Onboarding>
  /** What was set aside at this start. */
  readonly quarantined: readonly Quarantined[]
  /** Where the document of a key lies that was set aside at this start or before. */
  readonly aside: ReadonlyMap<string, string>
  /** Workflow files and folders of clusters whose names would survive a power cut. */
  readonly durable: Set<string>
}

const sweep = ({ disk, layout }: Parts): void => {
  const { temporary } = layout.folders
  for (const name of disk.list(temporary)) {
    if (name.endsWith(temporarySuffix)) disk.unlink(join(temporary, name))
  }
}

const setAside = ({ disk, layout, log }: Parts, path: string, reason: string): Quarantined => {
  const target = join(layout.folders.quarantine, basename(path))
  let count = 1
  while (disk.exists(`${target}.${count}`)) count += 1
  const file = `${target}.${count}`
  disk.rename(path, file)
  log.error({ file, reason }, 'a document is damaged and was set aside')
  return { file, reason, key: keyOfFile(basename(path)) }
}

/** Undefined when there is none. Throws NewerDocument with the file's name. */
const readOrSetAside = (parts: Parts, path: string): Onboarding | Quarantined | undefined => {
  try {
    const onboarding = readDocument(parts.disk, path)
    if (onboarding === undefined) return undefined
    const { active, done } = parts.layout
    if (path !== active(onboarding.key) && path !== done(onboarding.key))
      throw new DamagedDocument('its name is not that of its key')
    return onboarding
  } catch (error) {
    if (error instanceof NewerDocument) throw new NewerDocument(`${path}: ${error.message}`, { cause: error })
    if (!(error instanceof DamagedDocument)) throw error
    return setAside(parts, path, error.message)
  }
}

const isQuarantined = (found: Onboarding | Quarantined): found is Quarantined => 'reason' in found

/** A crash between the two halves of a move leaves both documents: the newer one counts and the other goes. */
const settleTwins = ({ disk, layout }: Parts, active: Onboarding, done: Onboarding): boolean => {
  const { key } = active
  const isActiveNewer = isNewer(active, done)
  const [kept, gone, older] = isActiveNewer
    ? [layout.active(key), layout.done(key), done]
    : [layout.done(key), layout.active(key), active]
  syncFolderAtOnce(disk, dirname(kept))
  const place = layout.older(key, older.generation)
  if (active.generation === done.generation || disk.exists(place)) disk.unlink(gone)
  else disk.rename(gone, place)
  return isActiveNewer
}

/** Gives the document, unless it turns out to be done; what has to be set aside goes into `quarantined`. */
const loadActive = (parts: Parts, path: string, quarantined: Quarantined[]): Onboarding | undefined => {
  const active = readOrSetAside(parts, path)
  if (active === undefined) return undefined
  if (isQuarantined(active)) {
    quarantined.push(active)
    return undefined
  }
  const done = readOrSetAside(parts, parts.layout.done(active.key))
  if (done === undefined) return active
  if (isQuarantined(done)) {
    quarantined.push(done)
    return active
  }
  return settleTwins(parts, active, done) ? active : undefined
}

/**
 * Clears up after whatever ended the process before, and reads what is not settled. Throws NewerDocument, or what the
 * file system throws: a file that cannot be read at all is no reason to go on without it.
 */
export const load = (parts: Parts): Loaded => {
  const { disk, layout } = parts
  const { folders } = layout
  sweep(parts)
  // What a killed process had renamed and not yet synced is seen now, and must not be gone after a power cut.
  for (const folder of [layout.directory, folders.active, folders.done, folders.templates])
    syncFolderAtOnce(disk, folder)
  const quarantined: Quarantined[] = []
  const active = new Map<string, Onboarding>()
  for (const name of disk.list(folders.active)) {
    if (!name.endsWith('.json')) continue
    const onboarding = loadActive(parts, join(folders.active, name), quarantined)
    if (onboarding !== undefined) active.set(keyText(onboarding.key), onboarding)
  }
  const aside = disk.list(folders.quarantine).flatMap((name) => {
    const key = keyOfFile(name)
    return key === undefined ? [] : [[keyText(key), join(folders.quarantine, name)] as const]
  })
  const durable = [folders.done, folders.templates].flatMap((folder) =>
    disk.list(folder).map((name) => join(folder, name)),
  )
  return { active, quarantined, aside: new Map(aside), durable: new Set(durable) }
}
