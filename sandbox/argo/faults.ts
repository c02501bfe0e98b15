import type { PodFault } from './pod-faults.ts'

/** An answer given instead of the real one. */
export interface PlannedAnswer {
  /** Which calls get it; all, where absent. */
  readonly matches?: (method: string, path: string) => boolean
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** How many calls get it; default 1. */
  times?: number
}

/** What can be broken on purpose. */
export interface Faults {
  /** New and open connections are dropped without an answer. */
  isRefusing: boolean
  /** Requests are read and never answered. */
  isHanging: boolean
  /** Watches are read and never answered, as behind a proxy that holds them back; all else is. */
  isHoldingStreams: boolean
  /** No pass is made over any workflow: new ones get no phase. */
  isControllerDown: boolean
  /** Streams are written in pieces that cut lines and UTF-8 characters. */
  isSplittingChunks: boolean
  /** What goes wrong with every pod that is to start; those that wait go on when it is over. */
  pods: PodFault | undefined
  readonly planned: PlannedAnswer[]
  /** How many calls a second argo-server takes of each client, and of all together. */
  callsPerSecond: number
  /** How many of them other clients make. */
  callsOfOthers: number
  /** A ResourceQuota leaves no room for another workflow. */
  isQuotaUsedUp: boolean
  /** The next calls of this kind (`create`, `dry-run`, `retry`, `stop`...) are performed, and their answer is lost. */
  readonly lostAnswers: string[]
  /** Verbs on workflows that nobody has any more. */
  readonly forbidden: Set<string>
  /** Cuts every watch and log that is open. */
  readonly dropStreams: () => void
}

/** A fault set in which nothing is broken. */
export function createFaults(dropStreams: () => void): Faults {
  return {
    isRefusing: false,
    isHanging: false,
    isHoldingStreams: false,
    isControllerDown: false,
    isSplittingChunks: false,
    callsPerSecond: 1_000,
    callsOfOthers: 0,
    isQuotaUsedUp: false,
    pods: undefined,
    planned: [],
    lostAnswers: [],
    forbidden: new Set(),
    dropStreams,
  }
}

/** Takes the planned answer for a call, if there is one. */
export function takePlanned(faults: Faults, method: string, path: string): PlannedAnswer | undefined {
  const index = faults.planned.findIndex(({ matches }) => matches === undefined || matches(method, path))
  const found = faults.planned[index]
  if (found === undefined) return undefined
  found.times = (found.times ?? 1) - 1
  if (found.times <= 0) faults.planned.splice(index, 1)
  return found
}
