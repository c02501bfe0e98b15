import type { Cluster } from './cluster.ts'
import { remoteError } from './errors.ts'

/** How the connection to the Kubernetes API is kept from others. */
type Protection = 'verified' | 'unverified' | 'none'

export interface KubernetesServer {
  /** Such as v1.36.2. */
  readonly version: string
  readonly address: string
  readonly protection: Protection
}

/** Asks the Kubernetes API for its version, which takes no rights. Throws RemoteError. */
export const inspectServer = async ({ server, api }: Cluster): Promise<KubernetesServer> => {
  const { VersionApi } = await import('@kubernetes/client-node')
  const { url: address, isVerified } = server
  const protection = address.startsWith('http:') ? 'none' : isVerified ? 'verified' : 'unverified'
  try {
    const { gitVersion } = await api(VersionApi).getCode()
    return { version: gitVersion, address, protection }
  } catch (error) {
    throw remoteError('ask for the version', error)
  }
}

/** The resources that the cluster knows of an API group; none where the group is not there. Throws RemoteError. */
export const resourcesOf = async (
  { api }: Cluster,
  group: string,
  version: string,
): Promise<readonly string[]> => {
  const { CustomObjectsApi } = await import('@kubernetes/client-node')
  try {
    const { resources } = await api(CustomObjectsApi).getAPIResources({ group, version })
    return resources.map(({ name }) => name)
  } catch (error) {
    const known = remoteError(`look for ${group}/${version}`, error)
    if (known.code === 'not-found') return []
    throw known
  }
}

const exists = async (what: string, read: () => Promise<unknown>): Promise<boolean> => {
  try {
    await read()
    return true
  } catch (error) {
    const known = remoteError(`read the ${what}`, error)
    if (known.code === 'not-found') return false
    throw known
  }
}

/** Throws RemoteError, `forbidden` without the right to get it. */
export const namespaceExists = ({ core }: Cluster, name: string): Promise<boolean> =>
  exists(`namespace ${name}`, () => core.readNamespace({ name }))

/** Throws RemoteError, `forbidden` without the right to get it. */
export const serviceAccountExists = (
  { core }: Cluster,
  { namespace, name }: { namespace: string; name: string },
): Promise<boolean> =>
  exists(`ServiceAccount ${name}`, () => core.readNamespacedServiceAccount({ namespace, name }))
