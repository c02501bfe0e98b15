import { readFile, realpath } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'

import { z } from 'zod'

import { RemoteError } from '../onboarding/ports/remote-error.ts'
import { parseDocument } from './document.ts'
import type { SecretSource } from './source.ts'

const systemError = z.object({ code: z.string() })

const isMissing = (error: unknown): boolean => {
  const code = systemError.safeParse(error).data?.code
  return code === 'ENOENT' || code === 'ENOTDIR'
}

const isInside = (directory: string, file: string): boolean => {
  const way = relative(directory, file)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

const outside = (path: string): RemoteError =>
  new RemoteError(`the secret file ${path} is outside the folder of secrets`, {
    code: 'invalid',
    cure: 'Mend the path in the template, or the link in the folder.',
  })

/**
 * Documents in a folder, such as a mounted secret store: `path` names a file, read anew for every run. Links may
 * lead anywhere inside the folder (Kubernetes mounts Secrets so), and nowhere else.
 */
export const createDirectorySource = (directory: string): SecretSource => ({
  name: directory,
  read: async (path) => {
    const wanted = resolve(directory, path)
    if (!isInside(resolve(directory), wanted)) throw outside(path)
    try {
      const file = await realpath(wanted)
      if (!isInside(await realpath(directory), file)) throw outside(path)
      return parseDocument(await readFile(file, 'utf8'))
    } catch (error) {
      if (error instanceof RemoteError) throw error
      // A missing file is named by whoever asked for it.
      if (isMissing(error)) return undefined
      throw new RemoteError(`the secret file ${path} cannot be read`, {
        code: 'forbidden',
        cure: 'Let the bot read it: check its rights, and that it is a file.',
        cause: error,
      })
    }
  },
})
