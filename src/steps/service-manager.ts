import { z } from 'zod'

import type { ManagementBinding } from './accounts.ts'
import { type Answer, callOnce, callRepeatedly } from './http.ts'
import { StepError } from './step-error.ts'
import { fetchToken } from './token.ts'

const basic = z.object({ username: z.string(), password: z.string() })
const platformSchema = z.object({
  id: z.string(),
  name: z.string(),
  labels: z.record(z.string(), z.array(z.string())).nullish(),
  credentials: z.object({ basic }).optional(),
})
export type Platform = z.infer<typeof platformSchema>
export type PlatformCredentials = z.infer<typeof basic>

const listSchema = z.object({ items: z.array(platformSchema).nullish() })
const instancesSchema = z.object({
  num_items: z.number().default(0),
  items: z.array(z.object({ name: z.string() })).nullish(),
})
const errorSchema = z.object({ description: z.string().optional() })

const ownerLabel = 'onboarding_id'
const what = 'The Service Manager'

const refusalOf = (answer: Answer): StepError => {
  const message = errorSchema.safeParse(answer.body).data?.description ?? `HTTP ${answer.status}`
  if (answer.status === 401 || answer.status === 403)
    return new StepError('authorisation', `${what} does not allow it: ${message}.`)
  return new StepError(
    answer.status === 409 || answer.status === 422 ? 'conflict' : 'bad-input',
    `${what} refuses: ${message}.`,
  )
}

/** The calls to a subaccount's Service Manager that the steps make. Every method throws StepError. */
export class ServiceManager {
  readonly #url: string
  readonly #token: string
  readonly #signal: AbortSignal

  private constructor(options: { url: string; token: string; signal: AbortSignal }) {
    this.#url = options.url
    this.#token = options.token
    this.#signal = options.signal
  }

  static async open(binding: ManagementBinding, signal: AbortSignal): Promise<ServiceManager> {
    const { url, clientid: clientId, clientsecret: clientSecret } = binding
    const token = await fetchToken({ what, url, clientId, clientSecret, signal })
    return new ServiceManager({ url: binding.sm_url.replace(/\/$/, ''), token, signal })
  }

  /** The platform that this onboarding registered, by our label. */
  async findOwn(onboardingId: string): Promise<Platform | undefined> {
    const query = new URLSearchParams({ labelQuery: `${ownerLabel} eq '${onboardingId}'` })
    const answer = await callRepeatedly(what, this.#call('GET', `/v1/platforms?${query.toString()}`))
    if (answer.status !== 200) throw refusalOf(answer)
    return listSchema
      .parse(answer.body)
      .items?.find(({ labels }) => labels?.[ownerLabel]?.includes(onboardingId) === true)
  }

  /** Undefined when it is not known whether it was registered: then it has to be looked for. */
  async register(name: string, onboardingId: string): Promise<Platform | undefined> {
    const labels = { [ownerLabel]: [onboardingId] }
    const answer = await callOnce(this.#call('POST', '/v1/platforms', { name, type: 'kubernetes', labels }))
    if (answer === undefined) return undefined
    if (answer.status < 300) return platformSchema.parse(answer.body)
    throw refusalOf(answer)
  }

  /** Credentials are shown once only; lost ones are made anew. */
  async regenerate(id: string): Promise<PlatformCredentials> {
    const path = `/v1/platforms/${encodeURIComponent(id)}?regenerateCredentials=true`
    const answer = await callRepeatedly(what, this.#call('PATCH', path, {}))
    if (answer.status !== 200) throw refusalOf(answer)
    const { credentials } = platformSchema.parse(answer.body)
    if (credentials === undefined)
      throw new StepError('remote-down', `${what} did not give new credentials. Try again later.`)
    return credentials.basic
  }

  /** Names of service instances that still belong to the platform, at most ten, and how many there are. */
  async instancesOf(id: string): Promise<{ names: readonly string[]; count: number }> {
    const query = new URLSearchParams({ fieldQuery: `platform_id eq '${id}'`, max_items: '10' })
    const answer = await callRepeatedly(what, this.#call('GET', `/v1/service_instances?${query.toString()}`))
    if (answer.status !== 200) throw refusalOf(answer)
    const { items, num_items: count } = instancesSchema.parse(answer.body)
    return { names: (items ?? []).slice(0, 10).map(({ name }) => name), count }
  }

  /** 422 while the proxy is still connected: undefined then. Fine when it is gone. */
  async unregister(id: string): Promise<'gone' | undefined> {
    const answer = await callRepeatedly(what, this.#call('DELETE', `/v1/platforms/${encodeURIComponent(id)}`))
    if (answer.status < 300 || answer.status === 404) return 'gone'
    if (answer.status === 422) return undefined
    throw refusalOf(answer)
  }

  #call(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
  ): Parameters<typeof callOnce>[0] {
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
}
