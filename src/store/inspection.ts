import { randomUUID } from 'node:crypto'
import { accessSync, constants, existsSync, readdirSync, statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import type { Disk } from './disk.ts'
import { writeDurably } from './durable-file.ts'
import { createLayout, isOfCluster } from './layout.ts'
import { isBusy, lockFile } from './lock.ts'

/** The folder, or where it is not there yet the nearest one above it that is: in that one it would be made. */
export const placeOf = (folder: string): string => {
  const above = dirname(folder)
  return existsSync(folder) || above === folder ? folder : placeOf(above)
}

/** Whether a process has the data folder. The lock is looked at and not taken: a bot that starts meanwhile gets it. */
export const isLocked = (folder: string): boolean => {
  const path = join(folder, lockFile)
  if (!existsSync(path)) return false
  const database = new DatabaseSync(path, { readOnly: true, timeout: 0 })
  try {
    // A read is refused while somebody has the file alone, and keeps nobody out for longer than it takes.
    database.exec('PRAGMA schema_version')
    return false
  } catch (error) {
    if (isBusy(error)) return true
    throw error
  } finally {
    database.close()
  }
}

/**
 * Does in the folder what a save does: writes a file and syncs it, links it, and renames another over it, and syncs the
 * folder. Nothing is left. Throws what the file system throws.
 */
export const tryToSave = async (disk: Disk, folder: string): Promise<void> => {
  const path = join(folder, `.doctor-${randomUUID()}`)
  await writeDurably(disk, path, { text: 'new', isNew: true })
  try {
    await writeDurably(disk, path, { text: 'changed', isNew: false })
  } finally {
    disk.unlink(path)
  }
}

const { R_OK: toRead, W_OK: toWrite, X_OK: toEnter } = constants

const may = (path: string, mode: number): boolean => {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

const clusterFolders = (done: string): readonly string[] =>
  may(done, toRead)
    ? readdirSync(done)
        .filter(isOfCluster)
        .map((name) => join(done, name))
    : []

/** What the store has in its folder, as far as it is there, that this process may not write to. */
export const unwritableIn = (folder: string): readonly string[] => {
  const { folders } = createLayout(folder)
  const lock = join(folder, lockFile)
  const all = [...Object.values(folders), ...clusterFolders(folders.done)]
  return [
    ...all.filter((path) => existsSync(path) && !may(path, toRead | toWrite | toEnter)),
    ...(existsSync(lock) && !may(lock, toRead | toWrite) ? [lock] : []),
  ]
}

export interface Space {
  readonly freeBytes: number
  /** How many files may still be made; undefined where the file system has no such bound. */
  readonly freeFiles: number | undefined
}

export const spaceIn = (folder: string): Space => {
  const { bavail, bsize, files, ffree } = statfsSync(folder)
  return { freeBytes: bavail * bsize, freeFiles: files === 0 ? undefined : ffree }
}
