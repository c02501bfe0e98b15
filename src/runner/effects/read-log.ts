import type { RunWork } from '../performing.ts'
import { readableLine } from '../readable-line.ts'
import { maskOf } from './mask.ts'

/** What a thread reply can hold and a person reads. */
const lastLines = 15
const longestLine = 300

const cut = (line: string): string =>
  line.length <= longestLine ? line : `${line.slice(0, longestLine - 1)}…`

/** Reads the last lines of the failed step's log, secrets masked. Throws RemoteError. */
export const readLog = async (work: RunWork): Promise<void> => {
  const { onboarding, index, run, tools, tell } = work
  const podName = run.steps.find((step) => step.name === run.failure?.step)?.podName
  const lines =
    podName === undefined ? [] : await tools.workflows.log(onboarding.key.cluster, run.workflowName, podName)
  // A key stands in several lines, so they are masked together; and once more as they are read, since JSON spells some
  // characters otherwise.
  const hide = (await maskOf(work)) ?? (() => '')
  const masked = hide(lines.join('\n'))
  const shown = masked === '' ? [] : masked.split('\n').slice(-lastLines)
  const read = shown.map((line) => cut(hide(readableLine(line))))
  await tell({ type: 'log-read', at: tools.clock.now(), run: index, lines: read })
}
