import { wordsOf } from './error-words.ts'

/** Why TLS with a server failed. */
export type TlsFailure = 'no-tls' | 'unknown-ca' | 'other-host' | 'expired' | 'not-yet-valid'

/** By OpenSSL's and Node's codes (Node.js, "X509 certificate error codes"). */
const failures: Readonly<Record<string, TlsFailure>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: 'no-tls',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'no-tls',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'unknown-ca',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown-ca',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown-ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown-ca',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown-ca',
  ERR_TLS_CERT_ALTNAME_INVALID: 'other-host',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
}

/** What TLS failed of, by the error or what caused it; undefined when it was something else. */
export const tlsFailureOf = (error: unknown): TlsFailure | undefined =>
  wordsOf(error).flatMap((word) => failures[word] ?? [])[0]

/** The same in words, of "it", the server. */
export type TlsProblem = { readonly says: string } & (
  | { readonly kind: 'no-tls' | 'unknown-ca' }
  /** The cure is the same for every server. */
  | { readonly kind: 'bad-certificate'; readonly cure: string }
)

const bad = (says: string, cure: string): TlsProblem => ({ kind: 'bad-certificate', says, cure })

const problems: Readonly<Record<TlsFailure, TlsProblem>> = {
  'no-tls': { kind: 'no-tls', says: 'it speaks no TLS' },
  'unknown-ca': { kind: 'unknown-ca', says: 'its certificate is of no known CA' },
  'other-host': bad(
    'its certificate is for another host name',
    'Call it by a name that its certificate is for, or give it a certificate for this one.',
  ),
  expired: bad('its certificate has expired', 'Renew its certificate.'),
  'not-yet-valid': bad('its certificate is not valid yet', 'Compare the clocks of both sides.'),
}

/** What TLS failed of, in words; undefined when it was something else. */
export const tlsProblemOf = (error: unknown): TlsProblem | undefined => {
  const failure = tlsFailureOf(error)
  return failure && problems[failure]
}

// As Go's net/http says it, which argo-server and Kubernetes are made with, and nginx.
const plainRefused =
  /^Client sent an HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port/

/** Whether an answer says that its server speaks TLS and was spoken to without. */
export const asksForTls = (status: number, body: string): boolean => status === 400 && plainRefused.test(body)
