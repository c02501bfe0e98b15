import type { Key } from '../key.ts'
import type { Onboarding } from '../onboarding.ts'

/** How a save ended that did not save. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  /**
   * `conflict`: somebody else saved first. `read-only`: the disk failed, nothing more is taken. `disk`: this one save
   * failed. `damaged`: the document was set aside, and what it said is not known.
   */
  readonly code: 'conflict' | 'read-only' | 'disk' | 'damaged'

  constructor(message: string, options: { code: StoreError['code']; cause?: unknown }) {
    super(message, { cause: options.cause })
    this.code = options.code
  }
}

/** One line of the bounded list of what was settled last. */
export interface SettledSummary {
  readonly key: Key
  readonly generation: number
  readonly phase: Onboarding['phase']
  readonly requester: string
  readonly at: number
}

/** A key whose document was set aside and has nothing in its place yet. */
export interface Damaged {
  readonly key: Key
  /** The set aside file, in the data folder. */
  readonly file: string
  readonly reason: string
  /** Whether it was settled: then something may be in place that only the document knew. */
  readonly wasSettled: boolean
  /** Who asked, where the damaged text still tells. */
  readonly requester: string | undefined
}

/** The onboardings, durably: when `save` has returned, the document survives kill -9 and a power cut. */
export interface Store {
  /** The newest generation of the key, wherever it is kept. Throws {@link StoreError}. */
  readonly find: (key: Key) => Promise<Onboarding | undefined>
  /** An older generation of the key; undefined where its document is not kept any more, or cannot be read. */
  readonly findOlder: (key: Key, generation: number) => Promise<Onboarding | undefined>
  /** What was not settled when it was saved last, from memory. */
  readonly active: () => readonly Onboarding[]
  /**
   * Saves the document, whose revision has to be one more than the saved one's (1 for a new key or generation).
   * A settled one moves out of what is loaded at start. Throws {@link StoreError}.
   */
  readonly save: (next: Onboarding, options: { settled: boolean }) => Promise<void>
  /**
   * Saves a first revision in the place of a document that is damaged, lost, or of something that never began; what
   * takes the place of the same request has the revision after its own. Throws {@link StoreError}.
   */
  readonly restore: (next: Onboarding) => Promise<void>
  readonly damaged: () => readonly Damaged[]
  /** Newest first, at most a hundred. */
  readonly settled: () => readonly SettledSummary[]
  /** Keeps a workflow file under its digest; durable when it returns. Throws {@link StoreError}. */
  readonly keepFile: (file: { digest: string; text: string }) => Promise<void>
  readonly readFile: (digest: string) => Promise<string | undefined>
  /** Why nothing can be saved any more; undefined while it can. */
  readonly readOnly: () => string | undefined
}
