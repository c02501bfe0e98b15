import { z } from 'zod'

import type { ManagementBinding } from './accounts.ts'
import { type Caller, readAnswer } from './http.ts'
import { managerRefusal, operationOf, serviceManager, whyPassing } from './manager-errors.ts'
import { Remote } from './remote.ts'

const labels = z.record(z.string(), z.array(z.string())).nullish()
const basic = z.object({ username: z.string(), password: z.string() })
const platformSchema = z.object({
  id: z.string(),
  name: z.string(),
  labels,
  credentials: z.object({ basic }).optional(),
})
export type Platform = z.infer<typeof platformSchema>
export type PlatformCredentials = z.infer<typeof basic>

const listSchema = z.object({ items: z.array(platformSchema).nullish() })

/** The label that tells whose a platform or an instance is. */
export const ownerLabel = 'onboarding_id'

/** Whether something carries the label of this onboarding: nothing else is ever adopted or deleted. */
export const isLabelledFor = (
  { labels: own }: { readonly labels?: Readonly<Record<string, readonly string[]>> | null | undefined },
  onboardingId: string,
): boolean => own?.[ownerLabel]?.includes(onboardingId) === true

/** A text in a query: quotes are doubled. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** The way to a subaccount's Service Manager. */
export const openManager = (
  binding: ManagementBinding & { readonly isNew?: boolean },
  caller: Caller,
): Remote =>
  new Remote({
    client: {
      what: serviceManager,
      url: binding.url,
      clientId: binding.clientid,
      clientSecret: binding.clientsecret,
      isNew: binding.isNew === true,
    },
    url: binding.sm_url,
    caller,
    whyPassing,
  })

/** The platforms of a subaccount. Every method throws StepError. */
export class Platforms {
  readonly #remote: Remote

  constructor(remote: Remote) {
    this.#remote = remote
  }

  async findByLabel(onboardingId: string): Promise<Platform | undefined> {
    const found = await this.#list({ labelQuery: `${ownerLabel} eq ${quoted(onboardingId)}` })
    return found.find((one) => isLabelledFor(one, onboardingId))
  }

  async findByName(name: string): Promise<Platform | undefined> {
    const found = await this.#list({ fieldQuery: `name eq ${quoted(name)}` })
    return found.find((one) => one.name === name)
  }

  /** `unknown`: it may have been registered, and has to be looked for; so has one whose name is `taken`. */
  async register(name: string, onboardingId: string): Promise<Platform | 'unknown' | 'taken'> {
    const body = { name, type: 'kubernetes', labels: { [ownerLabel]: [onboardingId] } }
    const answer = await this.#remote.once('POST', '/v1/platforms', body)
    if (answer === undefined) return 'unknown'
    if (answer.status === 409) return 'taken'
    if (answer.status >= 300) throw managerRefusal(answer)
    return readAnswer(serviceManager, platformSchema, answer)
  }

  /** Credentials are shown once only; lost ones are made anew. */
  async regenerate(id: string): Promise<PlatformCredentials> {
    const path = `/v1/platforms/${encodeURIComponent(id)}?regenerateCredentials=true`
    const answer = await this.#remote.repeat('PATCH', path, {})
    if (answer.status !== 200) throw managerRefusal(answer)
    return readAnswer(serviceManager, z.object({ credentials: z.object({ basic }) }), answer).credentials
      .basic
  }

  /** Undefined while its proxy is still connected. Fine when it is gone. */
  async unregister(id: string): Promise<'gone' | undefined> {
    const answer = await this.#remote.repeat('DELETE', `/v1/platforms/${encodeURIComponent(id)}`)
    if (answer.status < 300 || answer.status === 404) return 'gone'
    if (answer.status === 422) return undefined
    throw managerRefusal(answer)
  }

  /** The same with all instances that were made by it; gives the path of the operation that does it. */
  async unregisterWithContent(id: string): Promise<string | undefined> {
    const path = `/v1/platforms/${encodeURIComponent(id)}?cascade=true`
    const answer = await this.#remote.repeat('DELETE', path)
    if (answer.status === 202) return operationOf(answer)
    if (answer.status < 300 || answer.status === 404) return 'gone'
    if (answer.status === 422) return undefined
    throw managerRefusal(answer)
  }

  async #list(query: Record<string, string>): Promise<readonly Platform[]> {
    const answer = await this.#remote.repeat('GET', `/v1/platforms?${new URLSearchParams(query).toString()}`)
    if (answer.status !== 200) throw managerRefusal(answer)
    return readAnswer(serviceManager, listSchema, answer).items ?? []
  }
}
