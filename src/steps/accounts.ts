import { z } from 'zod'

import {
  accountsService,
  codes,
  contentOf,
  forceRefusal,
  problemOf,
  refusalOf,
  whyPassing,
} from './accounts-errors.ts'
import { type Caller, readAnswer } from './http.ts'
import { Remote } from './remote.ts'
import type { ServiceKey } from './service-key.ts'
import { StepError } from './step-error.ts'
import { isFailedState } from './subaccount-state.ts'

const subaccountSchema = z.object({
  guid: z.string(),
  displayName: z.string().default(''),
  subdomain: z.string().default(''),
  region: z.string().default(''),
  state: z.string().default('UNKNOWN'),
  stateMessage: z.string().nullish(),
  contractStatus: z.string().nullish(),
  labels: z.record(z.string(), z.array(z.string())).nullish(),
})
export type Subaccount = z.infer<typeof subaccountSchema>

const listSchema = z.object({ value: z.array(subaccountSchema) })

const bindingSchema = z.object({
  clientid: z.string(),
  clientsecret: z.string(),
  sm_url: z.url(),
  url: z.url(),
})
export type ManagementBinding = z.infer<typeof bindingSchema>

/** The label that tells whose a subaccount is. */
const ownerLabel = 'onboarding-id'

export interface WantedSubaccount {
  readonly displayName: string
  readonly subdomain: string
  readonly region: string
  readonly parentGUID?: string
  readonly isForProduction: boolean
}

/** Whether a subaccount carries the label of this onboarding: nothing else is ever adopted or deleted. */
export const isOwn = ({ labels }: Subaccount, onboardingId: string): boolean =>
  labels?.[ownerLabel]?.includes(onboardingId) === true

/** A deletion by force leaves it there for seven days. */
export const isPendingDeletion = ({ contractStatus }: Subaccount): boolean =>
  contractStatus === 'PENDING_FORCED_DELETION'

const pathOf = (guid: string): string => `/accounts/v1/subaccounts/${encodeURIComponent(guid)}`

/** The calls to the accounts service that the steps make. Every method throws StepError. */
export class Accounts {
  readonly #remote: Remote
  readonly #log: Caller['log']

  constructor({ endpoints, uaa }: ServiceKey, caller: Caller) {
    this.#log = caller.log
    this.#remote = new Remote({
      client: {
        what: accountsService,
        url: uaa.url,
        clientId: uaa.clientid,
        clientSecret: uaa.clientsecret,
      },
      url: endpoints.accounts_service_url,
      caller,
      whyPassing,
    })
  }

  /** What carries the label of this onboarding. */
  async findOwn(onboardingId: string): Promise<readonly Subaccount[]> {
    const query = new URLSearchParams({ labelSelector: `${ownerLabel}=${onboardingId}` })
    const all = await this.#list(`?${query.toString()}`)
    return all.filter((one) => isOwn(one, onboardingId))
  }

  /** The one with this subdomain in the global account; other customers' are never seen. */
  async findBySubdomain(subdomain: string, region: string): Promise<Subaccount | undefined> {
    const all = await this.#list('')
    return all.find((one) => one.subdomain.toLowerCase() === subdomain && one.region === region)
  }

  /** Undefined when it is gone. */
  async get(guid: string): Promise<Subaccount | undefined> {
    const answer = await this.#remote.repeat('GET', pathOf(guid))
    if (answer.status === 404) return undefined
    if (answer.status !== 200) throw refusalOf(answer)
    const found = readAnswer(accountsService, subaccountSchema, answer)
    if (isFailedState(found.state)) {
      const { correlationId } = answer
      this.#log('the subaccount has failed', { subaccount: guid, state: found.state, correlationId })
    }
    return found
  }

  /** `unknown`: it may have been created, and has to be looked for; so has one that was refused (`taken`). */
  async create(
    { isForProduction, ...wanted }: WantedSubaccount,
    onboardingId: string,
  ): Promise<Subaccount | 'unknown' | 'taken'> {
    const answer = await this.#remote.once('POST', '/accounts/v1/subaccounts', {
      ...wanted,
      usedForProduction: isForProduction ? 'USED_FOR_PRODUCTION' : 'NOT_USED_FOR_PRODUCTION',
      betaEnabled: false,
      origin: 'API',
      labels: { [ownerLabel]: [onboardingId] },
    })
    if (answer === undefined) return 'unknown'
    // Accepted, and not said what: that is looked for.
    if (answer.status < 300) {
      this.#log('asked for the subaccount', { correlationId: answer.correlationId })
      return subaccountSchema.safeParse(answer.body).data ?? 'unknown'
    }
    if (problemOf(answer).code === codes.subdomainTaken) return 'taken'
    throw refusalOf(answer)
  }

  /** `busy`: something else is changing it. Throws a conflict that names what is still in it. */
  async delete({ guid, displayName }: Subaccount, isForced: boolean): Promise<'asked' | 'gone' | 'busy'> {
    const answer = await this.#remote.repeat('DELETE', `${pathOf(guid)}?forceDelete=${String(isForced)}`)
    if (answer.status < 300) return 'asked'
    if (answer.status === 404) return 'gone'
    const content = contentOf(answer)
    if (content !== undefined) {
      throw new StepError(
        'conflict',
        `The subaccount "${displayName}" (${guid}) is still in use: it has ${content}. Remove them, then clean up again.`,
      )
    }
    if (answer.status === 409) return 'busy'
    throw (isForced ? forceRefusal(answer) : undefined) ?? refusalOf(answer)
  }

  /** Access to the subaccount's Service Manager, which can be read again at any time; `isNew` when it was made now. */
  async openBinding(guid: string): Promise<ManagementBinding & { readonly isNew: boolean }> {
    const known = await this.findBinding(guid)
    if (known !== undefined) return { ...known, isNew: false }
    const answer = await this.#remote.once('POST', `${pathOf(guid)}/serviceManagementBinding`)
    if (answer !== undefined && answer.status >= 300 && problemOf(answer).code !== codes.bindingThere)
      throw refusalOf(answer)
    const made = await this.findBinding(guid)
    if (made !== undefined) return { ...made, isNew: true }
    throw new StepError(
      'remote-down',
      `${accountsService} gives no access to the Service Manager yet. Retry later.`,
    )
  }

  async findBinding(guid: string): Promise<ManagementBinding | undefined> {
    const answer = await this.#remote.repeat('GET', `${pathOf(guid)}/serviceManagementBinding`)
    if (answer.status === 404) return undefined
    if (answer.status !== 200) throw refusalOf(answer)
    return readAnswer(accountsService, bindingSchema, answer)
  }

  /** Fine when it is gone. */
  async deleteBinding(guid: string): Promise<void> {
    const answer = await this.#remote.repeat('DELETE', `${pathOf(guid)}/serviceManagementBinding`)
    if (answer.status >= 300 && answer.status !== 404) throw refusalOf(answer)
  }

  async #list(query: string): Promise<readonly Subaccount[]> {
    const answer = await this.#remote.repeat('GET', `/accounts/v1/subaccounts${query}`)
    if (answer.status !== 200) throw refusalOf(answer)
    return readAnswer(accountsService, listSchema, answer).value
  }
}
