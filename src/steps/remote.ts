import { type Answer, type Call, callOnce, type Caller, callRepeatedly } from './http.ts'
import { PassingError, retrying } from './retrying.ts'
import { type Client, Tokens } from './token.ts'

type Method = Call['method']

/** A service that is called with a token; one that is refused is renewed, once. Every method throws StepError. */
export class Remote {
  readonly #what: string
  readonly #url: string
  readonly #caller: Caller
  readonly #tokens: Tokens
  readonly #isPassing: (answer: Answer) => boolean

  constructor(options: {
    client: Client
    url: string
    caller: Caller
    /** Answers of this service that pass, beside those that pass everywhere. */
    isPassing?: (answer: Answer) => boolean
  }) {
    this.#what = options.client.what
    this.#url = options.url.replace(/\/$/, '')
    this.#caller = options.caller
    this.#tokens = new Tokens(options.client, options.caller)
    this.#isPassing = options.isPassing ?? (() => false)
  }

  /** A call that may be repeated. */
  repeat(method: Method, path: string, body?: object): Promise<Answer> {
    return retrying(
      this.#what,
      async () => {
        const answer = await this.#renewing((call) => callRepeatedly(this.#what, call, this.#caller), {
          method,
          path,
          body,
        })
        if (this.#isPassing(answer)) throw new PassingError(`it answers HTTP ${answer.status}`)
        return answer
      },
      this.#caller,
    )
  }

  /** A call that must not be repeated blindly; undefined when it is not known whether it was carried out. */
  once(method: Method, path: string, body?: object): Promise<Answer | undefined> {
    return this.#renewing((call) => callOnce(this.#what, call, this.#caller), { method, path, body })
  }

  async #renewing<T extends Answer | undefined>(
    send: (call: Call) => Promise<T>,
    asked: { method: Method; path: string; body: object | undefined },
  ): Promise<T> {
    const first = await send(await this.#call(asked))
    if (first?.status !== 401) return first
    this.#tokens.drop()
    return send(await this.#call(asked))
  }

  async #call({
    method,
    path,
    body,
  }: {
    method: Method
    path: string
    body: object | undefined
  }): Promise<Call> {
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
