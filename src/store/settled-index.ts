import { z } from 'zod'

import type { Log } from '../log.ts'
import { keySchema, keyText } from '../onboarding/key.ts'
import { type Onboarding, phases } from '../onboarding/onboarding.ts'
import type { SettledSummary } from '../onboarding/ports.ts'
import type { Disk } from './disk.ts'
import { writeDurably } from './durable-file.ts'

const longest = 100

const schema = z.array(
  z.strictObject({
    key: keySchema,
    generation: z.number(),
    phase: z.enum(phases),
    requester: z.string(),
    at: z.number(),
  }),
)

/** The onboardings that were settled last, for lists. A convenience: the documents are the truth. */
export class SettledIndex {
  readonly #disk: Disk
  readonly #path: string
  readonly #log: Log
  #entries: readonly SettledSummary[]
  #writing: Promise<void> = Promise.resolve()

  constructor(options: { disk: Disk; path: string; log: Log }) {
    this.#disk = options.disk
    this.#path = options.path
    this.#log = options.log
    this.#entries = this.#load()
  }

  all(): readonly SettledSummary[] {
    return this.#entries
  }

  /** Notes that the onboarding is settled. A failure is only told: nothing depends on it. */
  add({ key, generation, phase, requester, history }: Onboarding): void {
    const at = history.at(-1)?.at ?? 0
    const others = this.#entries.filter((entry) => keyText(entry.key) !== keyText(key))
    this.#entries = [{ key, generation, phase, requester, at }, ...others].slice(0, longest)
    const text = JSON.stringify(this.#entries)
    this.#writing = this.#writing.then(async () => {
      try {
        await writeDurably(this.#disk, this.#path, { text, isNew: false })
      } catch (error) {
        this.#log.warn({ err: error }, 'the list of settled onboardings could not be saved')
      }
      return undefined
    })
  }

  /** Resolves when everything noted is written. */
  async flush(): Promise<void> {
    await this.#writing
  }

  #load(): readonly SettledSummary[] {
    try {
      if (!this.#disk.exists(this.#path)) return []
      return schema.parse(JSON.parse(this.#disk.read(this.#path)))
    } catch (error) {
      this.#log.warn({ err: error }, 'the list of settled onboardings is damaged: it starts anew')
      return []
    }
  }
}
