import type { Log } from '../log.ts'
import { StoreError } from '../onboarding/ports/store.ts'
import { isCode, messageOf } from './errors.ts'

/** Whose write it is, for the log: the key of an onboarding, or the digest of a workflow file. */
type About = { readonly key: string } | { readonly digest: string }

/** One failed write is told; a second one in a row ends all writing, since the disk cannot be trusted. */
export class WriteGuard {
  readonly #log: Log
  #failures = 0
  #readOnly: string | undefined

  constructor(log: Log) {
    this.#log = log
  }

  /** Why nothing is written any more. */
  readOnly(): string | undefined {
    return this.#readOnly
  }

  /** Nothing is written any more; what was said first stands. */
  end(reason: string): void {
    this.#readOnly ??= reason
  }

  refuseWhenReadOnly(): void {
    if (this.#readOnly !== undefined) throw new StoreError(this.#readOnly, { code: 'read-only' })
  }

  /** Throws StoreError for whatever the write throws. */
  async run(about: About, write: () => Promise<void>): Promise<void> {
    try {
      await write()
      this.#failures = 0
    } catch (error) {
      if (isCode(error, 'EEXIST'))
        throw new StoreError('somebody else saved first', { code: 'conflict', cause: error })
      this.#fail(about, error)
      throw new StoreError(`the disk failed: ${messageOf(error)}`, { code: 'disk', cause: error })
    }
  }

  #fail(about: About, error: unknown): void {
    this.#log.error({ ...about, err: error }, 'a save failed')
    this.#failures += 1
    if (this.#failures === 1 || this.#readOnly !== undefined) return
    this.#readOnly = `the disk failed twice (${messageOf(error)}): nothing more is taken until the bot is restarted`
    this.#log.error({ readOnly: true }, this.#readOnly)
  }
}
