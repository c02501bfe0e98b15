import { z } from 'zod'

import { readAnswer } from './http.ts'
import { managerRefusal, operationOf, saidOf, serviceManager } from './manager-errors.ts'
import type { Remote } from './remote.ts'
import { isLabelledFor, ownerLabel, quoted } from './service-manager.ts'

const labels = z.record(z.string(), z.array(z.string())).nullish()
const instanceSchema = z.object({
  id: z.string(),
  name: z.string(),
  labels,
  platform_id: z.string().default(''),
  ready: z.boolean().default(true),
  last_operation: z
    .object({
      state: z.string().default(''),
      errors: z.object({ description: z.string().optional() }).nullish(),
    })
    .nullish(),
})
export type Instance = z.infer<typeof instanceSchema>

const listSchema = z.object({ token: z.string().optional(), items: z.array(instanceSchema).nullish() })

const credentialsSchema = z.object({
  clientid: z.string(),
  clientsecret: z.string(),
  sm_url: z.url(),
  url: z.url(),
})
export type OperatorCredentials = z.infer<typeof credentialsSchema>

const bindingSchema = z.object({ id: z.string(), name: z.string() })
const bindingListSchema = z.object({ items: z.array(bindingSchema).nullish() })

/** The accounts service's own access to the subaccount; it goes with the binding. */
const accessInstance = 'ServiceManagementAccessInstance'
const instancesPath = '/v1/service_instances'
const bindingsPath = '/v1/service_bindings'

/** The service instances and bindings of a subaccount. Every method throws StepError. */
export class ServiceInstances {
  readonly #remote: Remote

  constructor(remote: Remote) {
    this.#remote = remote
  }

  async findByLabel(onboardingId: string): Promise<Instance | undefined> {
    const query = new URLSearchParams({ labelQuery: `${ownerLabel} eq ${quoted(onboardingId)}` })
    const { items } = await this.#list(query)
    return items.find((one) => isLabelledFor(one, onboardingId))
  }

  /** What others have in the subaccount beside `own`, over all pages. */
  async others(own: Instance | undefined): Promise<readonly Instance[]> {
    const query = { fieldQuery: `name ne ${quoted(accessInstance)}`, max_items: '200' }
    const found: Instance[] = []
    for (let token: string | undefined = ''; token !== undefined;) {
      const page = await this.#list(new URLSearchParams({ ...query, ...(token !== '' && { token }) }))
      found.push(...page.items)
      token = page.token
    }
    return found.filter(({ id }) => id !== own?.id)
  }

  /** Undefined when it is gone. */
  async get(id: string): Promise<Instance | undefined> {
    const answer = await this.#remote.repeat('GET', `${instancesPath}/${encodeURIComponent(id)}`)
    if (answer.status === 404) return undefined
    if (answer.status !== 200) throw managerRefusal(answer)
    return readAnswer(serviceManager, instanceSchema, answer)
  }

  /**
   * Asks for an instance that gives an operator access. `unknown`: it has to be looked for; `hidden`: the plan is not
   * visible in the subaccount, perhaps not yet.
   */
  async create(name: string, onboardingId: string): Promise<'asked' | 'unknown' | 'hidden'> {
    const answer = await this.#remote.once('POST', `${instancesPath}?async=true`, {
      name,
      service_offering_name: 'service-manager',
      service_plan_name: 'service-operator-access',
      labels: { [ownerLabel]: [onboardingId] },
    })
    if (answer === undefined || answer.status === 409) return 'unknown'
    if (answer.status < 300) return 'asked'
    if ((answer.status === 400 || answer.status === 404) && /plan|offering/i.test(saidOf(answer)))
      return 'hidden'
    throw managerRefusal(answer)
  }

  /** Asks for the deletion; fine when it is gone. */
  async delete(id: string): Promise<void> {
    const path = `${instancesPath}/${encodeURIComponent(id)}?async=true`
    const answer = await this.#remote.repeat('DELETE', path)
    if (answer.status >= 300 && answer.status !== 404) throw managerRefusal(answer)
  }

  async bindings(instance: string): Promise<readonly z.infer<typeof bindingSchema>[]> {
    const query = new URLSearchParams({ fieldQuery: `service_instance_id eq ${quoted(instance)}` })
    const answer = await this.#remote.repeat('GET', `${bindingsPath}?${query.toString()}`)
    if (answer.status !== 200) throw managerRefusal(answer)
    return readAnswer(serviceManager, bindingListSchema, answer).items ?? []
  }

  /** Binds the instance; whether it was done is seen by looking. */
  async bind(instance: string, name: string): Promise<void> {
    const body = { name, service_instance_id: instance }
    const answer = await this.#remote.once('POST', bindingsPath, body)
    if (answer !== undefined && answer.status >= 300 && answer.status !== 409) throw managerRefusal(answer)
  }

  /** They can be read again at any time; undefined while the binding is not ready. */
  async credentials(binding: string): Promise<OperatorCredentials | undefined> {
    const answer = await this.#remote.repeat('GET', `${bindingsPath}/${encodeURIComponent(binding)}`)
    if (answer.status === 404) return undefined
    if (answer.status !== 200) throw managerRefusal(answer)
    const read = z.object({ credentials: credentialsSchema.nullish() })
    return readAnswer(serviceManager, read, answer).credentials ?? undefined
  }

  /** Fine when it is gone. */
  async unbind(binding: string): Promise<void> {
    const answer = await this.#remote.repeat('DELETE', `${bindingsPath}/${encodeURIComponent(binding)}`)
    if (answer.status >= 300 && answer.status !== 404) throw managerRefusal(answer)
  }

  /**
   * Asks for the deletion of all that the operator of a cluster made by this access; gives the path of the operation.
   * It takes the access of a subaccount's administrator, as ours is.
   */
  async deleteCluster(access: string, cluster: string): Promise<string> {
    const path = `/v1/platforms/${encodeURIComponent(access)}/clusters/${encodeURIComponent(cluster)}`
    const answer = await this.#remote.repeat('DELETE', path)
    if (answer.status === 404) return 'gone'
    if (answer.status >= 300) throw managerRefusal(answer)
    return operationOf(answer)
  }

  async #list(query: URLSearchParams): Promise<{ items: readonly Instance[]; token: string | undefined }> {
    const answer = await this.#remote.repeat('GET', `${instancesPath}?${query.toString()}`)
    if (answer.status !== 200) throw managerRefusal(answer)
    const { items, token } = readAnswer(serviceManager, listSchema, answer)
    return { items: items ?? [], token: token === '' ? undefined : token }
  }
}
