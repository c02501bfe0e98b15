import { renameSync, writeFileSync } from 'node:fs'

/** Gives a file that another process reads at any moment a new content at once: it never sees half of one. */
export const replaceFile = (path: string, text: string): void => {
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}
