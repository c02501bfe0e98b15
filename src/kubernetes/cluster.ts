import type { CoreV1Api, KubeConfig } from '@kubernetes/client-node'

import { RemoteError } from '../onboarding/ports.ts'
import { remoteError } from './errors.ts'

/** Where a cluster's Kubernetes API and our rights in it come from. */
export type KubernetesAccess =
  | { readonly kind: 'kubeconfig'; readonly path: string; readonly context?: string }
  | { readonly kind: 'in-cluster' }

/** One cluster's Kubernetes API. */
export interface Cluster {
  readonly core: CoreV1Api
}

// Exec plug-ins run a program of the kubeconfig's choice, so they are not followed.
const refuseExec = (config: KubeConfig, path: string): void => {
  const { exec, authProvider } = config.getCurrentUser() ?? {}
  if (exec === undefined && authProvider === undefined) return
  throw new RemoteError(
    `the kubeconfig ${path} runs a program to sign in, which is not allowed; use a token or a certificate`,
    {
      code: 'invalid',
    },
  )
}

/** Reads the access and prepares the client; nothing is called. Throws RemoteError when the kubeconfig is no good. */
export const openCluster = async (access: KubernetesAccess): Promise<Cluster> => {
  // Loaded here only: it costs half of the memory and of the start.
  const { CoreV1Api, KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  try {
    if (access.kind === 'in-cluster') config.loadFromCluster()
    else config.loadFromFile(access.path)
    if (access.kind === 'kubeconfig' && access.context !== undefined) config.setCurrentContext(access.context)
  } catch (error) {
    throw remoteError('the kubeconfig cannot be read', error)
  }
  if (config.getCurrentCluster() === null || config.getCurrentCluster() === undefined) {
    throw new RemoteError('Kubernetes: the kubeconfig names no cluster in its context', { code: 'invalid' })
  }
  if (access.kind === 'kubeconfig') refuseExec(config, access.path)
  return { core: config.makeApiClient(CoreV1Api) }
}
