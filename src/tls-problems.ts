/** Why TLS with a server failed. */
export type TlsProblem = { readonly says: string } & (
  | { readonly kind: 'no-tls' | 'unknown-ca' }
  /** The cure is the same for every server. */
  | { readonly kind: 'bad-certificate'; readonly cure: string }
)

const noTls: TlsProblem = { kind: 'no-tls', says: 'it speaks no TLS' }
const unknownCa: TlsProblem = { kind: 'unknown-ca', says: 'its certificate is of no known CA' }
const bad = (says: string, cure: string): TlsProblem => ({ kind: 'bad-certificate', says, cure })

/** By OpenSSL's and Node's codes (Node.js, "X509 certificate error codes"). */
const problems: Readonly<Record<string, TlsProblem>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownCa,
  SELF_SIGNED_CERT_IN_CHAIN: unknownCa,
  UNABLE_TO_GET_ISSUER_CERT: unknownCa,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownCa,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownCa,
  ERR_TLS_CERT_ALTNAME_INVALID: bad(
    'its certificate is for another host name',
    'Call it by a name that its certificate is for, or give it a certificate for this one.',
  ),
  CERT_HAS_EXPIRED: bad('its certificate has expired', 'Renew its certificate.'),
  CERT_NOT_YET_VALID: bad('its certificate is not valid yet', 'Compare the clocks of both sides.'),
}

/** What TLS failed of, by the error or what caused it; undefined when it was something else. */
export const tlsProblemOf = (error: unknown): TlsProblem | undefined => {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return problems[code] ?? tlsProblemOf(error.cause)
}

// As Go's net/http says it, which argo-server and Kubernetes are made with, and nginx.
const plainRefused =
  /^Client sent an HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port/

/** Whether an answer says that its server speaks TLS and was spoken to without. */
export const asksForTls = (status: number, body: string): boolean => status === 400 && plainRefused.test(body)
