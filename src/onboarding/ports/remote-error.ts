/** How a call to argo-server or the Kubernetes API ended that did not do what was asked. */
export type RemoteFailure =
  | 'unreachable'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'exists'
  | 'invalid'
  | 'rate-limited'
  | 'unavailable'
  | 'not-argo'

/** Thrown by Workflows, RunSecrets and Credentials. Whether the call was carried out is unknown for `unreachable` and `unavailable`. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError'
  readonly code: RemoteFailure
  readonly retryAfterMs: number | undefined
  /** What people can do about it, where whoever throws knows better than the code says. */
  readonly cure: string | undefined

  constructor(
    message: string,
    options: { code: RemoteFailure; retryAfterMs?: number; cure?: string; cause?: unknown },
  ) {
    super(message, { cause: options.cause })
    this.code = options.code
    this.cure = options.cure
    this.retryAfterMs = options.retryAfterMs
  }
}
