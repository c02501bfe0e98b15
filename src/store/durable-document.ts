import { createHash } from 'node:crypto'

import type { Adapter } from 'lowdb'

import { type Onboarding, onboardingSchema } from '../onboarding/onboarding.ts'
import type { Disk } from './disk.ts'
import { writeDurably } from './durable-file.ts'

/** A document that cannot be used: it is set aside and never read over. */
class DamagedDocument extends Error {
  override readonly name = 'DamagedDocument'
}

const digest = (body: string): string => createHash('sha256').update(body).digest('hex')

/** The first line is the digest of the second, the second the document. */
const wrap = (onboarding: Onboarding): string => {
  const body = JSON.stringify(onboarding)
  return `${digest(body)}\n${body}\n`
}

/** Throws DamagedDocument. */
export const unwrap = (text: string): Onboarding => {
  const [sum, body, rest] = text.split('\n')
  if (sum === undefined || body === undefined || rest !== '') throw new DamagedDocument('it is cut off')
  if (digest(body) !== sum) throw new DamagedDocument('its checksum is wrong')
  const result = onboardingSchema.safeParse(JSON.parse(body))
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new DamagedDocument(`it has another shape: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`)
}

/** lowdb's adapter for one onboarding: durable when `write` has returned. */
export class DurableDocument implements Adapter<Onboarding> {
  readonly #disk: Disk
  readonly #path: string

  constructor(disk: Disk, path: string) {
    this.#disk = disk
    this.#path = path
  }

  /** Null when there is none. Throws DamagedDocument. */
  async read(): Promise<Onboarding | null> {
    return this.#disk.exists(this.#path) ? unwrap(this.#disk.read(this.#path)) : null
  }

  /** Throws what the file system throws; EEXIST when the first revision finds a document. */
  async write(onboarding: Onboarding): Promise<void> {
    await writeDurably(this.#disk, this.#path, { text: wrap(onboarding), isNew: onboarding.revision === 1 })
  }
}
