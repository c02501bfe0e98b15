import { z } from 'zod'

import { readAnswer } from './http.ts'
import { managerRefusal, serviceManager } from './manager-errors.ts'
import type { Remote } from './remote.ts'
import { StepError } from './step-error.ts'
import type { StepContext } from './step.ts'
import { unstopped } from './unstopped.ts'
import { waitInPace } from './wait-until.ts'

const operationSchema = z.object({
  state: z.string(),
  errors: z.object({ description: z.string().optional() }).nullish(),
})

/**
 * Waits for the operation of the Service Manager at `path`, which deletes `what`: it may be gone with that. Throws
 * StepError.
 */
export const finishDeletion = async (
  manager: Remote,
  path: string,
  { what, context }: { what: string; context: StepContext },
): Promise<void> => {
  const look = async (): Promise<'done' | undefined> => {
    const answer = await manager.repeat('GET', path)
    if (answer.status === 404) return 'done'
    if (answer.status !== 200) throw managerRefusal(answer)
    const { state, errors } = readAnswer(serviceManager, operationSchema, answer)
    if (state !== 'failed') return state === 'succeeded' ? 'done' : undefined
    const why = unstopped(errors?.description ?? 'it does not say why')
    throw new StepError('conflict', `${serviceManager} could not delete ${what}: ${why}. Retry.`)
  }
  const late = `${serviceManager} has not finished deleting ${what}. Retry later.`
  await waitInPace(look, { late }, context)
}
