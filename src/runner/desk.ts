import type { Onboarding } from '../onboarding/onboarding.ts'
import type { Following } from './following.ts'

/** Effects of one lane are performed one after the other. */
export interface Lane {
  task: string
  isBusy: boolean
  failures: number
  /** Not before this moment, by the clock's `elapsed`. */
  notBefore: number
}

/** What is under way for one onboarding; it can be lost at any moment and is derived again from the record. */
export class Desk {
  onboarding: Onboarding
  readonly following: Following
  cancelTimer: () => void = () => undefined
  readonly #lanes = new Map<string, Lane>()

  constructor(onboarding: Onboarding, following: Following) {
    this.onboarding = onboarding
    this.following = following
  }

  /** The lane of that name for the task; a lane that turns to another task forgets the failures of the one before. */
  lane(name: string, task: string): Lane {
    const lane = this.#lanes.get(name) ?? { task, isBusy: false, failures: 0, notBefore: 0 }
    this.#lanes.set(name, lane)
    if (!lane.isBusy && lane.task !== task) Object.assign(lane, { task, failures: 0, notBefore: 0 })
    return lane
  }

  isIdle(): boolean {
    return !this.following.isActive() && [...this.#lanes.values()].every(({ isBusy }) => !isBusy)
  }

  close(): void {
    this.cancelTimer()
    this.following.end()
  }
}
