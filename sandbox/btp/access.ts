import { randomBytes, randomUUID } from 'node:crypto'

import { accountsError, type BtpAnswer } from './answer.ts'

interface Access {
  readonly name: string
  readonly clientid: string
  readonly clientsecret: string
  readonly xsappname: string
}

/** The name of the one binding that the first version of the API has. */
const singleton = ''

/** Access to the Service Managers of subaccounts: one binding by the first version of the API, several by the second. */
export class ManagerAccess {
  readonly #bindings = new Map<string, Map<string, Access>>()
  readonly #addressOf: (guid: string) => object

  constructor(addressOf: (guid: string) => object) {
    this.#addressOf = addressOf
  }

  /** Whether a client is one of this subaccount. */
  knows(guid: string, id: string, secret: string): boolean {
    return [...(this.#bindings.get(guid)?.values() ?? [])].some(
      ({ clientid, clientsecret }) => clientid === id && clientsecret === secret,
    )
  }

  has(guid: string): boolean {
    return (this.#bindings.get(guid)?.size ?? 0) > 0
  }

  create(guid: string, name = singleton): BtpAnswer {
    const own = this.#bindings.get(guid) ?? new Map<string, Access>()
    if (own.has(name)) return accountsError(409, 20_048, 'A service management binding exists already')
    const app = `${randomUUID()}!b55|service-manager!b99`
    const clientsecret = randomBytes(24).toString('base64')
    const made = { name, clientid: `sb-${app}`, clientsecret, xsappname: app }
    own.set(name, made)
    this.#bindings.set(guid, own)
    return { status: 201, body: this.#shown(guid, made) }
  }

  get(guid: string, name = singleton): BtpAnswer {
    const found = this.#bindings.get(guid)?.get(name)
    if (found === undefined) return accountsError(404, 20_002, 'Binding not found')
    return { status: 200, body: this.#shown(guid, found) }
  }

  list(guid: string): BtpAnswer {
    const named = [...(this.#bindings.get(guid)?.values() ?? [])].filter(({ name }) => name !== singleton)
    if (named.length === 0) return accountsError(404, 20_002, 'Binding not found')
    return { status: 200, body: { items: named.map((one) => this.#shown(guid, one)) } }
  }

  delete(guid: string, name = singleton): BtpAnswer {
    const isThere = this.#bindings.get(guid)?.delete(name) === true
    return isThere ? { status: 200, body: {} } : accountsError(404, 20_002, 'Binding not found')
  }

  #shown(guid: string, { name, ...access }: Access): object {
    return { ...access, ...this.#addressOf(guid), ...(name !== singleton && { name }) }
  }
}
