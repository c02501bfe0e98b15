import type { Pace } from './pace.ts'

/** What a step program works with. */
export interface StepContext {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Writes one JSON line; nothing secret may be in it. */
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void
  /** Sets an output parameter of the step; it is kept even if the step fails later. */
  readonly output: (name: string, value: string) => void
  /** Aborted when the pod is told to end. */
  readonly signal: AbortSignal
  readonly pace: Pace
  /** A folder that only this step can read; it is removed at the end. */
  readonly folder: string
}

/** One step of a workflow: safe to run again at any point. Throws StepError. */
export type Step = (context: StepContext) => Promise<void>
