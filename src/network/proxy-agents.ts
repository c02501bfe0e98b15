import { EnvHttpProxyAgent, Pool, ProxyAgent } from 'undici'

/** A proxy that has not answered a CONNECT by then is not waited for (milliseconds). */
const tunnelMs = 10_000

// What undici waits for without an end of ours: neither the time-outs nor the signal of a call hold before its tunnel stands.
const clientFactory = (origin: URL, options: object): Pool =>
  new Pool(origin, { ...options, headersTimeout: tunnelMs })

/** Goes by the proxies that the environment names, and directly where it names none. */
export const createEnvironmentProxyAgent = (options: EnvHttpProxyAgent.Options = {}): EnvHttpProxyAgent =>
  new EnvHttpProxyAgent({ ...options, clientFactory })

/** Goes by this proxy alone. */
export const createProxyAgent = (options: ProxyAgent.Options): ProxyAgent =>
  new ProxyAgent({ ...options, clientFactory })
