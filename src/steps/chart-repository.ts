import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** A repository of charts, with what lets helm in. */
export interface ProtectedRepository {
  readonly url: string
  readonly username: string
  readonly password: string
}

/** How helm calls the repository in the file below. */
export const repositoryName = 'charts'

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    // A percent sign that stands for itself.
    return text
  }
}

/** A repository whose address holds credentials; undefined for any other. */
export const protectedRepository = (address: string): ProtectedRepository | undefined => {
  const url = URL.parse(address)
  if (url === null || (url.username === '' && url.password === '')) return undefined
  const [username, password] = [decoded(url.username), decoded(url.password)]
  Object.assign(url, { username: '', password: '' })
  return { url: url.href.replace(/\/$/, ''), username, password }
}

/** Writes it where helm looks for repositories, readable by this step alone. */
export const writeRepository = (file: string, repository: ProtectedRepository): void => {
  mkdirSync(dirname(file), { recursive: true })
  const repositories = [{ name: repositoryName, ...repository }]
  writeFileSync(file, JSON.stringify({ apiVersion: '', repositories }), { mode: 0o600 })
}
