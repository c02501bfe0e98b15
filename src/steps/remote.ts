import { type Answer, type Call, callOnce, type Caller, callRepeatedly } from './http.ts'
import { PassingError, retrying } from './retrying.ts'
import { type Client, Tokens } from './token.ts'

type Method = Call['method']

interface Asked {
  readonly method: Method
  readonly path: string
  readonly body: object | undefined
}

/** A service that is called with a token; one that is refused is renewed, once. Every method throws StepError. */
export class Remote {
  readonly #what: string
  readonly #url: string
  readonly #caller: Caller
  readonly #tokens: Tokens
  readonly #whyPassing: (answer: Answer) => string | undefined

  constructor(options: {
    client: Client
    url: string
    caller: Caller
    /** Why an answer of this service passes, beside those that pass everywhere: it was not carried out. */
    whyPassing: (answer: Answer) => string | undefined
  }) {
    this.#what = options.client.what
    this.#url = options.url.replace(/\/$/, '')
    this.#caller = options.caller
    this.#tokens = new Tokens(options.client, options.caller)
    this.#whyPassing = options.whyPassing
  }

  /** A call that may be repeated. */
  repeat(method: Method, path: string, body?: object): Promise<Answer> {
    return this.#untilTaken(callRepeatedly, { method, path, body })
  }

  /** A call that must not be repeated blindly; undefined when it is not known whether it was carried out. */
  once(method: Method, path: string, body?: object): Promise<Answer | undefined> {
    return this.#untilTaken(callOnce, { method, path, body })
  }

  #untilTaken<T extends Answer | undefined>(
    send: (what: string, call: Call, caller: Caller) => Promise<T>,
    asked: Asked,
  ): Promise<T> {
    return retrying(
      this.#what,
      async () => {
        const answer = await this.#renewing((call) => send(this.#what, call, this.#caller), asked)
        const why = answer && this.#whyPassing(answer)
        if (why !== undefined) throw new PassingError(why)
        return answer
      },
      this.#caller,
    )
  }

  async #renewing<T extends Answer | undefined>(send: (call: Call) => Promise<T>, asked: Asked): Promise<T> {
    const first = await send(await this.#call(asked))
    if (first?.status !== 401) return first
    this.#tokens.drop()
    return send(await this.#call(asked))
  }

  async #call({ method, path, body }: Asked): Promise<Call> {
    return {
      method,
      url: `${this.#url}${path}`,
      headers: {
        authorization: `Bearer ${await this.#tokens.get()}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }
  }
}
