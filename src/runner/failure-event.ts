import type { Event } from '../onboarding/events.ts'
import { RemoteError } from '../onboarding/ports.ts'
import { meaningOf } from '../onboarding/unwell.ts'
import type { Task } from './perform.ts'

/** After so many tries a failure is told without the log. */
const logTries = 3

const cures: Partial<Record<RemoteError['code'], string>> = {
  unreachable: 'Check that the cluster is up and that the bot can reach it. It is tried again by itself.',
  unauthorized: 'Check the token that the bot uses for this cluster.',
  forbidden: "Give the bot's ServiceAccount the right that the message names.",
  invalid: 'Mend the template or the configuration, then ask again; or press Stop.',
  exists: 'Remove or rename the other workflow, or press Stop.',
  'not-argo': 'Check the URL of argo-server in the configuration.',
}

/** What the record and the card say of an effect that did not succeed; undefined when it concerns nobody. */
export const failureEvent = (
  task: Task,
  { error, failures, at }: { error: unknown; failures: number; at: number },
): Event | undefined => {
  switch (task.type) {
    case 'read-log':
      return failures < logTries ? undefined : { type: 'log-read', at, run: task.run, lines: [] }
    case 'submit-workflow':
    case 'retry-workflow':
    case 'stop-workflow': {
      if (!(error instanceof RemoteError)) return undefined
      const meaning = meaningOf(error.message)
      const cure = meaning?.cure ?? cures[error.code]
      const text = meaning?.text ?? error.message
      return { type: 'troubled', at, run: task.run, text, ...(cure !== undefined && { cure }) }
    }
    case 'delete-run-secret':
    case 'show-card':
    case 'post-notice':
      return undefined
  }
}
