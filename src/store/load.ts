import { dirname, join } from 'node:path'

import { keyText } from '../onboarding/key.ts'
import type { Onboarding } from '../onboarding/onboarding.ts'
import { DamagedDocument, NewerDocument, readDocument } from './durable-document.ts'
import { temporarySuffix } from './durable-file.ts'
import { syncFolderAtOnce } from './folder-sync.ts'
import { asideBefore, type Parts, type Quarantined, setAside } from './quarantine.ts'
import { isNewer } from './revision.ts'
import { UnusableFolder } from './unusable-folder.ts'

/** What the data folder held at start. */
interface Loaded {
  readonly active: Map<string, Onboarding>
  /** What was set aside at this start. */
  readonly quarantined: readonly Quarantined[]
  /** What was set aside at this start or before, by key. */
  readonly aside: Map<string, Quarantined>
  /** Workflow files and folders of clusters whose names would survive a power cut. */
  readonly durable: Set<string>
}

const sweep = ({ disk, layout }: Parts): void => {
  const { temporary } = layout.folders
  for (const name of disk.list(temporary)) {
    if (name.endsWith(temporarySuffix)) disk.unlink(join(temporary, name))
  }
}

/** Undefined when there is none. Throws UnusableFolder, with the file's name, for what a newer release wrote. */
const readOrSetAside = (parts: Parts, path: string): Onboarding | Quarantined | undefined => {
  try {
    const onboarding = readDocument(parts.disk, path)
    if (onboarding === undefined) return undefined
    const { active, done } = parts.layout
    if (path !== active(onboarding.key) && path !== done(onboarding.key))
      throw new DamagedDocument('its name is not that of its key')
    return onboarding
  } catch (error) {
    if (error instanceof NewerDocument) throw new UnusableFolder(`${path}: ${error.message}`)
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
  // What is listed and not there is a link to nothing: no new document could take its place.
  const active = readOrSetAside(parts, path) ?? setAside(parts, path, 'it is a link to nothing')
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

type Template = Onboarding['template']

/** Thousands of records are of the same few templates: each of those is kept once. */
const createSharing = (): ((onboarding: Onboarding) => Onboarding) => {
  const known = new Map<string, Template>()
  return (onboarding) => {
    const text = JSON.stringify(onboarding.template)
    const template = known.get(text) ?? onboarding.template
    known.set(text, template)
    return { ...onboarding, template }
  }
}

/**
 * Clears up after whatever ended the process before, and reads what is not settled. Throws UnusableFolder, or what the
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
  const share = createSharing()
  for (const name of disk.list(folders.active)) {
    if (!name.endsWith('.json')) continue
    const onboarding = loadActive(parts, join(folders.active, name), quarantined)
    if (onboarding !== undefined) active.set(keyText(onboarding.key), share(onboarding))
  }
  const aside = new Map<string, Quarantined>()
  for (const one of [...asideBefore(parts), ...quarantined]) {
    if (one.key !== undefined) aside.set(keyText(one.key), one)
  }
  const durable = [folders.done, folders.templates].flatMap((folder) =>
    disk.list(folder).map((name) => join(folder, name)),
  )
  return { active, quarantined, aside, durable: new Set(durable) }
}
