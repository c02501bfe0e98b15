import type { IncomingMessage } from 'node:http'

import { forbiddenMessage } from '../kubernetes/identities.ts'
import type { KubernetesSandbox } from '../kubernetes/server.ts'
import { ArgoError, permissionDenied } from './errors.ts'
import type { Faults } from './faults.ts'

const faqMessage = 'token not valid. see https://argo-workflows.readthedocs.io/en/latest/faq/'

interface Asked {
  readonly request: IncomingMessage
  readonly namespace: string
  readonly name: string
}

export interface Guard {
  /** Who calls; throws 401. */
  readonly whoIs: (request: IncomingMessage) => string
  /** Throws 403 where the caller lacks one of the verbs on workflows. */
  readonly check: (call: Asked, verbs: readonly string[]) => string
  readonly mayList: (call: Asked) => void
  /** Throws 403 where the caller lacks the verb on pods, which argo-server uses with the caller's token. */
  readonly checkPods: (call: Asked, verb: 'list' | 'watch' | 'delete', podName?: string) => void
  /** Without this right a log is empty and nothing says so. */
  readonly mayReadLogs: (call: Asked) => boolean
}

/** Who may call what: tokens and rights are those of the Kubernetes sandbox. */
export function createGuard(kubernetes: KubernetesSandbox, faults: Faults): Guard {
  const whoIs = (request: IncomingMessage): string => {
    const header = readHeader(request)
    const who = kubernetes.authenticate(header.replace(/^(Bearer|Basic) /, ''))
    if (who === undefined) throw new ArgoError(16, 401, 'Unauthorized')
    return who
  }
  const can = (who: string, verb: string, namespace: string): boolean =>
    !faults.forbidden.has(verb) &&
    kubernetes.can(who, { verb, group: 'argoproj.io', resource: 'workflows', namespace })
  return {
    whoIs,
    check: ({ request, namespace, name }, verbs) => {
      const who = whoIs(request)
      for (const verb of verbs) {
        if (can(who, verb, namespace)) continue
        const named = verb === 'create' || verb === 'watch' ? undefined : name
        const access = { verb, group: 'argoproj.io', resource: 'workflows', namespace, name: named }
        throw permissionDenied(forbiddenMessage(who, access))
      }
      return who
    },
    mayList: ({ request, namespace }) => {
      if (can(whoIs(request), 'list', namespace)) return
      throw permissionDenied(
        `Permission denied, you are not allowed to list workflows in namespace "${namespace}". Maybe you want to specify a namespace with query parameter \`.namespace=${namespace}\`?`,
      )
    },
    checkPods: ({ request, namespace }, verb, podName) => {
      const who = whoIs(request)
      const access = { verb, group: '', resource: 'pods', namespace, name: podName }
      if (!kubernetes.can(who, access)) throw permissionDenied(forbiddenMessage(who, access))
    },
    mayReadLogs: ({ request, namespace }) =>
      kubernetes.can(whoIs(request), {
        verb: 'get',
        group: '',
        resource: 'pods',
        subresource: 'log',
        namespace,
      }),
  }
}

/** The Authorization header; throws 401 where it has no known start. Some calls check no more than that. */
export function readHeader(request: IncomingMessage): string {
  const header = request.headers.authorization ?? ''
  if (!header.startsWith('Bearer ') && !header.startsWith('Basic ')) throw new ArgoError(16, 401, faqMessage)
  return header
}
