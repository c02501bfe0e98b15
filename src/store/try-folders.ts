import { join } from 'node:path'

import type { Disk } from './disk.ts'
import { removeIfThere, temporarySuffix, writeAll } from './durable-file.ts'
import { isOfCluster, type Layout } from './layout.ts'

const probeName = `.start${temporarySuffix}`

/**
 * Does at the start what a save does in every folder of the store, and leaves nothing: a bot that could record nothing
 * must not look as if it could. Throws what the file system throws.
 */
export const tryFolders = (disk: Disk, { folders }: Layout): void => {
  const { active, done, templates, quarantine, temporary } = folders
  const clusters = disk.list(done).filter(isOfCluster)
  const written = join(temporary, probeName)
  removeIfThere(disk, written)
  const file = disk.open(written, 'wx', 0o600)
  try {
    writeAll(disk, file, 'tried at the start')
    disk.syncAtOnce(file)
  } finally {
    disk.close(file)
  }
  for (const folder of [active, done, templates, quarantine, ...clusters.map((name) => join(done, name))]) {
    const linked = join(folder, probeName)
    removeIfThere(disk, linked)
    disk.link(written, linked)
    disk.unlink(linked)
  }
  disk.unlink(written)
}
