import { z } from 'zod'

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

const unknownCa: Kind = {
  why: (host) => `the certificate of ${host} is of no known CA`,
  cure: 'Name the file with its CA in NODE_EXTRA_CA_CERTS, or give certificate-authority-data where it is a kubeconfig',
  isLasting: true,
  isUnreachable: false,
}
const badDates: Kind = {
  why: (host) => `the certificate of ${host} is not valid at this time`,
  cure: 'Have it renewed, or look at the clock of the node',
  isLasting: true,
  isUnreachable: false,
}
const otherHost: Kind = {
  why: (host) => `the certificate of ${host} is for another host name`,
  cure: 'Check the address',
  isLasting: true,
  isUnreachable: false,
}
const noTls: Kind = {
  why: (host) => `${host} speaks no TLS`,
  cure: 'Check whether the address begins with http:// or https://',
  isLasting: true,
  isUnreachable: false,
}
const unknownHost: Kind = {
  why: (host) => `the host name of ${host} is not known`,
  cure: 'Check the address, and the DNS',
  isLasting: false,
  isUnreachable: true,
}
const refused: Kind = {
  why: (host) => `${host} refuses the connection`,
  cure: 'Check the address, and whether the service runs',
  isLasting: false,
  isUnreachable: true,
}
const noRoute: Kind = {
  why: (host) => `there is no way to ${host}`,
  cure: 'Check whether pods may reach it (network policy, firewall, proxy)',
  isLasting: false,
  isUnreachable: true,
}
const late: Kind = { ...noRoute, why: (host) => `${host} does not answer in time`, isUnreachable: false }
const noHttp: Kind = {
  why: (host) => `${host} speaks no HTTP`,
  cure: 'Check the address',
  isLasting: false,
  isUnreachable: false,
}
const noJson: Kind = { ...noHttp, why: (host) => `${host} answers what is no JSON` }
const unknown: Kind = {
  why: () => 'it does not answer',
  cure: undefined,
  isLasting: false,
  isUnreachable: false,
}

/** By the codes of Node (errors of the system, of TLS and of undici) and the names of its exceptions. */
const kinds: Readonly<Record<string, Kind>> = {
  ENOTFOUND: unknownHost,
  EAI_AGAIN: { ...unknownHost, isUnreachable: false },
  ECONNREFUSED: refused,
  EHOSTUNREACH: noRoute,
  ENETUNREACH: noRoute,
  ETIMEDOUT: { ...late, isUnreachable: true },
  UND_ERR_CONNECT_TIMEOUT: { ...late, isUnreachable: true },
  UND_ERR_HEADERS_TIMEOUT: late,
  UND_ERR_BODY_TIMEOUT: late,
  TimeoutError: late,
  HTTPParserError: noHttp,
  SyntaxError: noJson,
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownCa,
  SELF_SIGNED_CERT_IN_CHAIN: unknownCa,
  UNABLE_TO_GET_ISSUER_CERT: unknownCa,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownCa,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownCa,
  ERR_TLS_CERT_ALTNAME_INVALID: otherHost,
  CERT_HAS_EXPIRED: badDates,
  CERT_NOT_YET_VALID: badDates,
}

const errorSchema = z.object({
  code: z.unknown().optional(),
  name: z.unknown().optional(),
  cause: z.unknown().optional(),
})

/** An error's own code and name, and those of what caused it. */
const wordsOf = (error: unknown, depth = 0): readonly string[] => {
  const { data } = errorSchema.safeParse(error)
  if (data === undefined || depth > 5) return []
  const own = [data.code, data.name].filter((word) => typeof word === 'string')
  return [...own, ...wordsOf(data.cause, depth + 1)]
}

const hostOf = (address: string): string => (URL.canParse(address) ? new URL(address).host : address)

/** What an error of the network means; `address` is what was called. */
export const noAnswer = (error: unknown, address: string): NoAnswer => {
  const kind = wordsOf(error).flatMap((word) => kinds[word] ?? [])[0] ?? unknown
  return { ...kind, why: kind.why(hostOf(address)) }
}
