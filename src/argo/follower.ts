import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { RemoteError } from '../onboarding/ports/remote-error.ts'
import type { WorkflowListener, WorkflowState } from '../onboarding/ports/workflows.ts'
import type { ArgoClient } from './client.ts'
import { inTurns } from './in-turns.ts'
import { keepStream } from './keep-stream.ts'
import type { ArgoWorkflow } from './schemas.ts'
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
  /** Told of every workflow that a person made from one of ours; the same may be told again. */
  readonly resubmitted: (copy: WorkflowState) => void
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
/** A stream that broke so often in a row will not be back in a moment: the list takes its place, then people know. */
const failuresToList = 2
const failuresToTell = 5
/** Failures after the first few are in the log now and then. */
const failuresPerLine = 20

/** Follows workflows of one cluster by one event stream, and checks it by a list once a minute. */
export class Follower {
  readonly #options: Options
  readonly #followed = new Map<string, Followed>()
  #abort: AbortController | undefined
  #cancelList: (() => void) | undefined
  #isOpening = true

  constructor(options: Options) {
    this.#options = options
  }

  /** Opens the stream, if it is not open. */
  open(): void {
    if (this.#abort !== undefined) return
    this.#abort = new AbortController()
    this.#isOpening = true
    void keepStream({
      ...this.#options,
      signal: this.#abort.signal,
      onBegin: () => {
        for (const followed of this.#followed.values()) followed.isInStream = false
      },
      onEvent: (event) => this.#onEvent(event),
      onSnapshot: () => this.#onSnapshot(),
      onBroken: (error, failures) => this.#onBroken(error, failures),
    })
  }

  /** Tells the listener how the workflow stands, now and whenever it changes, until the returned function is called. */
  follow({ name, uid }: { name: string; uid: string }, listener: WorkflowListener): () => void {
    const known = this.#followed.get(name)
    const followed =
      known?.uid === uid ? known : { uid, listeners: new Set<WorkflowListener>(), isInStream: false }
    followed.listeners.add(listener)
    this.#followed.set(name, followed)
    this.open()
    // The first snapshot will tell it; a stream that is open has told it, and one that is broken will not soon.
    if (!this.#isOpening) void this.#lookUp(name)
    if (this.#cancelList === undefined) this.#scheduleList()
    return () => {
      followed.listeners.delete(listener)
      if (followed.listeners.size === 0 && this.#followed.get(name) === followed) this.#followed.delete(name)
      if (this.#followed.size === 0) this.#endList()
    }
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
    this.#tell(workflow)
  }

  #onSnapshot(): void {
    this.#isOpening = false
    const missing = [...this.#followed].filter(([, { isInStream }]) => !isInStream)
    void this.#lookUpAll(missing.map(([name]) => name))
  }

  #onBroken(error: unknown, failures: number): void {
    const { cluster, log } = this.#options
    this.#isOpening = false
    const level = failures < failuresToTell || failures % failuresPerLine === 0 ? 'warn' : 'debug'
    log[level]({ cluster, err: error, failures }, 'the event stream broke')
    if (failures === failuresToList && this.#followed.size > 0) void this.#list()
    if (failures < failuresToTell || !(error instanceof RemoteError)) return
    for (const { listeners } of this.#followed.values())
      for (const listener of listeners) listener.unseen(error)
  }

  #tell(workflow: ArgoWorkflow): void {
    const { name, uid, resourceVersion } = workflow.metadata
    const state = stateOf(workflow)
    if (state.resubmittedFrom !== undefined) this.#options.resubmitted(state)
    const followed = this.#followed.get(name)
    if (followed?.uid !== uid) return
    followed.told = resourceVersion
    followed.isInStream = true
    for (const listener of followed.listeners) listener.seen(state)
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
      // The next list asks again.
      log.warn({ cluster, workflow: name, err: error }, 'a workflow could not be looked up')
    }
  }

  #scheduleList(): void {
    this.#cancelList = this.#options.clock.after(listEveryMs, () => {
      this.#scheduleList()
      void this.#list()
    })
  }

  #endList(): void {
    this.#cancelList?.()
    this.#cancelList = undefined
  }

  async #list(): Promise<void> {
    const { client, labelSelector, cluster, log } = this.#options
    try {
      const items = await client.list(labelSelector)
      const listed = new Map(items.map(({ metadata }) => [metadata.name, metadata]))
      const differing = [...this.#followed].filter(([name, { uid, told }]) => {
        const metadata = listed.get(name)
        return metadata?.uid !== uid || metadata.resourceVersion !== told
      })
      await this.#lookUpAll(differing.map(([name]) => name))
    } catch (error) {
      log.warn({ cluster, err: error }, 'the workflows could not be listed')
    }
  }
}
