import type { Clock } from '../../src/clock.ts'
import { accountsError, type BtpAnswer } from './answer.ts'
import type { BtpFaults } from './faults.ts'
import {
  createSchema,
  isGone,
  newSubaccount,
  shownSubaccount,
  stateOf,
  type Subaccount,
} from './subaccounts.ts'

/** What keeps a subaccount from being deleted: the code and the sentence of the accounts service. */
type Content = readonly [code: number, message: string]

const notFound = (): BtpAnswer => accountsError(404, 20_004, 'Subaccount not found')

const selectorTerm = /^([A-Za-z0-9._-]+)(!?=)([A-Za-z0-9._-]+)$/

/** The accounts service: creation and deletion go through states, one look at a time. */
export class AccountsService {
  readonly #clock: Clock
  readonly #faults: BtpFaults
  readonly #contentOf: (guid: string) => Content | undefined
  readonly #subaccounts = new Map<string, Subaccount>()
  /** What is in a subaccount that the Service Manager does not know, such as subscriptions. */
  readonly content = new Map<string, Content>()

  constructor(options: {
    clock: Clock
    faults: BtpFaults
    contentOf: (guid: string) => Content | undefined
  }) {
    this.#clock = options.clock
    this.#faults = options.faults
    this.#contentOf = options.contentOf
  }

  all(): readonly Subaccount[] {
    return [...this.#subaccounts.values()].filter((one) => !isGone(one))
  }

  /** Makes one as a person would in the cockpit: not by any onboarding. */
  add(subdomain: string): Subaccount {
    const made = this.#keep({ displayName: subdomain, subdomain, region: 'eu10' })
    made.looks = 10
    return made
  }

  create(body: unknown): BtpAnswer {
    const wanted = createSchema.safeParse(body)
    if (!wanted.success) {
      const details = wanted.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
      return accountsError(400, 11_000, 'Request payload is invalid', details)
    }
    const { subdomain, region } = wanted.data
    if (this.#faults.isQuotaUsedUp)
      return accountsError(400, 12_010, 'The quota of subaccounts in this global account is used up')
    const isOwn = this.all().some((one) => one.subdomain === subdomain && one.region === region)
    if (isOwn || this.#faults.takenSubdomains.has(subdomain))
      return accountsError(409, 20_007, `Subdomain ${subdomain} is already in use in region ${region}`)
    const made = this.#keep(wanted.data)
    const headers = { location: `/jobs-management/v1/jobs/${made.job}/status` }
    return { status: 201, body: shownSubaccount(made, this.#faults), headers }
  }

  /** `selector`: `key=value` or `key!=value`, joined with ` AND `. */
  list(selector: string | null): BtpAnswer {
    const terms = (selector ?? '').split(' AND ').filter((term) => term !== '')
    const read = terms.map((term) => selectorTerm.exec(term))
    if (read.includes(null)) return accountsError(400, 12_003, 'The label selector is not valid')
    const matching = this.all().filter((one) =>
      read.every((term) => {
        const [, key = '', operator, value = ''] = term ?? []
        return (one.labels[key]?.includes(value) === true) === (operator === '=')
      }),
    )
    const visible = matching.filter((one) => {
      one.hiddenLists -= 1
      return one.hiddenLists < 0
    })
    return { status: 200, body: { value: visible.map((one) => shownSubaccount(one, this.#faults)) } }
  }

  get(guid: string): BtpAnswer {
    const found = this.find(guid)
    if (found === undefined) return notFound()
    found.looks += 1
    if (found.deletionLooks !== undefined) found.deletionLooks += 1
    return isGone(found) ? notFound() : { status: 200, body: shownSubaccount(found, this.#faults) }
  }

  delete(guid: string, isForced: boolean): BtpAnswer {
    const found = this.find(guid)
    if (found === undefined) return notFound()
    const state = stateOf(found, this.#faults)
    if (state === 'STARTED' || state === 'CREATING')
      return accountsError(409, 20_009, 'The subaccount is being changed by another process')
    if (isForced) return this.#force(found)
    const content = this.#contentOf(guid) ?? this.content.get(guid)
    if (content !== undefined) return accountsError(409, ...content)
    if (!this.#faults.forgetsDeletion) found.deletionLooks ??= 0
    return { status: 200, body: shownSubaccount(found, this.#faults) }
  }

  job(id: string): BtpAnswer {
    const found = this.all().find(({ job }) => job === id)
    if (found === undefined) return accountsError(404, 80_001, 'Job not found')
    const state = stateOf(found, this.#faults)
    const done = state === 'OK' ? 'COMPLETED' : 'IN_PROGRESS'
    return { status: 200, body: { status: state.endsWith('_FAILED') ? 'FAILED' : done } }
  }

  find(guid: string): Subaccount | undefined {
    const found = this.#subaccounts.get(guid)
    return found === undefined || isGone(found) ? undefined : found
  }

  /** Seven days in which it can be restored: until then its subdomain stays taken. */
  #force(found: Subaccount): BtpAnswer {
    if (this.#faults.forbidsForce)
      return accountsError(405, 11_004, 'Forced deletion is not enabled for this global account')
    found.isForced = true
    return { status: 200, body: shownSubaccount(found, this.#faults) }
  }

  #keep(body: object): Subaccount {
    const options = { faults: this.#faults, now: this.#clock.now() }
    const made = newSubaccount(createSchema.parse(body), options)
    this.#subaccounts.set(made.guid, made)
    return made
  }
}
