import { z } from 'zod'

import { type Answer, supportId } from './http.ts'
import { StepError } from './step-error.ts'
import { unstopped } from './unstopped.ts'

/** How the steps call the service in their sentences. */
export const accountsService = 'The SAP BTP accounts service'

/** Codes of the accounts service that decide what happens next. */
export const codes = {
  subdomainTaken: '20007',
  bindingThere: '20048',
  locked: '30004',
  notAllowed: '11004',
  invalid: '11000',
  invalidDetail: '11001',
} as const

const problemSchema = z.object({
  code: z.coerce.string(),
  message: z.string(),
  details: z.array(z.object({ message: z.string() })).nullish(),
})
// The documentation shows the inner object alone; the wire has the wrapper.
const bodySchema = z.union([
  z.object({ error: problemSchema }),
  problemSchema.transform((error) => ({ error })),
])

interface Problem {
  readonly code: string
  readonly message: string
}

/** What the service says is wrong: its code, and its sentence with the details that name the field. */
export const problemOf = ({ body, status, at }: Answer): Problem => {
  const error = bodySchema.safeParse(body).data?.error
  if (error === undefined) return { code: '', message: `HTTP ${status} at ${at}` }
  const details = (error.details ?? []).map((detail) => detail.message).join('; ')
  return { code: error.code, message: details === '' ? error.message : `${error.message} (${details})` }
}

/** What is still in a subaccount, by the code that refuses its deletion. */
const contents: Readonly<Record<string, string>> = {
  70010: 'subscriptions and service instances',
  70011: 'service instances',
  70012: 'subscriptions',
  70013: 'instances',
  70014: 'platforms or brokers',
  70015: 'environments such as Cloud Foundry or Kyma',
}

/** The StepError for a global account that does not take a deletion by force; undefined for any other answer. */
export const forceRefusal = (answer: Answer): StepError | undefined => {
  const { code, message } = problemOf(answer)
  if (code !== codes.notAllowed) return undefined
  return new StepError(
    'authorisation',
    `${accountsService} does not allow a deletion by force: ${unstopped(message)}. Have it enabled, or remove what is in the subaccount and delete it by hand; then clean up again.`,
  )
}

/** What a deletion that is refused leaves, in words; undefined when it was refused for something else. */
export const contentOf = (answer: Answer): string | undefined => contents[problemOf(answer).code]

const passing: Readonly<Record<string, string>> = {
  [codes.locked]: 'another process is changing the entitlements',
  11006: 'it limits calls',
  11007: 'it limits calls',
}

/** Why an answer is a refusal that passes, as some have a status that says otherwise; undefined for any other. */
export const whyPassing = (answer: Answer): string | undefined => passing[problemOf(answer).code]

/**
 * The service has no code of its own for a quota that is used up: it is known by the word. "Limit" stands in what it
 * says of lengths and rates, and a value that is not valid (11000, 11001) is no quota whatever its name.
 */
const isQuota = ({ code, message }: Problem): boolean =>
  /\bquota\b/i.test(message) && code !== codes.invalid && code !== codes.invalidDetail

/** The service does not know the path, or what answers there is something else. */
const isElsewhere = ({ status }: Answer, { code }: Problem): boolean =>
  status === 405 || code === codes.notAllowed || (status === 404 && code === '')

/** The StepError for an answer that refuses. */
export const refusalOf = (answer: Answer): StepError => {
  const problem = problemOf(answer)
  const { message } = problem
  const said = unstopped(message)
  if (isElsewhere(answer, problem)) {
    return new StepError(
      'bad-input',
      `${accountsService} is not at ${answer.at} (HTTP ${answer.status}). Check endpoints.accounts_service_url in the service key, then retry.`,
    )
  }
  if (answer.status === 401 || answer.status === 403) {
    return new StepError(
      'authorisation',
      `${accountsService} does not allow it: ${said}${supportId(answer)}. Give the bot a service key of plan central that may create and delete subaccounts, then retry.`,
    )
  }
  if (isQuota(problem)) {
    return new StepError(
      'conflict',
      `The global account has no room for another subaccount: ${said}. Raise the quota, then retry.`,
    )
  }
  const refused = `${accountsService} refuses: ${said}${supportId(answer)}.`
  return answer.status === 409
    ? new StepError('conflict', `${refused} Look at it in the cockpit, then retry.`)
    : new StepError(
        'bad-input',
        `${refused} Correct the values of the request or of the template, then clean up and ask again.`,
      )
}
