import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Another process uses the data folder. */
export class LockedError extends Error {
  override readonly name = 'LockedError'
}

/**
 * Takes the data folder for this process; the operating system gives it back when the process ends, however it
 * ends. Process ids would say nothing across containers. Returns the function that lets go. Throws LockedError.
 */
export const lockFolder = (folder: string): (() => void) => {
  const database = new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    throw new LockedError(
      `another process uses the data folder ${folder}: stop it first, or set DATA_DIR to a folder of its own`,
      { cause: error },
    )
  }
  return () => {
    database.close()
  }
}
