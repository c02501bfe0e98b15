import type { Dispatcher } from 'undici'

/** How one argo-server is reached. */
export interface ArgoEndpoint {
  /** Without `/api/v1`. */
  readonly url: string
  /** The namespace that workflows are created in. */
  readonly namespace: string
  /** The bearer token for the next call; `refused` says that the last one was not taken. Throws RemoteError. */
  readonly token: (options: { refused: boolean }) => Promise<string>
  readonly dispatcher: Dispatcher
  /** A call that is not answered by then counts as unanswered (milliseconds). */
  readonly callMs?: number
  /** What to change in the configuration when TLS fails, by why: it speaks none, nothing but TLS, or has an unknown CA. */
  readonly cures?: Readonly<Record<'no-plain' | 'no-tls' | 'unknown-ca', string>>
  /** The page for people, where there is one. */
  readonly uiUrl?: string
}
