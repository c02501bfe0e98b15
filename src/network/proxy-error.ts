import { wordsOf } from './error-words.ts'

/** What names a proxy: variables of the environment, or the kubeconfig of one cluster. */
export type ProxySetting = 'environment' | 'kubeconfig'

/** A proxy on the way. */
export interface ProxyPlace {
  /** Its host and port: an address may hold its password. */
  readonly proxy: string
  readonly setting: ProxySetting
}

/** A proxy on the way that cannot be reached (then its cause says why), or that did not let a call through. */
export class ProxyError extends Error implements ProxyPlace {
  override readonly name = 'ProxyError'
  readonly proxy: string
  readonly setting: ProxySetting
  /** Of its answer, where it gave one. */
  readonly status: number | undefined

  constructor(at: ProxyPlace, options: { status?: number; cause?: unknown }) {
    const { status, cause } = options
    super(`the proxy ${at.proxy} ${status === undefined ? 'cannot be reached' : `refused (${status})`}`, {
      cause,
    })
    this.proxy = at.proxy
    this.setting = at.setting
    this.status = status
  }
}

/** Causes lie no deeper, and may lead in a circle. */
const deepest = 5

/** The proxy that an error speaks of, itself or by what caused it. */
export const proxyErrorIn = (error: unknown, depth = 0): ProxyError | undefined => {
  if (error instanceof ProxyError) return error
  return error instanceof Error && depth < deepest ? proxyErrorIn(error.cause, depth + 1) : undefined
}

const messagesOf = (error: unknown, depth = 0): readonly string[] =>
  error instanceof Error && depth < deepest ? [error.message, ...messagesOf(error.cause, depth + 1)] : []

/** As undici says it, Node's own too: of a tunnel, and of what is forwarded. */
const refusedWith = /^Proxy response \((\d{3})\) !== 200|^Proxy Authentication Required \((407)\)$/m
const noConnection =
  /^(?:ECONN\w+|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/

/** The proxy's refusal, where a client tells the status and names nobody; any other error is given back as it is. */
export const refusalOr = (error: Error, place: ProxyPlace): Error => {
  const status = refusedWith
    .exec(messagesOf(error).join('\n'))
    ?.slice(1)
    .find((group) => group !== undefined)
  return status === undefined ? error : new ProxyError(place, { status: Number(status), cause: error })
}

/** What a client that names no proxy says of the one that it goes by; any other error is given back as it is. */
export const toldOfProxy = (error: unknown, place: ProxyPlace): unknown => {
  const told = error instanceof Error ? refusalOr(error, place) : error
  const isLost = wordsOf(error).some((word) => noConnection.test(word))
  return told === error && isLost ? new ProxyError(place, { cause: error }) : told
}
