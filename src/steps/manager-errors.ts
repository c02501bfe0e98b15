import { z } from 'zod'

import { type Answer, supportId } from './http.ts'
import { StepError } from './step-error.ts'
import { unstopped } from './unstopped.ts'

/** How the steps call the service in their sentences. */
export const serviceManager = 'The Service Manager'

const errorSchema = z.object({ error: z.string().default(''), description: z.string().optional() })

/** What the Service Manager says is wrong. */
export const saidOf = ({ body, status, at }: Answer): string => {
  const said = unstopped(errorSchema.safeParse(body).data?.description ?? '')
  return said === '' ? `HTTP ${status} at ${at}` : said
}

/** Another change of the same thing is going on (412), or an operation (422 by that name): both pass. */
export const whyPassing = ({ body, status }: Answer): string | undefined => {
  const isOperation =
    status === 422 && errorSchema.safeParse(body).data?.error === 'ConcurrentOperationInProgress'
  return status === 412 || isOperation ? 'something else is changing the same thing' : undefined
}

/** Where the operation is that an answer began; throws StepError when it does not say. */
export const operationOf = ({ location }: Answer): string => {
  if (location !== undefined) return location
  throw new StepError(
    'remote-down',
    `${serviceManager} answers otherwise than it promises (no Location). Retry later.`,
  )
}

/** The StepError for an answer that refuses. */
export const managerRefusal = (answer: Answer): StepError => {
  const said = saidOf(answer)
  if (answer.status === 401 || answer.status === 403) {
    return new StepError(
      'authorisation',
      `${serviceManager} does not allow it: ${said}${supportId(answer)}. Check the access to the subaccount, then retry.`,
    )
  }
  const kind = answer.status === 409 || answer.status === 422 ? 'conflict' : 'bad-input'
  return new StepError(
    kind,
    `${serviceManager} refuses: ${said}${supportId(answer)}. Look at the subaccount in the cockpit, then retry.`,
  )
}
