import type { Effect } from '../onboarding/effects.ts'
import { keyText } from '../onboarding/key.ts'
import type { Onboarding } from '../onboarding/onboarding.ts'
import type { Followed, WorkflowState } from '../onboarding/ports/workflows.ts'
import { redact } from '../redact.ts'
import { maskedState, maskOf, withheldState } from './effects/mask.ts'
import type { RunWork, Tell, Tools } from './performing.ts'
import { troubleOf } from './trouble.ts'
import { isOwn, workflowLabels } from './workflow-metadata.ts'

interface Options {
  readonly tools: Tools
  readonly tell: Tell
  readonly track: (work: Promise<void>) => void
}

/** What could not be saved is asked for anew after this long (milliseconds). */
const againMs = 30_000

const hasFailed = (state: WorkflowState): boolean =>
  state.phase === 'Failed' || state.phase === 'Error' || state.steps.some(({ phase }) => phase === 'failed')

const unchecked = (state: WorkflowState): WorkflowState =>
  hasFailed(state) ? withheldState(state) : maskedState(state, redact)

/** Follows the workflows of one onboarding and enters what is seen, in the order in which it was seen. */
export class Following {
  readonly #options: Options
  readonly #followed = new Map<number, Followed>()
  /** Runs that were looked at: one look each time that it is due. */
  readonly #looked = new Set<number>()
  #tail: Promise<void> = Promise.resolve()

  constructor(options: Options) {
    this.#options = options
  }

  isActive(): boolean {
    return this.#followed.size > 0
  }

  /** Follows what is due and lets go of the rest. */
  follow(onboarding: Onboarding, effects: readonly Effect[]): void {
    const due = new Map(
      effects.flatMap((effect) =>
        effect.type === 'follow-workflow' ? [[effect.run, effect.isLookDue] as const] : [],
      ),
    )
    for (const [index, followed] of this.#followed) {
      if (due.has(index)) continue
      this.#followed.delete(index)
      followed.end()
    }
    for (const [index, isLookDue] of due) {
      if (!this.#followed.has(index)) this.#begin(onboarding, index)
      this.#look(index, isLookDue)
    }
  }

  // A look that got no answer is made up for by the list.
  #look(index: number, isDue: boolean): void {
    if (isDue && !this.#looked.has(index)) this.#followed.get(index)?.look()
    if (isDue) this.#looked.add(index)
    else this.#looked.delete(index)
  }

  end(): void {
    for (const followed of this.#followed.values()) followed.end()
    this.#followed.clear()
  }

  #begin(onboarding: Onboarding, index: number): void {
    const run = onboarding.runs[index]
    if (run?.uid === undefined) return
    const { tools, tell } = this.#options
    const { workflows, clock, catalogue } = tools
    const labels = workflowLabels(catalogue.installation, onboarding, run)
    const work: RunWork = { onboarding, index, run, tools, tell }
    const workflow = { name: run.workflowName, uid: run.uid }
    const followed = workflows.follow(onboarding.key.cluster, workflow, {
      seen: (state, { isWatched }) => {
        if (!isOwn(state, labels)) return
        this.#enter(onboarding, index, async () => {
          const masked = await this.#masked(work, state)
          await tell({ type: 'workflow-seen', at: clock.now(), run: index, state: masked, isWatched })
        })
      },
      gone: () => {
        this.#enter(onboarding, index, async () => {
          await tell({ type: 'workflow-gone', at: clock.now(), run: index })
        })
      },
      unseen: (error, { isListed }) => {
        this.#enter(onboarding, index, async () => {
          await tell({ type: 'workflow-unseen', at: clock.now(), run: index, isListed, ...troubleOf(error) })
        })
      },
    })
    this.#followed.set(index, followed)
  }

  #enter(onboarding: Onboarding, index: number, task: () => Promise<void>): void {
    const { log } = this.#options.tools
    const before = this.#tail
    const entering = async (): Promise<void> => {
      await before
      try {
        await task()
      } catch (error) {
        log.error({ key: keyText(onboarding.key), err: error }, 'what was seen could not be saved')
        this.#beginAnew(onboarding, index)
      }
    }
    this.#tail = entering()
    this.#options.track(this.#tail)
  }

  /** Nobody tells twice what has not changed since, unless it is followed anew. */
  #beginAnew(onboarding: Onboarding, index: number): void {
    const followed = this.#followed.get(index)
    this.#options.tools.clock.after(againMs, () => {
      if (followed === undefined || this.#followed.get(index) !== followed) return
      followed.end()
      this.#begin(onboarding, index)
    })
  }

  // What has failed, and outputs, carry text that a step wrote: only then is the Secret read.
  async #masked(work: RunWork, state: WorkflowState): Promise<WorkflowState> {
    if (!hasFailed(state) && state.outputs.length === 0) return maskedState(state, redact)
    try {
      const mask = await maskOf(work)
      return mask === undefined ? unchecked(state) : maskedState(state, mask)
    } catch (error) {
      const about = { key: keyText(work.onboarding.key), workflow: state.name, err: error }
      this.#options.tools.log.warn(about, 'no Secret to mask a message with')
      // An output is an id that a clean-up works with: the sentence must not take its place.
      return { ...unchecked(state), outputs: [] }
    }
  }
}
