import { randomBytes, randomUUID } from 'node:crypto'

import { z } from 'zod'

import { type BtpAnswer, managerError } from './answer.ts'
import type { BtpFaults } from './faults.ts'
import type { Operations } from './operations.ts'
import { type Item, listItems } from './queries.ts'

export interface Platform extends Item {
  readonly type: string
  credentials: { username: string; password: string }
}

const createSchema = z.object({
  name: z.string().regex(/^[A-Za-z0-9.-]{1,255}$/),
  type: z.literal('kubernetes'),
  labels: z.record(z.string(), z.array(z.string())).default({}),
})

const newCredentials = (): Platform['credentials'] => ({
  username: randomBytes(32).toString('base64'),
  password: randomBytes(32).toString('base64'),
})

const notFound = (): BtpAnswer => managerError(404, 'NotFound', 'could not find such platform')

/** The platforms of every subaccount. */
export class Platforms {
  readonly #faults: BtpFaults
  readonly #operations: Operations
  readonly #instancesOf: (platform: string) => readonly { readonly id: string }[]
  readonly #removeInstance: (id: string) => void
  readonly #platforms = new Map<string, Platform>()
  /** Platforms whose proxy holds its connection: they cannot be deleted. */
  readonly connected = new Set<string>()

  constructor(options: {
    faults: BtpFaults
    operations: Operations
    instances: {
      readonly onPlatform: (platform: string) => readonly { readonly id: string }[]
      readonly remove: (id: string) => void
    }
  }) {
    this.#faults = options.faults
    this.#operations = options.operations
    this.#instancesOf = options.instances.onPlatform
    this.#removeInstance = options.instances.remove
  }

  all(): readonly Platform[] {
    return [...this.#platforms.values()]
  }

  of(subaccount: string): readonly Platform[] {
    return this.all().filter((one) => one.subaccount === subaccount)
  }

  create(subaccount: string, body: unknown): BtpAnswer {
    const wanted = createSchema.safeParse(body)
    if (!wanted.success) return managerError(400, 'BadRequest', wanted.error.issues[0]?.message ?? 'invalid')
    if (this.#faults.failsPlatforms)
      return managerError(400, 'BadRequest', 'platform registration is disabled for this subaccount')
    const { name, type, labels } = wanted.data
    // Names are unique in the region, over all subaccounts.
    if (this.all().some((one) => one.name === name))
      return managerError(409, 'Conflict', 'found conflicting /v1/platforms')
    const id = randomUUID()
    const made = { id, name, type, subaccount, labels, credentials: newCredentials() }
    this.#platforms.set(id, made)
    return { status: 201, body: this.#shown(made, true) }
  }

  list(subaccount: string, query: URLSearchParams): BtpAnswer {
    return listItems(this.of(subaccount), query, (one) => this.#shown(one, false))
  }

  get(subaccount: string, id: string): BtpAnswer {
    const found = this.#find(subaccount, id)
    return found === undefined ? notFound() : { status: 200, body: this.#shown(found, false) }
  }

  change(subaccount: string, id: string, regenerates: boolean): BtpAnswer {
    const found = this.#find(subaccount, id)
    if (found === undefined) return notFound()
    if (regenerates) found.credentials = newCredentials()
    return { status: 200, body: this.#shown(found, regenerates) }
  }

  delete(subaccount: string, id: string, cascades: boolean): BtpAnswer {
    if (this.#find(subaccount, id) === undefined) return notFound()
    if (this.#isConnected(id))
      return managerError(422, 'UnprocessableEntity', 'Platform is active and cannot be deleted')
    const instances = this.#instancesOf(id)
    if (cascades) {
      return this.#operations.begin(`/v1/platforms/${id}`, 'delete', () => {
        for (const one of instances) this.#removeInstance(one.id)
        this.#platforms.delete(id)
      })
    }
    if (instances.length > 0)
      return managerError(409, 'ExistingReferenceEntity', 'the platform has service instances')
    this.#platforms.delete(id)
    return { status: 200, body: {} }
  }

  #isConnected(id: string): boolean {
    this.#faults.connectedDeletions -= 1
    return this.#faults.connectedDeletions >= 0 || this.connected.has(id)
  }

  #find(subaccount: string, id: string): Platform | undefined {
    return this.of(subaccount).find((one) => one.id === id)
  }

  #shown({ id, name, type, subaccount, labels, credentials }: Platform, isNew: boolean): object {
    return {
      id,
      name,
      type,
      ready: true,
      labels: { ...labels, subaccount_id: [subaccount] },
      // Shown once; afterwards they can only be made anew.
      ...(isNew && { credentials: { basic: credentials } }),
    }
  }
}
