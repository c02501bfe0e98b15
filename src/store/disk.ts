import {
  closeSync,
  fsync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { promisify } from 'node:util'

import { makeFolder } from './make-folder.ts'

/** The calls to the file system that the store makes: every one of them can fail, and in tests each does. */
export interface Disk {
  readonly open: (path: string, flags: 'wx' | 'r', mode?: number) => number
  /** May write less than it was given. */
  readonly write: (file: number, bytes: Uint8Array, offset: number) => number
  readonly sync: (file: number) => Promise<void>
  /** For the start, when nothing else is under way. */
  readonly syncAtOnce: (file: number) => void
  readonly close: (file: number) => void
  readonly rename: (from: string, to: string) => void
  readonly link: (from: string, to: string) => void
  readonly unlink: (path: string) => void
  readonly exists: (path: string) => boolean
  readonly read: (path: string) => string
  readonly list: (folder: string) => string[]
  readonly makeFolder: (path: string) => void
}

const fsyncAsync = promisify(fsync)

/**
 * Short calls are made at once, since each costs less than a turn of the thread pool; only the syncs, which wait for
 * the device, are not.
 */
export const systemDisk: Disk = {
  open: (path, flags, mode) => openSync(path, flags, mode),
  write: (file, bytes, offset) => writeSync(file, bytes, offset),
  sync: (file) => fsyncAsync(file),
  syncAtOnce: fsyncSync,
  close: closeSync,
  rename: renameSync,
  link: linkSync,
  unlink: unlinkSync,
  // Unlike existsSync it does not call a file missing that it may not look at.
  exists: (path) => statSync(path, { throwIfNoEntry: false }) !== undefined,
  read: (path) => readFileSync(path, 'utf8'),
  list: (folder) => readdirSync(folder),
  makeFolder: (path) => {
    makeFolder(path, 0o700)
  },
}
