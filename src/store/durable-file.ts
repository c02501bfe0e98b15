import { randomUUID } from 'node:crypto'
import { basename, dirname, join } from 'node:path'

import type { Disk } from './disk.ts'

/** What a file that is still being written ends with; such files are removed at start. */
export const temporarySuffix = '.tmp'

const writeAll = (disk: Disk, file: number, text: string): void => {
  const bytes = Buffer.from(text)
  let written = 0
  // A disk that is nearly full writes less than it was given, and says so only here.
  while (written < bytes.length) written += disk.write(file, bytes, written)
}

/** Makes the folder's entries durable: without it a power cut may lose a rename that was answered. */
export const syncFolder = async (disk: Disk, folder: string): Promise<void> => {
  const file = disk.open(folder, 'r')
  try {
    await disk.sync(file)
  } finally {
    disk.close(file)
  }
}

const removeIfThere = (disk: Disk, path: string): void => {
  try {
    disk.unlink(path)
  } catch {
    // It was never made, or took its place; what is really left over is removed at the next start.
  }
}

/**
 * Writes a file so that it is whole and there after a power cut, or as it was before. With `isNew` it fails with
 * EEXIST when there is one already. After a failed fsync nothing is tried again on the same file: the kernel may
 * have dropped the data and call the next fsync a success. Throws what the file system throws.
 */
export const writeDurably = async (
  disk: Disk,
  path: string,
  { text, isNew }: { text: string; isNew: boolean },
): Promise<void> => {
  const folder = dirname(path)
  const temporary = join(folder, `.${basename(path)}.${randomUUID()}${temporarySuffix}`)
  try {
    const file = disk.open(temporary, 'wx', 0o600)
    try {
      writeAll(disk, file, text)
      await disk.sync(file)
    } finally {
      disk.close(file)
    }
    if (isNew) {
      disk.link(temporary, path)
      removeIfThere(disk, temporary)
    } else {
      disk.rename(temporary, path)
    }
  } catch (error) {
    removeIfThere(disk, temporary)
    throw error
  }
  await syncFolder(disk, folder)
}
