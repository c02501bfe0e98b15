import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Followed as Handle, WorkflowListener, WorkflowState } from '../onboarding/ports/workflows.ts'
import type { ArgoClient } from './client.ts'
import { inTurns } from './in-turns.ts'
import { keepStream } from './keep-stream.ts'
import type { ArgoWorkflow } from './schemas.ts'
import { failuresToTell, Sight, type Unseen } from './sight.ts'
import { hasEnded, stateOf } from './steps.ts'
import type { StreamEvent } from './stream.ts'

interface Options {
  readonly cluster: string
  readonly client: ArgoClient
  readonly labelSelector: string
  readonly clock: Clock
  readonly log: Log
  /** In [0, 1). */
  readonly random: () => number
  /** Told of every workflow that the stream shows and that is not followed; the same may be told again. */
  readonly unfollowed: (state: WorkflowState) => void
}

interface Followed {
  readonly uid: string
  readonly listeners: Set<WorkflowListener>
  /** The resource version that was told last. */
  told?: string | undefined
  /** Whether this connection of the stream has told it. */
  isInStream: boolean
}

/** How often the stream is checked against a list, while anything is followed (milliseconds). */
const listEveryMs = 60_000
/** A workflow that was just created may not be seen everywhere: gone is what is missing twice (milliseconds). */
const missingAgainMs = 2_000
/** How many workflows are looked up at the same time. */
const lookUpWidth = 8
/** Failures after the first few are in the log now and then. */
const failuresPerLine = 20

/** Follows workflows of one cluster by one event stream, and checks it by a list once a minute. */
export class Follower {
  readonly #options: Options
  readonly #followed = new Map<string, Followed>()
  readonly #sight: Sight
  #abort: AbortController | undefined
  #cancelList: (() => void) | undefined
  #isOpening = true

  constructor(options: Options) {
    this.#options = options
    this.#sight = new Sight(options.clock.elapsed)
  }

  /** Opens the stream, if it is not open. */
  open(): void {
    if (this.#abort !== undefined) return
    this.#abort = new AbortController()
    this.#isOpening = true
    this.#sight.onSign()
    void keepStream({
      ...this.#options,
      signal: this.#abort.signal,
      onBegin: () => {
        for (const followed of this.#followed.values()) followed.isInStream = false
      },
      onSign: () => this.#sight.onSign(),
      onEvent: (event) => this.#onEvent(event),
      onSnapshot: () => this.#onSnapshot(),
      onBroken: (error, failures) => this.#onBroken(error, failures),
    })
  }

  /** Tells the listener how the workflow stands, now and whenever it changes, until the end is asked for. */
  follow({ name, uid }: { name: string; uid: string }, listener: WorkflowListener): Handle {
    const known = this.#followed.get(name)
    const followed =
      known?.uid === uid ? known : { uid, listeners: new Set<WorkflowListener>(), isInStream: false }
    followed.listeners.add(listener)
    this.#followed.set(name, followed)
    this.open()
    // The first snapshot will tell it; a stream that is open has told it, and one that is broken will not soon.
    const look = (): void => {
      if (!this.#isOpening) void this.#lookUp(name)
    }
    look()
    if (this.#cancelList === undefined) this.#scheduleList()
    const end = (): void => {
      followed.listeners.delete(listener)
      if (followed.listeners.size === 0 && this.#followed.get(name) === followed) this.#followed.delete(name)
      if (this.#followed.size === 0) this.#endList()
    }
    return { look, end }
  }

  close(): void {
    this.#abort?.abort()
    this.#abort = undefined
    this.#endList()
  }

  #onEvent({ type, workflow }: Exclude<StreamEvent, { type: 'complete' }>): void {
    const { name } = workflow.metadata
    // An object that only leaves the selection is told as deleted too; one that has ended carries its outcome along.
    if (type === 'deleted' && !hasEnded(workflow)) {
      if (this.#followed.has(name)) void this.#lookUp(name)
      return
    }
    this.#tell(workflow, true)
  }

  #onSnapshot(): void {
    this.#isOpening = false
    const missing = [...this.#followed].filter(([, { isInStream }]) => !isInStream)
    void this.#lookUpAll(missing.map(([name]) => name))
  }

  #onBroken(error: unknown, failures: number): void {
    const { cluster, log } = this.#options
    this.#isOpening = false
    this.#sight.onBroken(error, failures)
    const level = failures < failuresToTell || failures % failuresPerLine === 0 ? 'warn' : 'debug'
    log[level]({ cluster, err: error, failures }, 'the event stream broke')
    if (this.#followed.size === 0) return
    if (this.#sight.isListDue()) void this.#list()
  }

  #tellUnseen(unseen: Unseen | undefined): void {
    if (unseen === undefined) return
    const { error, isListed } = unseen
    for (const { listeners } of this.#followed.values())
      for (const listener of listeners) listener.unseen(error, { isListed })
  }

  #tell(workflow: ArgoWorkflow, isWatched = this.#sight.isWatched()): void {
    const { name, uid, resourceVersion } = workflow.metadata
    const state = stateOf(workflow)
    const followed = this.#followed.get(name)
    if (followed?.uid !== uid) {
      this.#options.unfollowed(state)
      return
    }
    followed.told = resourceVersion
    followed.isInStream = true
    for (const listener of followed.listeners) listener.seen(state, { isWatched })
  }

  #lookUpAll(names: Iterable<string>): Promise<void> {
    return inTurns(names, lookUpWidth, (name) => this.#lookUp(name))
  }

  async #lookUp(name: string): Promise<void> {
    const { client, clock, cluster, log } = this.#options
    const find = async (): Promise<ArgoWorkflow | undefined> =>
      client.get(name, this.#followed.get(name)?.uid)
    try {
      const found = await find()
      if (found !== undefined) {
        this.#tell(found)
        return
      }
      await new Promise<void>((resolve) => clock.after(missingAgainMs, resolve))
      const followed = this.#followed.get(name)
      if (followed === undefined) return
      const again = await find()
      if (again !== undefined) this.#tell(again)
      else for (const listener of followed.listeners) listener.gone(name)
    } catch (error) {
      const followed = this.#followed.get(name)
      // The next list asks again, also where nothing has changed.
      if (followed !== undefined) followed.told = undefined
      log.warn({ cluster, workflow: name, err: error }, 'a workflow could not be looked up')
      this.#tellUnseen(this.#sight.afterFailure(error))
    }
  }

  #scheduleList(): void {
    this.#cancelList = this.#options.clock.after(listEveryMs, () => {
      this.#scheduleList()
      void this.#list(true)
    })
  }

  #endList(): void {
    this.#cancelList?.()
    this.#cancelList = undefined
  }

  async #list(isRegular = false): Promise<void> {
    const { client, labelSelector, cluster, log } = this.#options
    try {
      const items = await client.list(labelSelector)
      this.#tellUnseen(this.#sight.afterList())
      const listed = new Map(items.map(({ metadata }) => [metadata.name, metadata]))
      const differing = [...this.#followed].filter(([name, { uid, told }]) => {
        const metadata = listed.get(name)
        return metadata?.uid !== uid || metadata.resourceVersion !== told
      })
      await this.#lookUpAll(differing.map(([name]) => name))
    } catch (error) {
      log.warn({ cluster, err: error }, 'the workflows could not be listed')
      this.#tellUnseen(this.#sight.afterFailure(error, { isRegular }))
    }
  }
}
