import { type Dispatcher, EnvHttpProxyAgent } from 'undici'

/** argo-server sends a sign of life every 15 s on a stream; after three silent ones the peer is gone (milliseconds). */
const silenceMs = 50_000

/** A dispatcher that verifies TLS by the CA given, and goes through a proxy where the environment names one. */
export const createDispatcher = (tls: { ca?: string; isVerified: boolean }): Dispatcher => {
  const connect = {
    rejectUnauthorized: tls.isVerified,
    ...(tls.ca !== undefined && { ca: tls.ca }),
    timeout: 5_000,
  }
  return new EnvHttpProxyAgent({
    connect,
    requestTls: connect,
    bodyTimeout: silenceMs,
    headersTimeout: silenceMs,
  })
}
