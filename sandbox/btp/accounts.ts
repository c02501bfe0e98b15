import { randomUUID } from 'node:crypto'

import { z } from 'zod'

import type { Clock } from '../../src/clock.ts'
import type { BtpFaults } from './faults.ts'
import type { Platforms } from './platforms.ts'

export interface Subaccount {
  readonly guid: string
  readonly displayName: string
  readonly subdomain: string
  readonly region: string
  readonly labels: Readonly<Record<string, readonly string[]>>
  readonly createdAt: number
  deletedAt: number | undefined
  isFailed: boolean
}

export interface BtpAnswer {
  readonly status: number
  readonly body?: unknown
}

const createSchema = z.object({
  displayName: z.string().min(1).max(255),
  subdomain: z.string().regex(/^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/),
  region: z.string(),
  labels: z.record(z.string().max(63), z.array(z.string().max(63)).max(10)).default({}),
})

const problem = (status: number, code: number, message: string): BtpAnswer => ({
  status,
  body: { error: { code, message, target: '', correlationID: randomUUID() } },
})

/** How long creating and deleting takes, in milliseconds. */
const creatingMs = 150
const deletingMs = 100

/** The accounts service: creation and deletion take their time, and go through states. */
export class AccountsService {
  readonly #clock: Clock
  readonly #faults: BtpFaults
  readonly #platforms: Platforms
  readonly #subaccounts = new Map<string, Subaccount>()

  constructor(options: { clock: Clock; faults: BtpFaults; platforms: Platforms }) {
    this.#clock = options.clock
    this.#faults = options.faults
    this.#platforms = options.platforms
  }

  all(): readonly Subaccount[] {
    return [...this.#subaccounts.values()].filter((one) => !this.#isGone(one))
  }

  /** Makes one as a person would in the cockpit: not by any onboarding. */
  add(subdomain: string): Subaccount {
    const made: Subaccount = {
      guid: randomUUID(),
      displayName: subdomain,
      subdomain,
      region: 'eu10',
      labels: {},
      createdAt: this.#clock.now(),
      deletedAt: undefined,
      isFailed: false,
    }
    this.#subaccounts.set(made.guid, made)
    return made
  }

  create(body: unknown): BtpAnswer {
    const wanted = createSchema.safeParse(body)
    if (!wanted.success) return problem(400, 20002, wanted.error.issues[0]?.message ?? 'invalid')
    const { subdomain, region } = wanted.data
    const isTaken = this.all().some((one) => one.subdomain === subdomain && one.region === region)
    if (isTaken || this.#faults.takenSubdomains.has(subdomain)) {
      return problem(409, 20007, `Subdomain ${subdomain} is already in use`)
    }
    const made: Subaccount = {
      ...wanted.data,
      guid: randomUUID(),
      createdAt: this.#clock.now(),
      deletedAt: undefined,
      isFailed: this.#faults.failsCreation,
    }
    this.#subaccounts.set(made.guid, made)
    return { status: 201, body: this.#shown(made) }
  }

  list(selector: string | null): BtpAnswer {
    const [key = '', value = ''] = (selector ?? '').split('=')
    const matching = this.all().filter(
      (one) => selector === null || one.labels[key]?.includes(value) === true,
    )
    return { status: 200, body: { value: matching.map((one) => this.#shown(one)) } }
  }

  get(guid: string): BtpAnswer {
    const found = this.#find(guid)
    return found === undefined
      ? problem(404, 20004, 'Subaccount not found')
      : { status: 200, body: this.#shown(found) }
  }

  delete(guid: string): BtpAnswer {
    const found = this.#find(guid)
    if (found === undefined) return problem(404, 20004, 'Subaccount not found')
    if (this.#platforms.of(guid).length > 0)
      return problem(409, 70014, 'There are active Service Manager resources')
    if (this.#platforms.hasBinding(guid)) return problem(409, 70011, 'There are active service instances')
    if (!this.#faults.forgetsDeletion) found.deletedAt ??= this.#clock.now()
    return { status: 200, body: this.#shown(found) }
  }

  exists(guid: string): boolean {
    return this.#find(guid) !== undefined
  }

  #find(guid: string): Subaccount | undefined {
    const found = this.#subaccounts.get(guid)
    return found === undefined || this.#isGone(found) ? undefined : found
  }

  #isGone({ deletedAt }: Subaccount): boolean {
    return deletedAt !== undefined && this.#clock.now() - deletedAt > deletingMs
  }

  #state({ createdAt, deletedAt, isFailed }: Subaccount): string {
    if (deletedAt !== undefined) return 'DELETING'
    const age = this.#clock.now() - createdAt
    if (age < creatingMs / 3) return 'STARTED'
    if (age < creatingMs) return 'CREATING'
    return isFailed ? 'CREATION_FAILED' : 'OK'
  }

  #shown(one: Subaccount): object {
    const { guid, displayName, subdomain, region, labels } = one
    const state = this.#state(one)
    const stateMessage = state === 'CREATION_FAILED' ? 'The tenant could not be created' : `State is ${state}`
    return {
      guid,
      technicalName: guid,
      displayName,
      subdomain,
      region,
      labels,
      state,
      stateMessage,
      betaEnabled: false,
    }
  }
}
