import type { Refusal, Seen } from '../onboarding/events.ts'
import type { Key } from '../onboarding/key.ts'
import type { Onboarding, Parameter } from '../onboarding/onboarding.ts'
import type { Person } from '../onboarding/policy.ts'
import type { SettledSummary, StoreError } from '../onboarding/ports/store.ts'

/** What is wrong with one field of a request: `cluster`, `namespace`, `template` or the name of a parameter. */
export interface FieldError {
  readonly field: string
  readonly text: string
}

/** What became of somebody's wish. `done` is only ever said of what is on disk. */
export type Outcome =
  | { readonly done: true; readonly onboarding: Onboarding }
  | Refusal
  | { readonly refused: true; readonly reason: 'invalid'; readonly errors: readonly FieldError[] }
  | { readonly refused: true; readonly reason: 'not-saved'; readonly error: StoreError }

export interface RequestInput {
  readonly cluster: string
  readonly namespace: string
  readonly template: string
  readonly parameters: readonly Parameter[]
}

/** A click or command about an existing onboarding. */
export interface Wish {
  readonly key: Key
  readonly by: Person
  /** What the button stood for; absent for a typed command. */
  readonly seen?: Seen
}

/**
 * What people may ask of the bot. Every method checks the policy of this moment, saves, and only then returns;
 * the work that follows goes on by itself.
 */
export interface Commands {
  /** Finds every mistake in a request without asking for anything. */
  readonly check: (input: RequestInput) => readonly FieldError[]
  readonly request: (input: RequestInput, by: Person) => Promise<Outcome>
  /** `earlier`: those who approved before, looked up anew; needed where the approval may be the deciding one. */
  readonly approve: (wish: Wish & { readonly earlier?: readonly Person[] }) => Promise<Outcome>
  readonly reject: (wish: Wish & { readonly reason: string }) => Promise<Outcome>
  readonly withdraw: (wish: Wish) => Promise<Outcome>
  /** Has argo-server asked once more whether it would take the workflow. */
  readonly checkAgain: (wish: Wish) => Promise<Outcome>
  readonly stop: (wish: Wish) => Promise<Outcome>
  readonly retry: (wish: Wish) => Promise<Outcome>
  readonly cleanup: (wish: Wish) => Promise<Outcome>
  readonly find: (key: Key) => Promise<Onboarding | undefined>
  readonly active: () => readonly Onboarding[]
  readonly settled: () => readonly SettledSummary[]
}
