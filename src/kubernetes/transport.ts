import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent, type RequestOptions } from 'node:https'
import { isDeepStrictEqual } from 'node:util'

import type { KubeConfig, SecurityAuthentication } from '@kubernetes/client-node'
import type { Dispatcher } from 'undici'
import type { WebSocket } from 'ws'

import { createEnvironmentProxyAgent, createProxyAgent } from '../network/proxy-agents.ts'
import { RemoteError } from '../onboarding/ports/remote-error.ts'
import { remoteError } from './errors.ts'

/** The variables that name a proxy, such as HTTPS_PROXY and NO_PROXY. */
export type ProxyEnvironment = Readonly<Record<string, string>>

/** A call that is not answered by then counts as unanswered (milliseconds). */
const usualCallMs = 10_000
const connectMs = 5_000
/** Calls to one Kubernetes API at the same time; the others wait their turn. */
const connections = 10
/** A refusal is one Status object; more of the answer is of no use (characters). */
const longestRefusal = 4_096

type Tls = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'rejectUnauthorized' | 'servername'>

interface Signed {
  readonly tls: Tls
  readonly headers: Readonly<Record<string, string>>
  readonly agent: RequestOptions['agent']
}

interface SocketOptions {
  /** What an error says was tried. */
  readonly what: string
  readonly protocols: readonly string[]
  readonly prepare: (socket: WebSocket) => void
}

const present = <T extends object>(value: T): T =>
  Object.assign({}, ...Object.entries(value).map(([name, one]) => (one === undefined ? {} : { [name]: one })))

// Certificates, tokens and the answers of plug-ins are read for each call: what was renewed on disk counts at once.
const sign = async (config: KubeConfig): Promise<Signed> => {
  const options: RequestOptions = {}
  await config.applyToHTTPSOptions(options)
  const { ca, cert, key, passphrase, rejectUnauthorized, servername, auth, headers, agent } = options
  const basic = typeof auth === 'string' ? `Basic ${Buffer.from(auth).toString('base64')}` : undefined
  const given = Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)])
  return {
    tls: present({ ca, cert, key, passphrase, rejectUnauthorized, servername }),
    headers: { ...Object.fromEntries(given), ...(basic !== undefined && { Authorization: basic }) },
    agent,
  }
}

// A plug-in may wait for somebody who is not there.
const inTime = async (signing: Promise<Signed>, callMs: number): Promise<Signed> => {
  const late = new RemoteError(
    `Kubernetes: the sign-in of the kubeconfig takes longer than ${callMs / 1_000} s`,
    {
      code: 'unreachable',
    },
  )
  let timer: NodeJS.Timeout | undefined
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late), callMs)
  })
  try {
    return await Promise.race([signing, end])
  } finally {
    clearTimeout(timer)
  }
}

const createDispatcher = (tls: Tls, proxyUrl: string | undefined, callMs: number): Dispatcher => {
  const connect = { ...tls, timeout: connectMs, allowH2: false }
  const settings = { connect, requestTls: connect, connections, headersTimeout: callMs, bodyTimeout: callMs }
  return proxyUrl === undefined
    ? createEnvironmentProxyAgent(settings)
    : createProxyAgent({ ...settings, uri: proxyUrl })
}

/** For Node's agent, which reads the variables more narrowly: a WebSocket has to go the way that the calls go. */
const asUndiciReads = (proxies: ProxyEnvironment): Record<string, string> => {
  const valueOf = (name: string): string | undefined => proxies[name.toLowerCase()] ?? proxies[name]
  const proxy = valueOf('HTTPS_PROXY') ?? valueOf('HTTP_PROXY')
  const direct = (valueOf('NO_PROXY') ?? '').split(/[,\s]+/).filter((entry) => entry !== '')
  const withSubdomains = direct.flatMap((entry) => (/^[*.]/.test(entry) ? entry : [entry, `.${entry}`]))
  return { NO_PROXY: withSubdomains.join(), ...(proxy !== undefined && { HTTPS_PROXY: proxy }) }
}

/** The server's own sentence, where it refuses a WebSocket. */
const hearRefusal = (socket: WebSocket, refused: (error: unknown) => void): void => {
  socket.on('unexpected-response', (request, response) => {
    let body = ''
    response.setEncoding('utf8')
    response.on('data', (text: string) => {
      body = `${body}${text}`.slice(0, longestRefusal)
    })
    response.on('close', () => {
      refused({ code: response.statusCode ?? 0, body })
      request.destroy()
    })
  })
}

/** The connections to one Kubernetes API: signed, through a proxy where one is named, and with an end to waiting. */
export class Transport implements SecurityAuthentication {
  readonly #config: KubeConfig
  readonly #proxies: ProxyEnvironment
  readonly #callMs: number
  #signing: Promise<Signed> | undefined
  #known: { readonly tls: Tls; readonly dispatcher: Dispatcher } | undefined

  constructor(config: KubeConfig, proxies: ProxyEnvironment, callMs = usualCallMs) {
    this.#config = config
    this.#proxies = proxies
    this.#callMs = callMs
  }

  getName(): string {
    return 'kubeconfig'
  }

  /** Called by the client for each of its calls. */
  async applySecurityAuthentication(
    context: Parameters<SecurityAuthentication['applySecurityAuthentication']>[0],
  ): Promise<void> {
    const { tls, headers } = await this.#sign()
    for (const [name, value] of Object.entries(headers)) context.setHeaderParam(name, value)
    context.setDispatcher(this.#dispatcher(tls))
    context.setSignal(AbortSignal.timeout(this.#callMs))
  }

  /**
   * A WebSocket to a path of the API, when it stands; `prepare` is given it before anything can arrive. Throws
   * RemoteError, with the server's sentence.
   */
  async openSocket(path: string, { what, protocols, prepare }: SocketOptions): Promise<WebSocket> {
    const { WebSocket } = await import('ws')
    try {
      const { tls, headers, agent } = await this.#sign()
      const url = `${this.server}${path}`.replace(/^http/, 'ws')
      const ownAgent = this.#proxyUrl() === undefined ? this.#agent(tls) : agent
      const options = { ...tls, headers, agent: ownAgent, handshakeTimeout: connectMs }
      return await new Promise((resolve, reject) => {
        const socket = new WebSocket(url, [...protocols], options)
        prepare(socket)
        hearRefusal(socket, reject)
        socket.once('error', reject)
        socket.once('open', () => {
          resolve(socket)
        })
      })
    } catch (error) {
      throw remoteError(what, error)
    }
  }

  /** The address of the API. */
  get server(): string {
    return this.#config.getCurrentCluster()?.server ?? ''
  }

  /** Several calls at once sign by one run of a plug-in. */
  #sign(): Promise<Signed> {
    this.#signing ??= inTime(sign(this.#config), this.#callMs).finally(() => {
      this.#signing = undefined
    })
    return this.#signing
  }

  #proxyUrl(): string | undefined {
    return this.#config.getCurrentCluster()?.proxyUrl
  }

  #agent(tls: Tls): HttpAgent {
    if (!this.server.startsWith('https:')) return new HttpAgent()
    return new HttpsAgent({ ...tls, proxyEnv: asUndiciReads(this.#proxies) })
  }

  #dispatcher(tls: Tls): Dispatcher {
    if (this.#known !== undefined && isDeepStrictEqual(this.#known.tls, tls)) return this.#known.dispatcher
    // What is under way on the old connections ends there.
    void this.#known?.dispatcher.close()
    const dispatcher = createDispatcher(tls, this.#proxyUrl(), this.#callMs)
    this.#known = { tls, dispatcher }
    return dispatcher
  }
}
