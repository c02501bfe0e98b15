import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { RemoteError, type WorkflowListener } from '../onboarding/ports.ts'
import type { ArgoClient } from './client.ts'
import type { ArgoWorkflow } from './schemas.ts'
import { stateOf } from './steps.ts'
import { readStream } from './stream.ts'

interface Options {
  readonly cluster: string
  readonly client: ArgoClient
  readonly labelSelector: string
  readonly clock: Clock
  readonly log: Log
  /** In [0, 1). */
  readonly random: () => number
}

/** Waits between connections: doubling from half a second to half a minute (milliseconds). */
const firstWaitMs = 500
const longestWaitMs = 30_000
/** How often the stream is checked against a list (milliseconds). */
const listEveryMs = 60_000
/** A workflow that was just created may not be seen everywhere: gone is what is missing twice (milliseconds). */
const missingAgainMs = 2_000
/** Without the mark a snapshot counts as told after this (milliseconds). */
const unmarkedMs = 3_000

/** Follows workflows of one cluster by one event stream, and checks it by a list once a minute. */
export class Follower {
  readonly #options: Options
  readonly #listeners = new Map<string, Set<WorkflowListener>>()
  /** The resource version last told, by name. */
  readonly #told = new Map<string, string>()
  #abort: AbortController | undefined
  #cancelList: () => void = () => undefined
  #failures = 0
  #isMarked = true

  constructor(options: Options) {
    this.#options = options
  }

  /** Tells the listener how the workflow stands, now and whenever it changes, until the returned function is called. */
  follow(name: string, listener: WorkflowListener): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    if (this.#abort === undefined) this.#start()
    void this.#lookUp(name)
    return () => {
      listeners.delete(listener)
      if (listeners.size > 0 || this.#listeners.get(name) !== listeners) return
      this.#listeners.delete(name)
      this.#told.delete(name)
      if (this.#listeners.size === 0) this.close()
    }
  }

  close(): void {
    this.#abort?.abort()
    this.#abort = undefined
    this.#cancelList()
  }

  #start(): void {
    const abort = new AbortController()
    this.#abort = abort
    this.#failures = 0
    void this.#stream(abort.signal)
    this.#scheduleList(abort.signal)
  }

  async #stream(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    while (!signal.aborted) {
      const startedAt = clock.now()
      try {
        await this.#connection(signal)
        this.#failures = 0
        // A server that ends every stream at once would else be asked without a pause.
        if (clock.now() - startedAt < firstWaitMs) await this.#wait(firstWaitMs, signal)
      } catch (error) {
        if (signal.aborted) return
        this.#onBroken(error)
        await this.#wait(this.#backoffMs(), signal)
      }
    }
  }

  async #connection(signal: AbortSignal): Promise<void> {
    const { client, labelSelector, clock } = this.#options
    const seen = new Set<string>()
    const isMarked = this.#isMarked
    let cancelUnmarked = (): void => undefined
    const onOpen = (): void => {
      this.#failures = 0
      if (!isMarked) cancelUnmarked = clock.after(unmarkedMs, () => void this.#lookUpMissing(seen))
    }
    try {
      const options = { labelSelector, isMarked, signal, now: clock.now, onOpen }
      for await (const event of readStream(client, options)) {
        if (event.type === 'complete') {
          void this.#lookUpMissing(seen)
          continue
        }
        const { name } = event.workflow.metadata
        seen.add(name)
        // An object that only leaves the selection is told as deleted too.
        if (event.type === 'deleted') void this.#lookUp(name)
        else this.#tell(event.workflow)
      }
    } finally {
      cancelUnmarked()
    }
  }

  #onBroken(error: unknown): void {
    const { cluster, log } = this.#options
    this.#failures += 1
    // A server that does not know the mark refuses it as invalid.
    const isUnknownMark = this.#isMarked && error instanceof RemoteError && error.code === 'invalid'
    if (isUnknownMark && !/too old|expired/i.test(error.message)) this.#isMarked = false
    log.warn({ cluster, err: error, failures: this.#failures }, 'the event stream broke')
  }

  #backoffMs(): number {
    const full = Math.min(firstWaitMs * 2 ** (this.#failures - 1), longestWaitMs)
    return full / 2 + (full / 2) * this.#options.random()
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const onAbort = (): void => {
        cancel()
        resolve()
      }
      const cancel = this.#options.clock.after(ms, () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      })
      signal.addEventListener('abort', onAbort)
      if (signal.aborted) onAbort()
    })
  }

  #tell(workflow: ArgoWorkflow): void {
    const { name, resourceVersion } = workflow.metadata
    const listeners = this.#listeners.get(name)
    if (listeners === undefined) return
    if (resourceVersion !== undefined) this.#told.set(name, resourceVersion)
    const state = stateOf(workflow)
    for (const listener of listeners) listener.seen(state)
  }

  async #lookUpMissing(seen: ReadonlySet<string>): Promise<void> {
    await Promise.all(
      [...this.#listeners.keys()].filter((name) => !seen.has(name)).map((name) => this.#lookUp(name)),
    )
  }

  async #lookUp(name: string): Promise<void> {
    const { client, clock, cluster, log } = this.#options
    try {
      const found = await client.get(name)
      if (found !== undefined) {
        this.#tell(found)
        return
      }
      await new Promise<void>((resolve) => clock.after(missingAgainMs, resolve))
      if (!this.#listeners.has(name)) return
      const again = await client.get(name)
      if (again !== undefined) this.#tell(again)
      else for (const listener of this.#listeners.get(name) ?? []) listener.gone(name)
    } catch (error) {
      // The next list asks again.
      log.warn({ cluster, workflow: name, err: error }, 'a workflow could not be looked up')
    }
  }

  #scheduleList(signal: AbortSignal): void {
    this.#cancelList = this.#options.clock.after(listEveryMs, () => {
      void this.#list(signal)
    })
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, labelSelector, cluster, log } = this.#options
    try {
      const items = await client.list(labelSelector)
      const versions = new Map(items.map(({ metadata }) => [metadata.name, metadata.resourceVersion]))
      const differing = [...this.#listeners.keys()].filter((name) => {
        const version = versions.get(name)
        return version === undefined || version !== this.#told.get(name)
      })
      await Promise.all(differing.map((name) => this.#lookUp(name)))
    } catch (error) {
      log.warn({ cluster, err: error }, 'the workflows could not be listed')
    }
    if (!signal.aborted) this.#scheduleList(signal)
  }
}
