/** One container of a workflow, ready to run: every parameter and Secret is already filled in. */
export interface Pod {
  readonly image: string
  readonly command: readonly string[]
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly templateName: string
  readonly workflow: { readonly name: string; readonly namespace: string }
  /** Files inside the container whose content the workflow asks for. */
  readonly outputPaths: readonly string[]
  /** Called with each line as it is written, for those who follow the log. */
  readonly onLine?: (line: string) => void
}

export interface PodResult {
  readonly exitCode: number
  readonly terminationMessage: string
  /** The content of each output path that the container wrote. */
  readonly outputs: Readonly<Record<string, string>>
  readonly log: readonly string[]
}

/** Runs containers. An aborted signal means SIGTERM; the result then says how the container ended. */
export interface StepRunner {
  readonly run: (pod: Pod, signal: AbortSignal) => Promise<PodResult>
}
