import { isHeaderValue } from '../network/header-value.ts'
import { Secret } from './secret.ts'
import { given, type Sources } from './sources.ts'

interface About {
  readonly shape: RegExp
  readonly cure: string
  /** What is wrong is added to them. */
  readonly mistakes: string[]
}

const mistakeIn = (secret: string, shape: RegExp, path: string | undefined): string | undefined => {
  if (secret === '') return path === undefined ? 'is missing' : `the file ${path} is empty`
  const it = path === undefined ? '' : `what ${path} holds `
  if (secret.endsWith('...')) return `${it}is still that of .env.example`
  if (!isHeaderValue(secret)) return `${it}has a line break or another character that no token has`
  return shape.test(secret) ? undefined : `${it}has another shape`
}

const take = (
  value: string,
  { from, path }: { readonly from: string; readonly path?: string },
  { shape, cure, mistakes }: About,
): Secret => {
  const what = mistakeIn(value, shape, path)
  if (what !== undefined) mistakes.push(`${from}: ${what}; ${cure}`)
  return new Secret(value, from)
}

const takeFile = (
  path: string,
  { from, readFile }: { readonly from: string; readonly readFile: Sources['readFile'] },
  about: About,
): Secret => {
  let value: string
  try {
    value = readFile(path).trim()
  } catch {
    // The reason may name more of the file system than a log should.
    // Who gives the secret itself in place of its file has no slash in it.
    const file = path.includes('/') ? `the file ${path}` : 'the file that it names'
    about.mistakes.push(`${from}: ${file} cannot be read; check the path and its rights`)
    return new Secret('', from)
  }
  return take(value, { from, path }, about)
}

/** A secret from NAME, or from the file that NAME_FILE names. */
export const readSecret = (name: string, sources: Sources, about: About): Secret => {
  const path = given(`${name}_FILE`, sources)
  const value = given(name, sources)
  if (path !== undefined && value === undefined)
    return takeFile(path, { from: `${name}_FILE`, readFile: sources.readFile }, about)
  if (path !== undefined) about.mistakes.push(`${name}: given twice; unset ${name} or ${name}_FILE`)
  return take(value ?? '', { from: name }, about)
}
