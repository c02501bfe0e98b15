import type { Effect } from '../onboarding/effects.ts'
import { keyText } from '../onboarding/key.ts'
import type { Onboarding } from '../onboarding/onboarding.ts'
import type { WorkflowState } from '../onboarding/ports/workflows.ts'
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
  readonly #followed = new Map<number, () => void>()
  #tail: Promise<void> = Promise.resolve()

  constructor(options: Options) {
    this.#options = options
  }

  isActive(): boolean {
    return this.#followed.size > 0
  }

  /** Follows what is due and lets go of the rest. */
  follow(onboarding: Onboarding, effects: readonly Effect[]): void {
    const due = new Set(effects.flatMap((effect) => (effect.type === 'follow-workflow' ? [effect.run] : [])))
    for (const [index, unfollow] of this.#followed) {
      if (due.has(index)) continue
      this.#followed.delete(index)
      unfollow()
    }
    for (const index of due) if (!this.#followed.has(index)) this.#begin(onboarding, index)
  }

  end(): void {
    for (const unfollow of this.#followed.values()) unfollow()
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
    const unfollow = workflows.follow(onboarding.key.cluster, workflow, {
      seen: (state) => {
        if (!isOwn(state, labels)) return
        this.#enter(onboarding, index, async () => {
          const masked = await this.#masked(work, state)
          await tell({ type: 'workflow-seen', at: clock.now(), run: index, state: masked })
        })
      },
      gone: () => {
        this.#enter(onboarding, index, async () => {
          await tell({ type: 'workflow-gone', at: clock.now(), run: index })
        })
      },
      unseen: (error) => {
        this.#enter(onboarding, index, async () => {
          await tell({ type: 'troubled', at: clock.now(), run: index, ...troubleOf(error) })
        })
      },
    })
    this.#followed.set(index, unfollow)
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
    const unfollow = this.#followed.get(index)
    this.#options.tools.clock.after(againMs, () => {
      if (unfollow === undefined || this.#followed.get(index) !== unfollow) return
      unfollow()
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
      this.#options.tools.log.warn({ err: error, workflow: state.name }, 'no Secret to mask a message with')
      // An output is an id that a clean-up works with: the sentence must not take its place.
      return { ...unchecked(state), outputs: [] }
    }
  }
}
