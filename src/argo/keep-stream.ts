import type { Clock } from '../clock.ts'
import { RemoteError } from '../onboarding/ports/remote-error.ts'
import type { ArgoClient } from './client.ts'
import { readStream, type StreamEvent } from './stream.ts'

interface Options {
  readonly client: ArgoClient
  readonly labelSelector: string
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly signal: AbortSignal
  /** A new connection begins: what is there will be told anew. */
  readonly onBegin: () => void
  readonly onEvent: (event: Exclude<StreamEvent, { type: 'complete' }>) => void
  /** The server has sent something, be it only a sign of life. */
  readonly onSign: () => void
  /** Everything that was there when the connection began has been told. */
  readonly onSnapshot: () => void
  /** It broke or was refused, for the given time in a row. */
  readonly onBroken: (error: unknown, failures: number) => void
}

/** Waits between connections: doubling from half a second to half a minute (milliseconds). */
const firstWaitMs = 500
const longestWaitMs = 30_000
/** A connection that held so long was a good one: the waits begin anew (milliseconds). */
const steadyMs = 5_000
/** Without a mark the snapshot counts as told when nothing more has come for this long (milliseconds). */
const quietMs = 3_000

const backoffMs = (failures: number, random: number): number => {
  const full = Math.min(firstWaitMs * 2 ** (failures - 1), longestWaitMs)
  return full / 2 + (full / 2) * random
}

const pause = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.after(ms, end)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })

interface Connection {
  readonly livedMs: number
  readonly error?: unknown
}

/** One connection, until it ends however it may. */
const connect = async (options: Options, isMarked: boolean): Promise<Connection> => {
  const { client, labelSelector, clock, signal } = options
  let openedAt: number | undefined
  let isTold = false
  let cancelQuiet = (): void => undefined
  const told = (): void => {
    cancelQuiet()
    if (!isTold) options.onSnapshot()
    isTold = true
  }
  // Also with a mark: a server that does not know it drops it in silence.
  const awaitQuiet = (): void => {
    cancelQuiet()
    if (!isTold) cancelQuiet = clock.after(quietMs, told)
  }
  const onOpen = (): void => {
    openedAt = clock.now()
    awaitQuiet()
  }
  const ended = (): Connection => ({ livedMs: openedAt === undefined ? 0 : clock.now() - openedAt })
  options.onBegin()
  try {
    for await (const event of readStream(client, {
      labelSelector,
      isMarked,
      signal,
      now: clock.now,
      onOpen,
      onSign: options.onSign,
    })) {
      if (event.type === 'complete') told()
      else options.onEvent(event)
      awaitQuiet()
    }
    return ended()
  } catch (error) {
    return { ...ended(), error }
  } finally {
    cancelQuiet()
  }
}

// A server that knows the mark and must not give it refuses it as invalid; so it does a version that is too old.
const refusesMark = (error: unknown): boolean =>
  error instanceof RemoteError && error.code === 'invalid' && !/too old|expired/i.test(error.message)

/**
 * Keeps the event stream of one namespace open until the signal: after a normal end at once, after a failure or a
 * connection that ends at once with waits that grow, jitter in them, and as long as the server asks.
 */
export const keepStream = async (options: Options): Promise<void> => {
  const { clock, random, signal } = options
  let isMarked = true
  let failures = 0
  while (!signal.aborted) {
    const { livedMs, error } = await connect(options, isMarked)
    if (signal.aborted) return
    if (livedMs >= steadyMs) failures = 0
    if (error === undefined && livedMs >= steadyMs) continue
    failures += 1
    if (isMarked && refusesMark(error)) isMarked = false
    if (error !== undefined) options.onBroken(error, failures)
    const askedMs = error instanceof RemoteError ? (error.retryAfterMs ?? 0) : 0
    await pause(clock, Math.max(askedMs, backoffMs(failures, random())), signal)
  }
}
