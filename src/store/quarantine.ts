import { basename, dirname, join } from 'node:path'

import type { Log } from '../log.ts'
import { type Key, keyText } from '../onboarding/key.ts'
import type { Disk } from './disk.ts'
import { keyOfFile, type Layout } from './layout.ts'

/** A document that was set aside. */
export interface Quarantined {
  /** Where it is now. */
  readonly file: string
  readonly reason: string
  /** Undefined when the file was not named like a document. */
  readonly key: Key | undefined
  /** Whether it lay among the settled ones. */
  readonly wasSettled: boolean
  /** Who asked, where the damaged text still tells. */
  readonly requester: string | undefined
}

export interface Parts {
  readonly disk: Disk
  readonly layout: Layout
  readonly log: Log
}

/** Stands in the names of those that were settled. */
const settledMark = '.json.done.'

const requesterIn = (disk: Disk, file: string): string | undefined => {
  try {
    return /"requester":"([UW][A-Z0-9]{2,})"/.exec(disk.read(file))?.[1]
  } catch {
    // A folder, say, which may bear the name of a document too.
    return undefined
  }
}

const told = (disk: Disk, file: string, reason: string): Quarantined => ({
  file,
  reason,
  key: keyOfFile(basename(file)),
  wasSettled: basename(file).includes(settledMark),
  requester: requesterIn(disk, file),
})

/** Moves a damaged document out of the way, where it is kept for people. */
export const setAside = ({ disk, layout, log }: Parts, path: string, reason: string): Quarantined => {
  const mark = dirname(path) === layout.folders.active ? '' : '.done'
  const target = join(layout.folders.quarantine, `${basename(path)}${mark}`)
  let count = 1
  while (disk.exists(`${target}.${count}`)) count += 1
  const file = `${target}.${count}`
  disk.rename(path, file)
  const aside = told(disk, file, reason)
  const key = aside.key && keyText(aside.key)
  log.error({ key, file, reason }, 'a document is damaged and was set aside')
  return aside
}

/** What lies in quarantine at the start. */
export const asideBefore = ({ disk, layout }: Parts): readonly Quarantined[] =>
  disk
    .list(layout.folders.quarantine)
    .filter((name) => keyOfFile(name) !== undefined)
    .map((name) =>
      told(disk, join(layout.folders.quarantine, name), 'it could not be read at an earlier start'),
    )
