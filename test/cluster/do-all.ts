const reasonOf = (error: unknown): string =>
  error instanceof Error
    ? (error.message.split('\n').find((line) => line.trim() !== '') ?? error.name)
    : String(error)

/** Tasks, one after the other, each under what it does. */
export type Tasks = readonly (readonly [what: string, task: () => Promise<unknown>])[]

/** Does all of them, whichever fail; then throws one error that names each that did, with its reason. */
export const doAll = async (tasks: Tasks): Promise<void> => {
  const failed: { readonly what: string; readonly error: unknown }[] = []
  for (const [what, task] of tasks) {
    try {
      await task()
    } catch (error) {
      failed.push({ what, error })
    }
  }
  if (failed.length === 0) return
  const lines = failed.map(({ what, error }) => `- ${what}: ${reasonOf(error)}`)
  throw new AggregateError(
    failed.map(({ error }) => error),
    `${failed.length} of ${tasks.length} failed:\n${lines.join('\n')}`,
  )
}
