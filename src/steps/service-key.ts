import { z } from 'zod'

import { StepError } from './step-error.ts'
import { whatIsWrong } from './what-is-wrong.ts'

const address = z.url({ protocol: /^https?$/, error: 'must be an address that begins with https://' })
const serviceKey = z.object({
  endpoints: z.object({ accounts_service_url: address }),
  uaa: z.object({ url: address, clientid: z.string().min(1), clientsecret: z.string().min(1) }),
})
export type ServiceKey = z.infer<typeof serviceKey>

const kindSchema = z.object({
  grant_type: z.string().optional(),
  uaa: z.object({ 'credential-type': z.string().optional() }).optional(),
})

const asText = 'The service key of the cloud management service'
const mend = 'Mend it at its source, then retry.'

/** The CF tool wraps a key in `credentials`. */
const unwrapped = (parsed: unknown): unknown =>
  z.object({ credentials: z.looseObject({}) }).safeParse(parsed).data?.credentials ?? parsed

/** Reads the service key of the cloud management service. Throws StepError that says what is wrong with its kind. */
export const readServiceKey = (text: string): ServiceKey => {
  let parsed: unknown
  try {
    parsed = unwrapped(JSON.parse(text))
  } catch {
    // The parser's own message would show a piece of the key.
    throw new StepError('bad-input', `${asText} is no JSON. ${mend}`)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new StepError('bad-input', `${asText} is no JSON object. ${mend}`)
  const kind = kindSchema.safeParse(parsed).data
  if (kind?.grant_type !== undefined && kind.grant_type !== 'client_credentials') {
    throw new StepError(
      'bad-input',
      `${asText} is for a person (grant type ${kind.grant_type}): create one with the parameter {"grantType":"clientCredentials"}, then retry.`,
    )
  }
  if (kind?.uaa?.['credential-type'] === 'x509') {
    throw new StepError(
      'bad-input',
      `${asText} holds a certificate: create one with credential type binding-secret, then retry.`,
    )
  }
  const result = serviceKey.safeParse(parsed, { reportInput: true })
  if (result.success) return result.data
  throw new StepError(
    'bad-input',
    `${asText} cannot be used: ${whatIsWrong(result.error)}. Create one of plan central with grant type client credentials, then retry.`,
  )
}
