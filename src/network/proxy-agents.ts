import { buildConnector, type Dispatcher, EnvHttpProxyAgent, Pool, ProxyAgent } from 'undici'

import { ProxyError, proxyErrorIn, type ProxyPlace, type ProxySetting, refusalOr } from './proxy-error.ts'

/** A proxy that has not answered a CONNECT by then is not waited for (milliseconds). */
const tunnelMs = 10_000

const defaultPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

/** The host and port of a proxy, without the password that its address may hold. */
export const placeOf = ({ hostname, port, protocol }: URL): string =>
  `${hostname}:${port || (defaultPorts[protocol] ?? '')}`

// undici says neither in words nor in a code that what failed is the proxy, or which one that is.
const createProxyPool = (
  address: URL,
  setting: ProxySetting,
  { connect: given = {}, ...options }: Pool.Options,
): Pool => {
  const at: ProxyPlace = { proxy: placeOf(address), setting }
  const open = typeof given === 'function' ? given : buildConnector(given)
  const failed = (error: unknown): ProxyError => proxyErrorIn(error) ?? new ProxyError(at, { cause: error })
  const pool = new Pool(address, {
    ...options,
    connect: (target, callback) => {
      open(target, (...[error, socket]) => {
        if (error === null) callback(null, socket)
        else callback(failed(error), null)
      })
    },
  })
  const tunnel = pool.connect.bind(pool)
  const connect = async (target: Parameters<typeof tunnel>[0]): Promise<Dispatcher.ConnectData> => {
    const answer = await tunnel(target).catch((error: unknown) => {
      throw failed(error)
    })
    if (answer.statusCode === 200) return answer
    answer.socket.on('error', () => undefined).destroy()
    throw new ProxyError(at, { status: answer.statusCode })
  }
  return Object.assign(pool, { connect })
}

// Of what is forwarded undici tells a 407 by a sentence.
const naming =
  (nameOf: (error: Error) => Error): Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (options, handler) =>
    dispatch(options, {
      onRequestStart: (...told) => handler.onRequestStart?.(...told),
      onRequestUpgrade: (...told) => handler.onRequestUpgrade?.(...told),
      onResponseStart: (...told) => handler.onResponseStart?.(...told),
      onResponseData: (...told) => handler.onResponseData?.(...told),
      onResponseEnd: (...told) => handler.onResponseEnd?.(...told),
      onResponseError: (controller, error) => handler.onResponseError?.(controller, nameOf(error)),
    })

type Pools = Required<Pick<ProxyAgent.Options, 'clientFactory' | 'factory'>>

/** An agent whose connections to proxies are made so that what fails there is told by {@link ProxyError}. */
const createAgent = (setting: ProxySetting, create: (pools: Pools) => Dispatcher): Dispatcher => {
  let forwarder: ProxyPlace | undefined
  const agent = create({
    // What undici waits for without an end of ours: neither the time-outs nor the signal of a call hold before its
    // tunnel stands.
    clientFactory: (address, options) =>
      createProxyPool(address, setting, { ...options, headersTimeout: tunnelMs }),
    factory: (origin, options) => {
      // A server is given by its origin, a proxy that forwards by its whole address, which ends with a slash.
      if (!String(origin).endsWith('/')) return new Pool(origin, options)
      const address = new URL(origin)
      forwarder = { proxy: placeOf(address), setting }
      return createProxyPool(address, setting, options)
    },
  })
  return agent.compose(naming((error) => (forwarder === undefined ? error : refusalOr(error, forwarder))))
}

/** Goes by the proxies that the environment names, and directly where it names none; see {@link ProxyError}. */
export const createEnvironmentProxyAgent = (options: EnvHttpProxyAgent.Options = {}): Dispatcher =>
  createAgent('environment', (pools) => new EnvHttpProxyAgent({ ...options, ...pools }))

/** Goes by this proxy alone, which a kubeconfig names; see {@link ProxyError}. */
export const createProxyAgent = (options: ProxyAgent.Options): Dispatcher =>
  createAgent('kubeconfig', (pools) => new ProxyAgent({ ...options, ...pools }))
