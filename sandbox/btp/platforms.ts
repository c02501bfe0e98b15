import { randomBytes, randomUUID } from 'node:crypto'

import { z } from 'zod'

import type { BtpAnswer } from './accounts.ts'
import type { BtpFaults } from './faults.ts'

export interface Platform {
  readonly id: string
  readonly name: string
  readonly subaccount: string
  readonly labels: Readonly<Record<string, readonly string[]>>
  credentials: { username: string; password: string }
}

const createSchema = z.object({
  name: z.string().regex(/^[A-Za-z0-9.-]{1,255}$/),
  type: z.literal('kubernetes'),
  labels: z.record(z.string(), z.array(z.string())).default({}),
})

const credentials = (): Platform['credentials'] => ({
  username: randomBytes(32).toString('base64'),
  password: randomBytes(32).toString('base64'),
})

const problem = (status: number, error: string, description: string): BtpAnswer => ({
  status,
  body: { error, description },
})

/** The Service Manager of every subaccount: access to it, platforms, and what uses them. */
export class Platforms {
  readonly #faults: BtpFaults
  readonly #platforms = new Map<string, Platform>()
  readonly #bindings = new Map<string, { clientid: string; clientsecret: string }>()
  /** Service instances by platform. */
  readonly instances = new Map<string, string[]>()

  constructor(faults: BtpFaults) {
    this.#faults = faults
  }

  all(): readonly Platform[] {
    return [...this.#platforms.values()]
  }

  of(subaccount: string): readonly Platform[] {
    return this.all().filter((one) => one.subaccount === subaccount)
  }

  hasBinding(subaccount: string): boolean {
    return this.#bindings.has(subaccount)
  }

  /** The subaccount that a client may manage. */
  ownerOf(clientId: string, clientSecret: string): string | undefined {
    return [...this.#bindings].find(
      ([, one]) => one.clientid === clientId && one.clientsecret === clientSecret,
    )?.[0]
  }

  bind(
    subaccount: string,
    shown: (binding: { clientid: string; clientsecret: string }) => object,
  ): BtpAnswer {
    if (this.#bindings.has(subaccount)) {
      return { status: 409, body: { error: { code: 20048, message: 'A service management binding exists' } } }
    }
    const made = {
      clientid: `sb-${randomUUID()}!b1|service-manager!b2`,
      clientsecret: randomBytes(24).toString('base64'),
    }
    this.#bindings.set(subaccount, made)
    return { status: 201, body: shown(made) }
  }

  binding(subaccount: string): { clientid: string; clientsecret: string } | undefined {
    return this.#bindings.get(subaccount)
  }

  unbind(subaccount: string): BtpAnswer {
    return this.#bindings.delete(subaccount) ? { status: 200, body: {} } : { status: 404, body: {} }
  }

  create(subaccount: string, body: unknown): BtpAnswer {
    const wanted = createSchema.safeParse(body)
    if (!wanted.success) return problem(400, 'BadRequest', wanted.error.issues[0]?.message ?? 'invalid')
    if (this.#faults.failsPlatforms)
      return problem(400, 'BadRequest', 'platform registration is disabled for this subaccount')
    const { name, labels } = wanted.data
    if (this.all().some((one) => one.name === name))
      return problem(409, 'Conflict', 'found conflicting platform')
    const made: Platform = { id: randomUUID(), name, subaccount, labels, credentials: credentials() }
    this.#platforms.set(made.id, made)
    return { status: 201, body: this.#shown(made, true) }
  }

  list(subaccount: string, query: string | null): BtpAnswer {
    const [, key = '', value = ''] = /^(\w+) eq '([^']*)'$/.exec(query ?? '') ?? []
    const items = this.of(subaccount).filter(
      (one) => query === null || one.labels[key]?.includes(value) === true,
    )
    return {
      status: 200,
      body: { num_items: items.length, items: items.map((one) => this.#shown(one, false)) },
    }
  }

  regenerate(id: string): BtpAnswer {
    const found = this.#platforms.get(id)
    if (found === undefined) return problem(404, 'NotFound', 'could not find such platform')
    found.credentials = credentials()
    return { status: 200, body: this.#shown(found, true) }
  }

  delete(id: string): BtpAnswer {
    if ((this.instances.get(id)?.length ?? 0) > 0) {
      return problem(409, 'ExistingReferenceEntity', 'the platform has service instances')
    }
    return this.#platforms.delete(id)
      ? { status: 200, body: {} }
      : problem(404, 'NotFound', 'could not find such platform')
  }

  instancesOf(query: string | null): BtpAnswer {
    const id = /^platform_id eq '([^']*)'$/.exec(query ?? '')?.[1] ?? ''
    const names = this.instances.get(id) ?? []
    return {
      status: 200,
      body: {
        num_items: names.length,
        items: names.slice(0, 10).map((name) => ({ id: randomUUID(), name })),
      },
    }
  }

  #shown({ id, name, labels, credentials: basic }: Platform, withCredentials: boolean): object {
    return {
      id,
      name,
      type: 'kubernetes',
      ready: true,
      labels,
      ...(withCredentials && { credentials: { basic } }),
    }
  }
}
