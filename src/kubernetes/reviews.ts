import type { AuthorizationV1Api, V1ResourceAttributes } from '@kubernetes/client-node'

import type { Cluster } from './cluster.ts'
import { remoteError } from './errors.ts'
import type { Right } from './rights.ts'

const attributes = (
  namespace: string,
  { group, resource, name }: Right,
  verb: string,
): V1ResourceAttributes => {
  const [kind = '', subresource] = resource.split('/')
  return {
    namespace,
    verb,
    group,
    resource: kind,
    ...(subresource !== undefined && { subresource }),
    ...(name !== undefined && { name }),
  }
}

const authorization = async ({ api }: Cluster): Promise<AuthorizationV1Api> => {
  const { AuthorizationV1Api } = await import('@kubernetes/client-node')
  return api(AuthorizationV1Api)
}

const denied = async (
  { verbs }: Right,
  isAllowed: (verb: string) => Promise<boolean>,
): Promise<readonly string[]> => {
  const answers = await Promise.all(verbs.map(async (verb) => [verb, await isAllowed(verb)] as const))
  return answers.flatMap(([verb, allowed]) => (allowed ? [] : [verb]))
}

/** The verbs of the right that the caller does not have. Throws RemoteError. */
export const deniedToSelf = async (
  cluster: Cluster,
  namespace: string,
  right: Right,
): Promise<readonly string[]> => {
  const api = await authorization(cluster)
  return denied(right, async (verb) => {
    try {
      const body = { spec: { resourceAttributes: attributes(namespace, right, verb) } }
      const { status } = await api.createSelfSubjectAccessReview({ body })
      return status?.allowed === true
    } catch (error) {
      throw remoteError('review the rights', error)
    }
  })
}

/** The verbs of the right that a ServiceAccount of the namespace does not have. Throws RemoteError. */
export const deniedToServiceAccount = async (
  cluster: Cluster,
  { namespace, name }: { namespace: string; name: string },
  right: Right,
): Promise<readonly string[]> => {
  const api = await authorization(cluster)
  const user = `system:serviceaccount:${namespace}:${name}`
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated']
  return denied(right, async (verb) => {
    try {
      const spec = { user, groups, resourceAttributes: attributes(namespace, right, verb) }
      const body = { metadata: { namespace }, spec }
      const { status } = await api.createNamespacedLocalSubjectAccessReview({ namespace, body })
      return status?.allowed === true
    } catch (error) {
      throw remoteError(`review the rights of ${name}`, error)
    }
  })
}

/** Whom the cluster takes the caller for. Throws RemoteError, `unauthorized` when it takes it for nobody. */
export const whoAmI = async ({ api }: Cluster): Promise<string> => {
  const { AuthenticationV1Api } = await import('@kubernetes/client-node')
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  try {
    const { status } = await api(AuthenticationV1Api).createSelfSubjectReview({ body })
    return status?.userInfo?.username ?? 'an unnamed user'
  } catch (error) {
    throw remoteError('ask who we are', error)
  }
}
