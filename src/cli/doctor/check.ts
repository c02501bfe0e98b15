/** How a check ended. A warning lets the bot do its work; what is skipped says why. */
export type Outcome = 'ok' | 'warning' | 'wrong' | 'skipped'

export interface Verdict {
  readonly outcome: Outcome
  /** One sentence for people, without a full stop. */
  readonly says: string
  /** What cures it: a command on each line, or where to do what. */
  readonly cure?: string
}

/** One thing that is looked at. */
export interface Check {
  /** Stays the same from version to version, so that scripts can go by it. */
  readonly id: string
  /** What it belongs to: lines are grouped by it. */
  readonly area: string
  readonly title: string
  /** Ids of earlier checks without which this one would only repeat what they say. */
  readonly needs: readonly string[]
  readonly look: () => Promise<Verdict>
}

/** What a check found. */
export interface Finding extends Verdict {
  readonly id: string
  readonly area: string
  readonly title: string
}

export const ok = (says: string): Verdict => ({ outcome: 'ok', says })
export const warning = (says: string, cure: string): Verdict => ({ outcome: 'warning', says, cure })
export const wrong = (says: string, cure: string): Verdict => ({ outcome: 'wrong', says, cure })
export const skipped = (says: string, cure?: string): Verdict => ({
  outcome: 'skipped',
  says,
  ...(cure !== undefined && { cure }),
})

interface Description<Fact> extends Omit<Check, 'look' | 'needs'> {
  readonly needs?: readonly string[]
  /** Asks the world. What it throws goes to `refused`. */
  readonly probe: () => Fact | Promise<Fact>
  readonly judge: (fact: Fact) => Verdict
  readonly refused: (error: unknown) => Verdict
}

/** A check from what is asked and how the answer is judged. */
export const check = <Fact>(description: Description<Fact>): Check => {
  const { id, area, title, needs = [], probe, judge, refused } = description
  const look = async (): Promise<Verdict> => {
    let fact: Fact
    try {
      fact = await probe()
    } catch (error) {
      return refused(error)
    }
    return judge(fact)
  }
  return { id, area, title, needs, look }
}

/** A check whose verdict is known already. */
export const known = (about: Pick<Check, 'id' | 'area' | 'title'>, verdict: Verdict): Check => ({
  ...about,
  needs: [],
  look: () => Promise.resolve(verdict),
})
