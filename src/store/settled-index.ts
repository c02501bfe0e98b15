import { z } from 'zod'

import type { Log } from '../log.ts'
import { type Key, keySchema } from '../onboarding/key.ts'
import { type Onboarding, phases } from '../onboarding/onboarding.ts'
import type { SettledSummary } from '../onboarding/ports/store.ts'
import type { Disk } from './disk.ts'
import { writeDurably } from './durable-file.ts'
import type { Layout } from './layout.ts'
import { withoutSettled, withSettled } from './settled-list.ts'

const schema = z.array(
  z.strictObject({
    key: keySchema,
    generation: z.number(),
    phase: z.enum(phases),
    requester: z.string(),
    at: z.number(),
  }),
)

/** Throws nothing: a list that cannot be read starts anew. */
export const readSettled = ({
  disk,
  layout,
  log,
}: {
  disk: Disk
  layout: Layout
  log: Log
}): readonly SettledSummary[] => {
  try {
    if (!disk.exists(layout.settled)) return []
    return schema.parse(JSON.parse(disk.read(layout.settled)))
  } catch (error) {
    log.warn({ err: error }, 'the list of settled onboardings is damaged: it starts anew')
    return []
  }
}

/** The onboardings that were settled last, for lists. A convenience: the documents are the truth. */
export class SettledIndex {
  readonly #disk: Disk
  readonly #layout: Layout
  readonly #log: Log
  #list: readonly SettledSummary[]
  #isDue = false
  #writing: Promise<void> = Promise.resolve()

  constructor(options: { disk: Disk; layout: Layout; log: Log; list: readonly SettledSummary[] }) {
    this.#disk = options.disk
    this.#layout = options.layout
    this.#log = options.log
    this.#list = options.list
  }

  all(): readonly SettledSummary[] {
    return this.#list
  }

  /** Notes that the onboarding is settled. */
  add(onboarding: Onboarding): void {
    this.#list = withSettled(this.#list, onboarding)
    this.#write()
  }

  /** Notes that the onboarding of the key is not settled any more. */
  drop(key: Key): void {
    const list = withoutSettled(this.#list, key)
    if (list.length === this.#list.length) return
    this.#list = list
    this.#write()
  }

  /** Resolves when everything noted is written, or could not be. */
  async flush(): Promise<void> {
    await this.#writing
  }

  // One write runs and one is due at most. A failure is only told: nothing depends on the list.
  #write(): void {
    if (this.#isDue) return
    this.#isDue = true
    const { settled, folders } = this.#layout
    this.#writing = this.#writing.then(async () => {
      this.#isDue = false
      try {
        await writeDurably(this.#disk, settled, {
          text: JSON.stringify(this.#list),
          isNew: false,
          temporaryFolder: folders.temporary,
        })
      } catch (error) {
        this.#log.warn({ err: error }, 'the list of settled onboardings could not be saved')
      }
      return undefined
    })
  }
}
