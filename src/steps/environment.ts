import { z } from 'zod'

import { StepError } from './step-error.ts'
import type { StepContext } from './step.ts'

/** Reads what the step needs from its environment. Throws StepError that names every variable that is wrong. */
export const readEnvironment = <T extends z.ZodType>(schema: T, { environment }: StepContext): z.infer<T> => {
  const result = schema.safeParse(environment)
  if (result.success) return result.data
  const wrong = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new StepError('bad-input', `The step's environment is wrong: ${wrong.join('; ')}.`)
}

const serviceKey = z.object({
  endpoints: z.object({ accounts_service_url: z.url() }),
  uaa: z.object({ url: z.url(), clientid: z.string().min(1), clientsecret: z.string().min(1) }),
})
export type ServiceKey = z.infer<typeof serviceKey>

/** The service key of the cloud management service, bare or wrapped as the CF tool gives it. */
export const readServiceKey = (text: string): ServiceKey => {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    // The parser's own message would show a piece of the key.
    throw new StepError('bad-input', 'The service key of the cloud management service is no JSON.')
  }
  const wrapped = z.object({ credentials: serviceKey }).safeParse(parsed)
  const result = wrapped.success
    ? { success: true as const, data: wrapped.data.credentials }
    : serviceKey.safeParse(parsed)
  if (result.success) return result.data
  throw new StepError(
    'bad-input',
    'The service key of the cloud management service lacks its client id, secret or address: create one with grant type client credentials.',
  )
}

const id = z.string().min(1).max(63)

export const subaccountEnvironment = z.object({
  CIS_KEY: z.string().min(1),
  ONBOARDING_ID: id,
  NAMESPACE: id,
  CLUSTER: id,
})
