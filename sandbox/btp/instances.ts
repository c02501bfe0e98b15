import { randomBytes, randomUUID } from 'node:crypto'

import { z } from 'zod'

import { type BtpAnswer, managerError } from './answer.ts'
import type { BtpFaults } from './faults.ts'
import type { Operations } from './operations.ts'
import { type Item, listItems } from './queries.ts'

export interface Instance extends Item {
  /** Where it was made: `service-manager`, or a platform's id. */
  readonly platform_id: string
  readonly plan: string
  isReady: boolean
}

interface Binding extends Item {
  readonly service_instance_id: string
  readonly credentials: object
}

const labels = z.record(z.string(), z.array(z.string())).default({})
const instanceSchema = z.object({
  name: z.string().min(1),
  service_offering_name: z.string(),
  service_plan_name: z.string(),
  labels,
})
const bindingSchema = z.object({ name: z.string().min(1), service_instance_id: z.string(), labels })

const missing = (what: string): BtpAnswer => managerError(404, 'NotFound', `could not find such ${what}`)

/** The service instances and bindings of every subaccount. */
export class Instances {
  readonly #faults: BtpFaults
  readonly #operations: Operations
  readonly #addressOf: (subaccount: string) => object
  readonly #instances = new Map<string, Instance>()
  readonly #bindings = new Map<string, Binding>()

  constructor(options: {
    faults: BtpFaults
    operations: Operations
    addressOf: (subaccount: string) => object
  }) {
    this.#faults = options.faults
    this.#operations = options.operations
    this.#addressOf = options.addressOf
  }

  all(): readonly Instance[] {
    return [...this.#instances.values()]
  }

  of(subaccount: string): readonly Instance[] {
    return this.all().filter((one) => one.subaccount === subaccount)
  }

  onPlatform(platform: string): readonly Instance[] {
    return this.all().filter((one) => one.platform_id === platform)
  }

  /** Those that give an operator access: what platforms are to a proxy. */
  access(): readonly Instance[] {
    return this.all().filter(({ plan }) => plan === 'service-operator-access')
  }

  bindings(): readonly Binding[] {
    return [...this.#bindings.values()]
  }

  /** Makes an instance as a product team would, on a platform or in the cockpit. */
  add(subaccount: string, name: string, platform = 'service-manager'): Instance {
    const id = randomUUID()
    const made = { id, name, subaccount, labels: {}, platform_id: platform, plan: 'standard', isReady: true }
    this.#instances.set(id, made)
    return made
  }

  /** Makes an instance as the operator of a cluster would, by the access that it was given. */
  addByOperator(subaccount: string, name: string, cluster: string): Instance {
    const access = this.access().find((one) => one.subaccount === subaccount)
    const labels = { _clusterid: [cluster], _namespace: ['shop'], _k8sname: [name] }
    const made = { ...this.add(subaccount, name, access?.id), labels }
    this.#instances.set(made.id, made)
    return made
  }

  remove(id: string): void {
    this.#instances.delete(id)
    for (const one of this.bindings()) if (one.service_instance_id === id) this.#bindings.delete(one.id)
  }

  create(subaccount: string, body: unknown, isAsync: boolean): BtpAnswer {
    const wanted = instanceSchema.safeParse(body)
    if (!wanted.success) return managerError(400, 'BadRequest', wanted.error.issues[0]?.message ?? 'invalid')
    const { name, service_plan_name: plan, service_offering_name: offering } = wanted.data
    this.#faults.hiddenPlanCalls -= 1
    if (this.#faults.hiddenPlanCalls >= 0 || offering !== 'service-manager')
      return managerError(
        400,
        'BadRequest',
        `no plan ${plan} of the service offering ${offering} is available`,
      )
    if (this.of(subaccount).some((one) => one.name === name))
      return managerError(409, 'Conflict', 'instance with same name exists for the current tenant')
    const made = { ...this.add(subaccount, name), plan, labels: wanted.data.labels, isReady: !isAsync }
    this.#instances.set(made.id, made)
    if (!isAsync) return { status: 201, body: this.#shown(made) }
    return this.#operations.begin(`/v1/service_instances/${made.id}`, 'create', () => {
      made.isReady = true
    })
  }

  list(subaccount: string, query: URLSearchParams): BtpAnswer {
    return listItems(this.of(subaccount), query, (one) => this.#shown(one))
  }

  get(subaccount: string, id: string): BtpAnswer {
    const found = this.of(subaccount).find((one) => one.id === id)
    return found === undefined ? missing('service_instance') : { status: 200, body: this.#shown(found) }
  }

  delete(subaccount: string, id: string, isAsync: boolean): BtpAnswer {
    if (!this.of(subaccount).some((one) => one.id === id)) return missing('service_instance')
    const bound = this.bindings().filter((one) => one.service_instance_id === id).length
    if (bound > 0)
      return managerError(400, 'BadRequest', `could not delete instance due to ${bound} existing bindings`)
    if (isAsync) {
      return this.#operations.begin(`/v1/service_instances/${id}`, 'delete', () => {
        this.remove(id)
      })
    }
    this.remove(id)
    return { status: 200, body: {} }
  }

  /** Takes away all that the operator of a cluster made by this access, with its bindings. */
  deleteCluster(subaccount: string, access: string, cluster: string): BtpAnswer {
    const made = this.of(subaccount).filter(
      ({ platform_id: platform, labels }) =>
        platform === access && labels['_clusterid']?.includes(cluster) === true,
    )
    if (made.length === 0) return missing('cluster')
    return this.#operations.begin(`/v1/platforms/${access}`, 'delete', () => {
      for (const { id } of made) this.remove(id)
    })
  }

