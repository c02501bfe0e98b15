import { inspect } from 'node:util'

const hidden = '[secret]'

/** A secret that shows itself nowhere unless it is asked to. */
export class Secret {
  readonly #value: string
  /** The variable that it was given by, itself or by the file that it names. */
  readonly from: string

  constructor(value: string, from: string) {
    this.#value = value
    this.from = from
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return hidden
  }

  toJSON(): string {
    return hidden
  }

  [inspect.custom](): string {
    return hidden
  }
}
