import { due } from '../onboarding/due.ts'
import { effectId } from '../onboarding/effects.ts'
import type { Event } from '../onboarding/events.ts'
import { keyText } from '../onboarding/key.ts'
import type { Onboarding } from '../onboarding/onboarding.ts'
import { MessengerError } from '../onboarding/ports/messenger.ts'
import { RemoteError } from '../onboarding/ports/remote-error.ts'
import { wakeAt } from '../onboarding/time.ts'
import { backoffMs } from './backoff.ts'
import { Desk, type Lane } from './desk.ts'
import { failureEvent } from './failure-event.ts'
import { Following } from './following.ts'
import type { Ledger } from './ledger.ts'
import { isTask, laneOf, perform, type Task } from './perform.ts'
import type { Tell, Tools } from './performing.ts'

/** Timers do not hear of a clock that is set or of a machine that slept, so that deadlines are looked at this often (milliseconds). */
const longestSleepMs = 10 * 60_000

interface Options {
  readonly tools: Tools
  readonly ledger: Ledger
  /** In [0, 1). */
  readonly random: () => number
  /** Enters the clean-up that the configuration wants after a failure. */
  readonly startCleanup: (onboarding: Onboarding) => Promise<void>
}

/** Makes effects happen: each lane performs one at a time, and what fails is tried again later. */
export class Reconciler {
  readonly #options: Options
  readonly #desks = new Map<string, Desk>()
  readonly #underWay = new Set<Promise<void>>()
  #isStopped = false

  constructor(options: Options) {
    this.#options = options
  }

  /** Does what is due for the onboarding as it now stands, and remembers when to look again. */
  reconcile(onboarding: Onboarding): void {
    if (this.#isStopped) return
    const desk = this.#deskOf(onboarding)
    // Whoever asked is answered first; the work that follows can wait for a turn.
    setImmediate(() => {
      this.#look(desk)
    })
  }

  /** Starts nothing more; resolves when what was under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true
    for (const desk of this.#desks.values()) desk.close()
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay)
  }

  #tellAbout(onboarding: Onboarding): Tell {
    return async (event) => {
      const entry = await this.#options.ledger.enter(onboarding.key, () => event, onboarding.runId)
      return 'refused' in entry ? onboarding : entry.onboarding
    }
  }

  readonly #track = (work: Promise<void>): void => {
    this.#underWay.add(work)
    void work.finally(() => this.#underWay.delete(work))
  }

  #deskOf(onboarding: Onboarding): Desk {
    const name = keyText(onboarding.key)
    const known = this.#desks.get(name)
    if (known?.onboarding.runId === onboarding.runId) {
      // Two saves may be told in the other order; the record only ever goes forward.
      if (known.onboarding.revision < onboarding.revision) known.onboarding = onboarding
      return known
    }
    known?.close()
    const { tools } = this.#options
    const following = new Following({ tools, tell: this.#tellAbout(onboarding), track: this.#track })
    const desk = new Desk(onboarding, following)
    this.#desks.set(name, desk)
    return desk
  }

  #look(desk: Desk): void {
    const name = keyText(desk.onboarding.key)
    if (this.#isStopped || this.#desks.get(name) !== desk) return
    const effects = due(desk.onboarding)
    desk.following.follow(desk.onboarding, effects)
    if (effects.some(({ type }) => type === 'start-cleanup')) this.#beginCleanup(desk)
    const firstOfLane = new Map(
      effects
        .filter(isTask)
        .toReversed()
        .map((task) => [laneOf(task), task]),
    )
    const wake = wakeAt(desk.onboarding)
    const waits = [
      ...[...firstOfLane.values()].map((task) => this.#begin(desk, task)),
      wake === undefined ? undefined : Math.min(wake - this.#options.tools.clock.now(), longestSleepMs),
    ].filter((wait) => wait !== undefined)
    if (waits.length > 0) this.#setTimer(desk, Math.min(...waits))
    else desk.cancelTimer()
    if (effects.length === 0 && waits.length === 0 && desk.isIdle()) this.#desks.delete(name)
  }

  /** Gives how long the task has to wait (milliseconds), if it has to. */
  #begin(desk: Desk, task: Task): number | undefined {
    const lane = desk.lane(laneOf(task), effectId(task))
    if (lane.isBusy) return undefined
    const waitMs = lane.notBefore - this.#options.tools.clock.elapsed()
    if (waitMs > 0) return waitMs
    lane.isBusy = true
    this.#track(this.#work(desk, lane, task))
    return undefined
  }

  async #work(desk: Desk, lane: Lane, task: Task): Promise<void> {
    const { tools } = this.#options
    const { onboarding } = desk
    try {
      await perform(task, { onboarding, tools, tell: this.#tellAbout(onboarding) })
      lane.failures = 0
    } catch (error) {
      await this.#onFailure(desk, lane, { task, error })
    } finally {
      lane.isBusy = false
      this.#look(desk)
    }
  }

  async #onFailure(desk: Desk, lane: Lane, { task, error }: { task: Task; error: unknown }): Promise<void> {
    const { tools, random } = this.#options
    const { clock, log } = tools
    lane.failures += 1
    const isTold = error instanceof RemoteError || error instanceof MessengerError
    const askedMs = isTold ? (error.retryAfterMs ?? 0) : 0
    lane.notBefore = clock.elapsed() + Math.max(askedMs, backoffMs(lane.failures, random()))
    const key = keyText(desk.onboarding.key)
    log.warn({ key, effect: effectId(task), failures: lane.failures, err: error }, 'tried in vain')
    const event = failureEvent(task, { error, failures: lane.failures, at: clock.now() })
    if (event === undefined) return
    try {
      await this.#tellAbout(desk.onboarding)(event)
    } catch (unsaved) {
      // With the disk gone too, only the waiting is left.
      log.error({ key, err: unsaved }, 'a failure could not be noted')
    }
  }

  #beginCleanup(desk: Desk): void {
    const lane = desk.lane('cleanup', 'start-cleanup')
    if (lane.isBusy || lane.failures > 0) return
    lane.isBusy = true
    const { log } = this.#options.tools
    const start = async (): Promise<void> => {
      try {
        await this.#options.startCleanup(desk.onboarding)
      } catch (error) {
        // The card still offers Clean up to people, who then learn why.
        lane.failures += 1
        log.error({ key: keyText(desk.onboarding.key), err: error }, 'the clean-up could not be started')
      }
      lane.isBusy = false
    }
    this.#track(start())
  }

  #setTimer(desk: Desk, waitMs: number): void {
    desk.cancelTimer()
    desk.cancelTimer = this.#options.tools.clock.after(waitMs, () => {
      this.#track(this.#wake(desk))
    })
  }

  async #wake(desk: Desk): Promise<void> {
    const { tools, random } = this.#options
    const event: Event = { type: 'woken', at: tools.clock.now() }
    try {
      await this.#tellAbout(desk.onboarding)(event)
      this.#look(desk)
    } catch (error) {
      tools.log.error(
        { key: keyText(desk.onboarding.key), err: error },
        'the time that passed could not be noted',
      )
      this.#setTimer(desk, backoffMs(1, random()))
    }
  }
}