  bind(subaccount: string, body: unknown): BtpAnswer {
    const wanted = bindingSchema.safeParse(body)
    if (!wanted.success) return managerError(400, 'BadRequest', wanted.error.issues[0]?.message ?? 'invalid')
    const { name, service_instance_id: instance } = wanted.data
    if (!this.of(subaccount).some((one) => one.id === instance && one.isReady))
      return missing('service_instance')
    if (this.bindings().some((one) => one.name === name && one.service_instance_id === instance))
      return managerError(409, 'Conflict', `binding with same name exists for instance with id ${instance}`)
    const app = `${randomUUID()}!b55|service-manager!b99`
    const client = { clientid: `sb-${app}`, clientsecret: randomBytes(24).toString('base64'), xsappname: app }
    const credentials = { ...client, ...this.#addressOf(subaccount) }
    const made = { ...wanted.data, id: randomUUID(), subaccount, credentials }
    this.#bindings.set(made.id, made)
    return { status: 201, body: this.#shownBinding(made, true) }
  }

  listBindings(subaccount: string, query: URLSearchParams): BtpAnswer {
    const own = this.bindings().filter((one) => one.subaccount === subaccount)
    return listItems(own, query, (one) => this.#shownBinding(one, false))
  }

  getBinding(subaccount: string, id: string): BtpAnswer {
    const found = this.#bindings.get(id)
    if (found?.subaccount !== subaccount) return missing('service_binding')
    return { status: 200, body: this.#shownBinding(found, true) }
  }

  unbind(subaccount: string, id: string): BtpAnswer {
    if (this.#bindings.get(id)?.subaccount !== subaccount) return missing('service_binding')
    this.#bindings.delete(id)
    return { status: 200, body: {} }
  }

  #shown(one: Instance): object {
    // A look moves the operation on, and may make it ready.
    const last = this.#operations.lastOf(`/v1/service_instances/${one.id}`)
    return {
      id: one.id,
      name: one.name,
      ready: one.isReady,
      platform_id: one.platform_id,
      labels: { ...one.labels, subaccount_id: [one.subaccount] },
      ...(last !== undefined && { last_operation: last }),
    }
  }

  #shownBinding({ credentials, subaccount: _subaccount, ...rest }: Binding, isWhole: boolean): object {
    return { ...rest, ready: true, ...(isWhole && { credentials }) }
  }
}
