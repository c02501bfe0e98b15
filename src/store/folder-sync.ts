import type { Disk } from './disk.ts'

/** Makes the folder's names durable: without it a power cut may lose a rename that was answered. */
export const syncFolder = async (disk: Disk, folder: string): Promise<void> => {
  const file = disk.open(folder, 'r')
  try {
    await disk.sync(file)
  } finally {
    disk.close(file)
  }
}

/** The same for the start, when nothing else is under way. */
export const syncFolderAtOnce = (disk: Disk, folder: string): void => {
  const file = disk.open(folder, 'r')
  try {
    disk.syncAtOnce(file)
  } finally {
    disk.close(file)
  }
}

interface Turn {
  readonly running: Promise<void>
  next: Promise<void> | undefined
}

/**
 * A {@link syncFolder} that many writers share. A sync that runs already may have begun before the caller's change, so
 * that everybody who comes meanwhile waits for the one after it: one runs, and at most one is next.
 */
export const createFolderSync = (disk: Disk): ((folder: string) => Promise<void>) => {
  const turns = new Map<string, Turn>()

  const begin = (folder: string): Promise<void> => {
    const running = syncFolder(disk, folder).finally(() => {
      if (turns.get(folder)?.next === undefined) turns.delete(folder)
    })
    turns.set(folder, { running, next: undefined })
    return running
  }

  return (folder) => {
    const turn = turns.get(folder)
    if (turn === undefined) return begin(folder)
    const follow = (): Promise<void> => begin(folder)
    // A failure belongs to those who waited for that sync; the next one is tried for itself.
    turn.next ??= turn.running.then(follow, follow)
    return turn.next
  }
}
