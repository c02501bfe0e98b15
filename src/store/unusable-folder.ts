/** The data folder cannot be used: the message says why and what cures it, so that nobody needs a stack trace. */
export class UnusableFolder extends Error {
  override readonly name: string = 'UnusableFolder'
}

const toWrite = 'mount it so that it can be written to (of a volume, take readOnly out)'
const toOwn = 'give it, with all that is in it, to the user that the bot runs as'
const toMakeRoom = 'make room on it'
const toMoveAway = 'move what stands in the place of a folder out of it'
const otherwise = 'it takes one file system, with hard links, rename and fsync'

const cures: Readonly<Record<string, string>> = {
  EROFS: toWrite,
  EACCES: toOwn,
  EPERM: toOwn,
  EEXIST: toMoveAway,
  ENOTDIR: toMoveAway,
  ENOSPC: toMakeRoom,
  EDQUOT: toMakeRoom,
}

/** What a file system gave, as the start tells it; anything else comes back as it is. */
export const toldOfFolder = (folder: string, error: unknown): unknown => {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  if (!(error instanceof Error) || typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) return error
  const cure = cures[code] ?? otherwise
  return new UnusableFolder(
    `the data folder ${folder} cannot be used (${error.message}): ${cure}, or set DATA_DIR to another folder`,
    { cause: error },
  )
}
