import { randomUUID } from 'node:crypto'

import { type BtpAnswer, managerError } from './answer.ts'
import type { BtpFaults } from './faults.ts'

interface Operation {
  readonly id: string
  readonly resource: string
  readonly type: 'create' | 'delete'
  readonly finish: () => void
  looksLeft: number
  hasFailed: boolean | undefined
}

/** The Service Manager's operations: in progress for two looks, then done, or failed. */
export class Operations {
  readonly #faults: BtpFaults
  readonly #all = new Map<string, Operation>()

  constructor(faults: BtpFaults) {
    this.#faults = faults
  }

  /** Answers 202 with the address to look at; `finish` happens when the operation is done. */
  begin(resource: string, type: Operation['type'], finish: () => void): BtpAnswer {
    const running = [...this.#all.values()].find((one) => one.resource === resource && one.looksLeft > 0)
    const operation = running ?? {
      id: randomUUID(),
      resource,
      type,
      finish,
      looksLeft: 2,
      hasFailed: undefined,
    }
    this.#all.set(operation.id, operation)
    return { status: 202, body: {}, headers: { location: `${resource}/operations/${operation.id}` } }
  }

  get(id: string): BtpAnswer {
    const found = this.#all.get(id)
    const shown = found && this.#look(found)
    // The operation goes with what it deleted.
    if (shown === undefined) return managerError(404, 'NotFound', 'could not find such operation')
    return { status: 200, body: shown }
  }

  /** The last operation on something, as it stands in it; undefined where there is none, or it is gone with it. */
  lastOf(resource: string): object | undefined {
    const last = [...this.#all.values()].findLast((one) => one.resource === resource)
    return last && this.#look(last)
  }

  #look(found: Operation): object | undefined {
    found.looksLeft -= 1
    if (found.looksLeft > 0) return this.#shown(found, 'in progress')
    found.hasFailed ??= this.#faults.failsOperations
    if (found.hasFailed) {
      const errors = { error: 'BrokerError', description: 'the broker could not do it.' }
      return { ...this.#shown(found, 'failed'), errors }
    }
    if (found.looksLeft === 0) found.finish()
    return found.type === 'delete' ? undefined : this.#shown(found, 'succeeded')
  }

  #shown({ id, type, resource }: Operation, state: string): object {
    const at = resource.lastIndexOf('/')
    const [kind, of] = [resource.slice(0, at), resource.slice(at + 1)]
    return {
      id,
      ready: true,
      type,
      state,
      resource_id: of,
      resource_type: kind,
      correlation_id: randomUUID(),
    }
  }
}
