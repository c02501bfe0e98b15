import type { Duplex } from 'node:stream'

import type { CoreV1Api, KubeConfig } from '@kubernetes/client-node'

import { RemoteError } from '../onboarding/ports.ts'
import { remoteError } from './errors.ts'
import { forwardPort } from './port-forward.ts'
import { findTarget, type ServiceAddress } from './service-target.ts'
import { type ProxyEnvironment, Transport } from './transport.ts'

/** Where a cluster's Kubernetes API and our rights in it come from. */
export type KubernetesAccess =
  | { readonly kind: 'kubeconfig'; readonly path: string; readonly context?: string }
  | { readonly kind: 'in-cluster' }

/** One cluster's Kubernetes API. */
export interface Cluster {
  readonly core: CoreV1Api
  /** One connection to a ready pod behind the Service, by port-forward. Throws RemoteError. */
  readonly connect: (service: ServiceAddress) => Promise<Duplex>
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
export const openCluster = async (
  access: KubernetesAccess,
  proxies: ProxyEnvironment = {},
): Promise<Cluster> => {
  // Loaded here only: it costs half of the memory and of the start.
  const { CoreV1Api, createConfiguration, KubeConfig, ServerConfiguration } =
    await import('@kubernetes/client-node')
  const config = new KubeConfig()
  try {
    if (access.kind === 'in-cluster') config.loadFromCluster()
    else config.loadFromFile(access.path)
    if (access.kind === 'kubeconfig' && access.context !== undefined) config.setCurrentContext(access.context)
  } catch (error) {
    throw remoteError('the kubeconfig cannot be read', error)
  }
  const server = config.getCurrentCluster()?.server
  if (server === undefined) {
    throw new RemoteError('Kubernetes: the kubeconfig names no cluster in its context', { code: 'invalid' })
  }
  if (access.kind === 'kubeconfig') refuseExec(config, access.path)
  const transport = new Transport(config, proxies)
  const baseServer = new ServerConfiguration(server, {})
  const core = new CoreV1Api(createConfiguration({ baseServer, authMethods: { default: transport } }))
  return {
    core,
    connect: async (service) => forwardPort(config, transport, await findTarget(core, service)),
  }
}
