import { randomUUID } from 'node:crypto'
import { basename, dirname, join } from 'node:path'

import type { Disk } from './disk.ts'
import { syncFolder } from './folder-sync.ts'

/** What a file that is still being written ends with; such files are removed at start. */
export const temporarySuffix = '.tmp'

interface Writing {
  readonly text: string
  /** Fail with EEXIST when there is such a file already. */
  readonly isNew: boolean
  /** On the same file system; the file's own folder when absent. */
  readonly temporaryFolder?: string
  /** Makes the names in a folder durable; a sync of its own when absent. */
  readonly syncFolder?: (folder: string) => Promise<void>
}

/** Throws when the disk takes no more. */
export const writeAll = (disk: Disk, file: number, text: string): void => {
  const bytes = Buffer.from(text)
  let written = 0
  // A disk that is nearly full writes less than it was given, and says so only here.
  while (written < bytes.length) {
    const count = disk.write(file, bytes, written)
    if (count === 0) throw new Error('the disk takes no more bytes')
    written += count
  }
}

export const removeIfThere = (disk: Disk, path: string): void => {
  try {
    disk.unlink(path)
  } catch {
    // It was never made, or took its place; what is really left over is removed at the next start.
  }
}

const writeTemporary = async (disk: Disk, path: string, text: string): Promise<void> => {
  const file = disk.open(path, 'wx', 0o600)
  try {
    writeAll(disk, file, text)
    await disk.sync(file)
  } finally {
    disk.close(file)
  }
}

/**
 * Writes a file so that it is whole and there after a power cut, or as it was before. After a failed fsync nothing is
 * tried again on the same file: the kernel may have dropped the data and call the next fsync a success (LWN 752063,
 * "PostgreSQL's fsync() surprise"). Throws what the file system throws; what is there then is the old
 * file or the new one.
 */
export const writeDurably = async (disk: Disk, path: string, writing: Writing): Promise<void> => {
  const { text, isNew } = writing
  const folder = dirname(path)
  const temporary = join(
    writing.temporaryFolder ?? folder,
    `.${basename(path)}.${randomUUID()}${temporarySuffix}`,
  )
  try {
    await writeTemporary(disk, temporary, text)
    if (isNew) disk.link(temporary, path)
    else disk.rename(temporary, path)
  } catch (error) {
    removeIfThere(disk, temporary)
    throw error
  }
  if (isNew) removeIfThere(disk, temporary)
  await (writing.syncFolder?.(folder) ?? syncFolder(disk, folder))
}
