import { z } from 'zod'

const objectSchema = z.record(z.string(), z.unknown())
const wrappedSchema = z.object({ credentials: objectSchema })

/** The document itself: bare, or wrapped in `credentials` as service keys are. */
const unwrapped = (document: unknown): unknown =>
  wrappedSchema.safeParse(document).data?.credentials ?? document

/** Whether a document has names to look into. */
export const isObject = (document: unknown): boolean => objectSchema.safeParse(document).success

/** The value at `key` (dots go deeper), or the whole document without one; undefined when it is not there. */
export const valueIn = (document: unknown, key: string | undefined): string | undefined => {
  const value = key === undefined ? unwrapped(document) : deep(unwrapped(document), key.split('.'))
  if (value === undefined || value === null || value === '') return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const deep = (document: unknown, names: readonly string[]): unknown =>
  names.reduce<unknown>((value, name) => {
    const object = objectSchema.safeParse(value).data
    return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined
  }, document)

/** A document from a file or a Secret: JSON where it is an object, else the text without the line end of editors. */
export const parseDocument = (text: string): unknown => {
  if (!text.trimStart().startsWith('{')) return text.replace(/\r?\n$/, '')
  try {
    return JSON.parse(text)
  } catch {
    // Such as a key file that only looks like JSON: its text is the secret.
    return text.replace(/\r?\n$/, '')
  }
}
