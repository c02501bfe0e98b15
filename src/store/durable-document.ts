import { createHash } from 'node:crypto'

import type { Adapter } from 'lowdb'
import { z } from 'zod'

import { keyText } from '../onboarding/key.ts'
import { type Onboarding, onboardingSchema } from '../onboarding/onboarding.ts'
import { StoreError } from '../onboarding/ports/store.ts'
import type { Disk } from './disk.ts'
import { writeDurably } from './durable-file.ts'
import { isCode, messageOf } from './errors.ts'

/** A document that cannot be used: it is set aside and never read over. */
export class DamagedDocument extends Error {
  override readonly name = 'DamagedDocument'
}

/** A whole document that only a newer release understands: nothing is wrong with it, so that it is left alone. */
export class NewerDocument extends Error {
  override readonly name = 'NewerDocument'
}

const versioned = z.looseObject({ version: z.number() })
const ownVersion = onboardingSchema.shape.version.value

/** In hex. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The first line is the digest of the second, the second the document. */
const wrap = (onboarding: Onboarding): string => {
  const body = JSON.stringify(onboarding)
  return `${sha256(body)}\n${body}\n`
}

const parse = (content: unknown): Onboarding => {
  const version = versioned.safeParse(content).data?.version ?? ownVersion
  if (version > ownVersion) {
    throw new NewerDocument(`it has version ${version}, which a newer release wrote: start that release`)
  }
  const result = onboardingSchema.safeParse(content)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new DamagedDocument(`it has another shape: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`)
}

const jsonIn = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch (error) {
    throw new DamagedDocument('it is no JSON', { cause: error })
  }
}

/** Throws DamagedDocument or NewerDocument. */
const unwrap = (text: string): Onboarding => {
  const [sum, body, rest] = text.split('\n')
  if (sum === undefined || body === undefined || rest !== '') throw new DamagedDocument('it is cut off')
  if (sha256(body) !== sum) throw new DamagedDocument('its checksum is wrong')
  return parse(jsonIn(body))
}

/**
 * Throws StoreError for what could not be read back at the next start: it is not written. JSON gives back whole
 * whatever the schema takes, so that nothing has to be written to know.
 */
export const refuseUnreadable = (next: Onboarding): void => {
  try {
    parse(next)
  } catch (error) {
    const text = `the document of ${keyText(next.key)} could not be read back: ${messageOf(error)}`
    throw new StoreError(text, { code: 'disk', cause: error })
  }
}

/** lowdb's adapter for one onboarding: durable when `write` has returned. */
export class DurableDocument implements Adapter<Onboarding> {
  readonly #disk: Disk
  readonly #path: string
  readonly #writing: Omit<Parameters<typeof writeDurably>[2], 'text'>

  constructor(disk: Disk, path: string, writing: Omit<Parameters<typeof writeDurably>[2], 'text'>) {
    this.#disk = disk
    this.#path = path
    this.#writing = writing
  }

  /** Null when there is none. Throws DamagedDocument or NewerDocument. */
  async read(): Promise<Onboarding | null> {
    return readDocument(this.#disk, this.#path) ?? null
  }

  /** Throws what the file system throws; EEXIST when a new document finds one. */
  async write(onboarding: Onboarding): Promise<void> {
    await writeDurably(this.#disk, this.#path, { ...this.#writing, text: wrap(onboarding) })
  }
}

const read = (disk: Disk, path: string): string => {
  try {
    return disk.read(path)
  } catch (error) {
    throw isCode(error, 'EISDIR') ? new DamagedDocument('it is a folder', { cause: error }) : error
  }
}

/** Undefined when there is none. Throws DamagedDocument, NewerDocument, or what the file system throws. */
export const readDocument = (disk: Disk, path: string): Onboarding | undefined =>
  disk.exists(path) ? unwrap(read(disk, path)) : undefined
