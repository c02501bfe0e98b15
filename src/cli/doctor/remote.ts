import { wordsOf } from '../../network/error-words.ts'
import { proxyTrouble } from '../../network/no-answer.ts'
import { RemoteError } from '../../onboarding/ports/remote-error.ts'
import { type Verdict, wrong } from './check.ts'

export const isRemote = (error: unknown, code: RemoteError['code']): error is RemoteError =>
  error instanceof RemoteError && error.code === code

interface Denial {
  readonly user: string
  readonly resource: string
  readonly namespace: string
  /** Of the object, where one was meant. */
  readonly name: string | undefined
}

// pods "x" is forbidden: User "u" cannot get resource "pods/portforward" in API group "" in the namespace "n"
const denialSays =
  /(?:"([^"]+)" )?is forbidden: User "([^"]+)" cannot \S+ resource "([^"]+)" in API group "[^"]*" in the namespace "([^"]+)"/

/** The right that Kubernetes says it has refused; undefined where it was something else. */
export const denialIn = (error: unknown): Denial | undefined => {
  if (!isRemote(error, 'forbidden')) return undefined
  const [, name, user, resource, namespace] = denialSays.exec(error.message) ?? []
  if (user === undefined || resource === undefined || namespace === undefined) return undefined
  return { user, resource, namespace, name }
}

/** No connection at all, which its code tells in the fewest words. */
const noWay = /^(?:ECONN\w+|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/

/** A call that failed, in the server's own words where it gave some; `otherwise` cures what names no cure itself. */
export const refusal = (error: unknown, otherwise: string): Verdict => {
  const cure = (error instanceof RemoteError ? error.cure : undefined) ?? otherwise
  const message = error instanceof Error ? error.message : 'unknown'
  if (!isRemote(error, 'unreachable')) return wrong(message, cure)
  const proxy = proxyTrouble(error)
  if (proxy !== undefined) return wrong(`cannot be reached: ${proxy.why}`, cure)
  const reason = wordsOf(error).findLast((word) => noWay.test(word))
  return wrong(reason === undefined ? message : `cannot be reached: ${reason}`, cure)
}
