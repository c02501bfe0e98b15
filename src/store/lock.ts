import { accessSync, constants, existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { toldOfFolder, UnusableFolder } from './unusable-folder.ts'

/** The data folder cannot be had for this process alone. */
export class LockedError extends UnusableFolder {
  override readonly name = 'LockedError'
}

// SQLITE_BUSY and SQLITE_FULL (https://www.sqlite.org/rescode.html); Node gives them as `errcode`.
const busy = 5
const full = 13

/** Whoever looks whether the lock is free holds it for a moment, and for far less than this (milliseconds). */
const lookMs = 100

/** The file in the data folder whose lock is the folder's. */
export const lockFile = 'lock.db'

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'errcode' in error ? error.errcode : undefined

/** Whether SQLite refuses since another process has the file. */
export const isBusy = (error: unknown): boolean => codeOf(error) === busy

const reasonOf = (folder: string, cause: unknown): string => {
  if (isBusy(cause))
    return `another process uses the data folder ${folder}: stop it first, or set DATA_DIR to a folder of its own`
  const what = `the data folder ${folder} cannot be locked (${cause instanceof Error ? cause.message : 'unknown'})`
  return codeOf(cause) === full
    ? `${what}: make room on it, or set DATA_DIR to another folder`
    : `${what}: it has to be there and writable; a lock.db that is no database may be removed`
}

const lockedError = (folder: string, cause: unknown): LockedError =>
  new LockedError(reasonOf(folder, cause), { cause })

/**
 * SQLite opens a file that it may not write to for reading alone, and then locks out nobody. Throws UnusableFolder.
 */
const refuseUnwritable = (folder: string): void => {
  const path = join(folder, lockFile)
  try {
    accessSync(existsSync(path) ? path : folder, constants.R_OK | constants.W_OK)
  } catch (error) {
    throw toldOfFolder(folder, error)
  }
}

/**
 * Takes the data folder for this process; the operating system gives it back when the process ends, however it
 * ends. Process ids would say nothing across containers. Returns the function that lets go. Throws UnusableFolder,
 * which LockedError is one of.
 */
export const lockFolder = (folder: string): (() => void) => {
  refuseUnwritable(folder)
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(join(folder, lockFile), { timeout: lookMs })
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    throw lockedError(folder, error)
  }
  const held = database
  return () => {
    if (held.isOpen) held.close()
  }
}
