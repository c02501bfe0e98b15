import { z } from 'zod'

import { wordsOf } from './error-words.ts'
import { type ProxyError, proxyErrorIn, type ProxySetting } from './proxy-error.ts'
import { type TlsFailure, tlsFailureOf } from './tls-problems.ts'

/** Why a call got no answer. */
export interface NoAnswer {
  /** As it stands in "The service is not available (...)". */
  readonly why: string
  /** What to do, without the stop: who asks says what comes then. Undefined when there is nothing but to wait. */
  readonly cure: string | undefined
  /** Another call would fare the same until somebody has mended it. */
  readonly isLasting: boolean
  /** Nothing is there that could answer. */
  readonly isUnreachable: boolean
}

type Kind = Omit<NoAnswer, 'why'> & { readonly why: (host: string) => string }

const lasting = { isLasting: true, isUnreachable: false } as const
const passing = { isLasting: false, isUnreachable: false } as const
const gone = { isLasting: false, isUnreachable: true } as const

const unknownCa: Kind = {
  ...lasting,
  why: (host) => `the certificate of ${host} is of no known CA`,
  cure: 'Name the file with its CA in NODE_EXTRA_CA_CERTS, or give certificate-authority-data where it is a kubeconfig',
}
const badDates: Kind = {
  ...lasting,
  why: (host) => `the certificate of ${host} is not valid at this time`,
  cure: 'Have it renewed, or look at the clock of the node',
}
const otherHost: Kind = {
  ...lasting,
  why: (host) => `the certificate of ${host} is for another host name`,
  cure: 'Check the address',
}
const noTls: Kind = {
  ...lasting,
  why: (host) => `${host} speaks no TLS`,
  cure: 'Check whether the address begins with http:// or https://',
}
const unknownHost: Kind = {
  ...gone,
  why: (host) => `the host name of ${host} is not known`,
  cure: 'Check the address, and the DNS',
}
const refused: Kind = {
  ...gone,
  why: (host) => `${host} refuses the connection`,
  cure: 'Check the address, and whether the service runs',
}
const noRoute: Kind = {
  ...gone,
  why: (host) => `there is no way to ${host}`,
  cure: 'Check whether pods may reach it (network policy, firewall, proxy)',
}
const late: Kind = { ...noRoute, ...passing, why: (host) => `${host} does not answer in time` }
const noHttp: Kind = {
  ...passing,
  why: (host) => `${host} speaks no HTTP`,
  cure: 'Check the address',
}
const noJson: Kind = { ...noHttp, why: (host) => `${host} answers what is no JSON` }
const unknown: Kind = {
  ...passing,
  why: () => 'it does not answer',
  cure: undefined,
}

const tlsKinds: Readonly<Record<TlsFailure, Kind>> = {
  'no-tls': noTls,
  'unknown-ca': unknownCa,
  'other-host': otherHost,
  expired: badDates,
  'not-yet-valid': badDates,
}

/** By the codes of Node (errors of the system and of undici) and the names of its exceptions. */
const kinds: Readonly<Record<string, Kind>> = {
  ENOTFOUND: unknownHost,
  EAI_AGAIN: { ...unknownHost, ...passing },
  ECONNREFUSED: refused,
  EHOSTUNREACH: noRoute,
  ENETUNREACH: noRoute,
  ETIMEDOUT: { ...late, ...gone },
  UND_ERR_CONNECT_TIMEOUT: { ...late, ...gone },
  UND_ERR_HEADERS_TIMEOUT: late,
  UND_ERR_BODY_TIMEOUT: late,
  TimeoutError: late,
  HTTPParserError: noHttp,
  SyntaxError: noJson,
}

const hostOf = (address: string): string => (URL.canParse(address) ? new URL(address).host : address)

/** Where a connection failed, which Node's errors of the system say. */
const placeSchema = z.object({
  hostname: z.string().optional(),
  address: z.string().optional(),
  port: z.number().optional(),
})

const defaultPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

/** The host that the connection was for; it is a proxy where it is not the one that was called. */
const proxyOf = (error: unknown, url: URL): string | undefined => {
  const { hostname, address, port } = placeSchema.safeParse(error).data ?? {}
  if (hostname !== undefined) return hostname === url.hostname ? undefined : hostname
  if (address === undefined || port === undefined) return undefined
  const called = url.port || defaultPorts[url.protocol]
  return String(port) === called ? undefined : `${address}:${port}`
}

const kindOf = (error: unknown): Kind | undefined => {
  const tls = tlsFailureOf(error)
  return tls === undefined ? wordsOf(error).flatMap((word) => kinds[word] ?? [])[0] : tlsKinds[tls]
}

const named: Readonly<Record<ProxySetting, string>> = {
  environment: 'HTTPS_PROXY or HTTP_PROXY',
  kubeconfig: 'proxy-url in the kubeconfig',
}
const around: Readonly<Record<ProxySetting, string>> = {
  environment: 'name the host behind it in NO_PROXY',
  kubeconfig: 'take proxy-url out of the kubeconfig',
}

const cureOfRefusal = (status: number, setting: ProxySetting): string => {
  if (status === 407) return `Check the user and the password in ${named[setting]}`
  return status >= 500
    ? `Look whether the proxy reaches the host behind it, or ${around[setting]}`
    : `Have the proxy let the call through, or ${around[setting]}`
}

/** What went wrong at a proxy: there is always something to do. */
type ProxyTrouble = NoAnswer & { readonly cure: string }

const ofProxy = (error: ProxyError): ProxyTrouble => {
  const { proxy, setting, status } = error
  if (status !== undefined)
    return {
      why: `the proxy ${proxy} refused (${status})`,
      cure: cureOfRefusal(status, setting),
      isLasting: ![408, 429].includes(status) && status < 500,
      isUnreachable: false,
    }
  const { why, isLasting } = kindOf(error) ?? { ...passing, why: (host: string) => `${host} does not answer` }
  const cure = `Check ${named[setting]} and whether the proxy runs, or ${around[setting]}`
  return { why: why(`the proxy ${proxy}`), cure, isLasting, isUnreachable: false }
}

/**
 * What went wrong at a proxy on the way; undefined when it was no proxy of {@link ProxyError}. It says nothing of the
 * server behind: that one never counts as unreachable.
 */
export const proxyTrouble = (error: unknown): ProxyTrouble | undefined => {
  const found = proxyErrorIn(error)
  return found && ofProxy(found)
}

/** What an error of the network means; `address` is what was called. Where a proxy was in the way, it is named instead. */
export const noAnswer = (error: unknown, address: string): NoAnswer => {
  const trouble = proxyTrouble(error)
  if (trouble !== undefined) return trouble
  const proxy = URL.canParse(address) ? proxyOf(error, new URL(address)) : undefined
  const kind = kindOf(error) ?? unknown
  return { ...kind, why: kind.why(proxy === undefined ? hostOf(address) : `the proxy ${proxy}`) }
}
