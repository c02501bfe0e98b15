import type { Person, Rule } from '../policy.ts'

/** People's accounts and memberships. */
export interface Directory {
  /**
   * A look-up that fails or takes too long gives the standing `unknown`, or a membership in `notLookedUp`.
   * `isDeciding` asks anew, where otherwise what is known for a minute or less will do.
   */
  readonly person: (
    id: string,
    subjects: readonly string[],
    options?: { readonly isDeciding: boolean },
  ) => Promise<Person>
  /** The users whom a rule names, by themselves or by a group or channel. Throws when Slack cannot be asked. */
  readonly people: (rule: Rule) => Promise<readonly string[]>
}
