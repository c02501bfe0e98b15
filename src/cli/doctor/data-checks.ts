import { type Check, check, known, ok, type Verdict, warning, wrong } from './check.ts'

/** What is asked of the data folder. */
export interface DataProbes {
  /** The folder or, where it is not there yet, the one in which the bot would make it: there all else is looked at. */
  readonly place: string
  /** Throws what the file system throws. */
  readonly tryToSave: () => Promise<void>
  readonly unwritable: () => readonly string[]
  readonly isLocked: () => boolean
  readonly space: () => { readonly freeBytes: number; readonly freeFiles: number | undefined }
}

const area = 'Data folder'
const mebibyte = 1_048_576
/** A record has some kilobytes; what else grows on the disk is not ours to know. */
const littleBytes = 100 * mebibyte
const noBytes = 10 * mebibyte
const fewFiles = 1_000

const textOf = (error: unknown, name: 'code' | 'syscall'): string | undefined => {
  const value: unknown = error instanceof Error && name in error ? Reflect.get(error, name) : undefined
  return typeof value === 'string' ? value : undefined
}

const reasonOf = (error: unknown): string =>
  textOf(error, 'code') ?? (error instanceof Error ? error.message : 'unknown')

const giveOwn = (paths: readonly string[]): string =>
  `chown -R $(id -u):$(id -g) ${paths.join(' ')}   # as root, with the ids of the bot's user`

const saveRefused = (folder: string, error: unknown): Verdict => {
  const reason = reasonOf(error)
  const room = `df -h ${folder}   # and make room`
  const cures: Readonly<Record<string, string>> = {
    EACCES: giveOwn([folder]),
    EROFS: `mount -o remount,rw "$(findmnt -no TARGET -T ${folder})"   # as root; of a volume, take readOnly out`,
    ENOSPC: room,
    EDQUOT: room,
  }
  const call = textOf(error, 'syscall')
  return wrong(
    `records cannot be saved: ${call === undefined ? '' : `${call} fails with `}${reason}`,
    cures[reason] ?? `findmnt -T ${folder}   # it takes a file system with hard links, rename and fsync`,
  )
}

const judgeRights = (unwritable: readonly string[]): Verdict =>
  unwritable.length === 0
    ? ok('link, rename and fsync work')
    : wrong(`this user may not write to ${unwritable.join(', ')}`, giveOwn(unwritable))

const judgeSpace = (folder: string, { freeBytes, freeFiles }: ReturnType<DataProbes['space']>): Verdict => {
  const free = `${Math.floor(freeBytes / mebibyte)} MiB`
  const cure = `df -h ${folder}; df -i ${folder}   # and make room`
  if (freeBytes < noBytes) return wrong(free, cure)
  if (freeFiles !== undefined && freeFiles < fewFiles)
    return warning(`room for ${freeFiles} files only`, cure)
  return freeBytes < littleBytes ? warning(free, cure) : ok(free)
}

const folderCheck = (folder: string, isThere: boolean): Check =>
  known(
    { id: 'data/folder', area, title: 'folder' },
    isThere
      ? ok(folder)
      : warning(`${folder} is not there; the bot makes it when it starts`, `mkdir -p ${folder}`),
  )

/** What is looked at in the data folder. */
export const dataChecks = (folder: string, probes: DataProbes): readonly Check[] => {
  const { place } = probes
  return [
    folderCheck(folder, place === folder),
    check({
      id: 'data/saving',
      area,
      title: 'durable saving',
      probe: async () => {
        await probes.tryToSave()
        return probes.unwritable()
      },
      judge: judgeRights,
      refused: (error) => saveRefused(place, error),
    }),
    check({
      id: 'data/lock',
      area,
      title: 'lock',
      probe: probes.isLocked,
      judge: (isLocked) => ok(isLocked ? 'a bot runs on this folder' : 'free: no bot runs on this folder'),
      refused: (error) =>
        wrong(
          `lock.db cannot be read: ${reasonOf(error)}`,
          `rm ${place}/lock.db   # while no bot runs; it holds nothing`,
        ),
    }),
    check({
      id: 'data/space',
      area,
      title: 'free space',
      probe: probes.space,
      judge: (space) => judgeSpace(place, space),
      refused: (error) => warning(`cannot be told: ${reasonOf(error)}`, `df -h ${place}`),
    }),
  ]
}
