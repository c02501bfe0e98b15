import type { Event } from '../onboarding/events.ts'
import { RemoteError } from '../onboarding/ports/remote-error.ts'
import type { Task } from './perform.ts'
import { troubleOf } from './trouble.ts'

/** After so many tries a failure is told without the log. */
const logTries = 3

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
      return { type: 'troubled', at, run: task.run, ...troubleOf(error) }
    }
    case 'check-workflow':
    case 'delete-run-secret':
    case 'show-card':
    case 'post-notice':
    case 'redraw-notice':
      return undefined
  }
}
