import { z } from 'zod'

import type { ServiceKey } from './environment.ts'
import { type Answer, callOnce, callRepeatedly } from './http.ts'
import { StepError } from './step-error.ts'
import { fetchToken } from './token.ts'

const subaccountSchema = z.object({
  guid: z.string(),
  displayName: z.string().optional(),
  subdomain: z.string().optional(),
  region: z.string().optional(),
  state: z.string().default('UNKNOWN'),
  stateMessage: z.string().nullish(),
  labels: z.record(z.string(), z.array(z.string())).nullish(),
})
export type Subaccount = z.infer<typeof subaccountSchema>

const listSchema = z.object({ value: z.array(subaccountSchema) })
const errorSchema = z.object({ error: z.object({ code: z.number().or(z.string()), message: z.string() }) })
const bindingSchema = z.object({
  clientid: z.string(),
  clientsecret: z.string(),
  sm_url: z.url(),
  url: z.url(),
})
export type ManagementBinding = z.infer<typeof bindingSchema>

/** The label that tells whose a subaccount is. */
const ownerLabel = 'onboarding-id'

const what = 'The SAP BTP accounts service'

/** Codes of the accounts service (see the SAP BTP core services documentation). */
const codes = { subdomainTaken: '20007', bindingThere: '20048', unknown: '20004' } as const

const problemOf = ({ body, status }: Answer): { code: string; message: string } => {
  const error = errorSchema.safeParse(body).data?.error
  return { code: String(error?.code ?? ''), message: error?.message ?? `HTTP ${status}` }
}

const refusalOf = (answer: Answer): StepError => {
  const { code, message } = problemOf(answer)
  if (answer.status === 401 || answer.status === 403) {
    return new StepError(
      'authorisation',
      `${what} does not allow it: ${message}. Check the plan and scopes of the service key.`,
    )
  }
  if (code.startsWith('7001')) {
    return new StepError(
      'conflict',
      `The subaccount is still in use: ${message}. Remove what is in it, then clean up again.`,
    )
  }
  return new StepError(answer.status === 409 ? 'conflict' : 'bad-input', `${what} refuses: ${message}.`)
}

/** The calls to the accounts service that the steps make. Every method throws StepError. */
export class Accounts {
  readonly #url: string
  readonly #token: string
  readonly #signal: AbortSignal

  private constructor(options: { url: string; token: string; signal: AbortSignal }) {
    this.#url = options.url
    this.#token = options.token
    this.#signal = options.signal
  }

  static async open({ endpoints, uaa }: ServiceKey, signal: AbortSignal): Promise<Accounts> {
    const token = await fetchToken({
      what: 'SAP BTP',
      url: uaa.url,
      clientId: uaa.clientid,
      clientSecret: uaa.clientsecret,
      signal,
    })
    return new Accounts({ url: endpoints.accounts_service_url.replace(/\/$/, ''), token, signal })
  }

  /** What this onboarding made, by our label: nothing else is ever adopted or deleted. */
  async findOwn(onboardingId: string): Promise<readonly Subaccount[]> {
    const query = new URLSearchParams({ labelSelector: `${ownerLabel}=${onboardingId}` })
    const answer = await this.#repeat('GET', `/accounts/v1/subaccounts?${query.toString()}`)
    if (answer.status !== 200) throw refusalOf(answer)
    return listSchema
      .parse(answer.body)
      .value.filter(({ labels }) => labels?.[ownerLabel]?.includes(onboardingId) === true)
  }

  /** Undefined when it is gone. */
  async get(guid: string): Promise<Subaccount | undefined> {
    const answer = await this.#repeat('GET', `/accounts/v1/subaccounts/${encodeURIComponent(guid)}`)
    if (answer.status === 404) return undefined
    if (answer.status !== 200) throw refusalOf(answer)
    return subaccountSchema.parse(answer.body)
  }

  /** Undefined when it is not known whether it was created: then it has to be looked for. */
  async create(wanted: {
    displayName: string
    subdomain: string
    region: string
    onboardingId: string
  }): Promise<Subaccount | undefined> {
    const { onboardingId, ...fields } = wanted
    const answer = await this.#once('POST', '/accounts/v1/subaccounts', {
      ...fields,
      usedForProduction: 'NOT_USED_FOR_PRODUCTION',
      betaEnabled: false,
      labels: { [ownerLabel]: [onboardingId] },
    })
    if (answer === undefined) return undefined
    if (answer.status >= 200 && answer.status < 300) return subaccountSchema.parse(answer.body)
    const { code } = problemOf(answer)
    if (code === codes.subdomainTaken) {
      throw new StepError(
        'conflict',
        `The subdomain "${wanted.subdomain}" is taken in ${wanted.region}, maybe by another customer. Ask again with another subdomain.`,
      )
    }
    throw refusalOf(answer)
  }

  /** Asks for the deletion; fine when it is gone. */
  async delete(guid: string): Promise<void> {
    const answer = await this.#repeat(
      'DELETE',
      `/accounts/v1/subaccounts/${encodeURIComponent(guid)}?forceDelete=false`,
    )
    if (answer.status < 300 || answer.status === 404 || problemOf(answer).code === codes.unknown) return
    throw refusalOf(answer)
  }

  /** Access to the subaccount's Service Manager; it can be read again at any time. */
  async openBinding(guid: string): Promise<ManagementBinding> {
    const path = `/accounts/v1/subaccounts/${encodeURIComponent(guid)}/serviceManagementBinding`
    const known = await this.findBinding(guid)
    if (known !== undefined) return known
    const answer = await this.#once('POST', path)
    if (answer !== undefined && answer.status >= 300 && problemOf(answer).code !== codes.bindingThere) {
      throw refusalOf(answer)
    }
    const made = await this.findBinding(guid)
    if (made !== undefined) return made
    throw new StepError(
      'remote-down',
      `${what} does not give access to the Service Manager yet. Try again later.`,
    )
  }

  async findBinding(guid: string): Promise<ManagementBinding | undefined> {
    const answer = await this.#repeat(
      'GET',
      `/accounts/v1/subaccounts/${encodeURIComponent(guid)}/serviceManagementBinding`,
    )
    if (answer.status === 404) return undefined
    if (answer.status !== 200) throw refusalOf(answer)
    return bindingSchema.parse(answer.body)
  }

  /** Fine when it is gone. */
  async deleteBinding(guid: string): Promise<void> {
    const path = `/accounts/v1/subaccounts/${encodeURIComponent(guid)}/serviceManagementBinding`
    const answer = await this.#repeat('DELETE', path)
    if (answer.status >= 300 && answer.status !== 404) throw refusalOf(answer)
  }

  #call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Parameters<typeof callOnce>[0] {
    return {
      method,
      url: `${this.#url}${path}`,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: this.#signal,
    }
  }

  #repeat(method: 'GET' | 'DELETE', path: string): Promise<Answer> {
    return callRepeatedly(what, this.#call(method, path))
  }

  #once(method: 'POST', path: string, body?: object): Promise<Answer | undefined> {
    return callOnce(this.#call(method, path, body))
  }
}
