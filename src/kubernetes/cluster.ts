import type { Duplex } from 'node:stream'

import type * as Library from '@kubernetes/client-node'
import type { Configuration, CoreV1Api, KubeConfig, ResponseContext } from '@kubernetes/client-node'

import { RemoteError } from '../onboarding/ports/remote-error.ts'
import { type KubernetesAccess, loadAccess, markOf } from './kubeconfig.ts'
import { forwardPort } from './port-forward.ts'
import { findTarget, type ServiceAddress } from './service-target.ts'
import { type ProxyEnvironment, Transport } from './transport.ts'

/** One cluster's Kubernetes API. */
export interface Cluster {
  /** Where it is, and whether its certificate is looked at. */
  readonly server: { readonly url: string; readonly isVerified: boolean; readonly proxyUrl?: string }
  readonly core: CoreV1Api
  /** Another part of the API, such as AuthorizationV1Api, over the same connections. */
  readonly api: <Api>(kind: new (configuration: Configuration) => Api) => Api
  /** The same cluster, called with another bearer token. */
  readonly withToken: (token: string) => Cluster
  /** One connection to a ready pod behind the Service, by port-forward. Throws RemoteError. */
  readonly connect: (service: ServiceAddress) => Promise<Duplex>
}

interface Options {
  readonly proxies?: ProxyEnvironment
  /** A call that is not answered by then counts as unanswered (milliseconds). */
  readonly callMs?: number
  /** Called when the API does not take our credentials. */
  readonly onRefused?: () => void
}

/** Whatever Kubernetes grants it grants in JSON: a page with 200 is somebody else's, such as a proxy's login. */
const refusePage = ({ httpStatusCode, headers }: ResponseContext, server: string): void => {
  if (httpStatusCode >= 300 || headers['content-type']?.startsWith('application/json') === true) return
  throw new RemoteError(`Kubernetes: what answers at ${server} is no Kubernetes API`, {
    code: 'not-argo',
    cure: 'Check the server in the kubeconfig, and the proxy on the way there.',
  })
}

const clusterOf = (library: typeof Library, config: KubeConfig, options: Options): Cluster => {
  const { CoreV1Api, createConfiguration, KubeConfig, ServerConfiguration } = library
  const { proxies = {}, callMs, onRefused } = options
  const transport = new Transport(config, proxies, callMs)
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(transport.server, {}),
    authMethods: { default: transport },
    promiseMiddleware: [
      {
        pre: async (request) => request,
        post: async (response) => {
          if (response.httpStatusCode === 401) onRefused?.()
          refusePage(response, transport.server)
          return response
        },
      },
    ],
  })
  const core = new CoreV1Api(configuration)
  const place = config.getCurrentCluster()
  const proxyUrl = place?.proxyUrl
  return {
    server: {
      url: transport.server,
      isVerified: place?.skipTLSVerify !== true,
      ...(proxyUrl !== undefined && { proxyUrl }),
    },
    core,
    api: (Kind) => new Kind(configuration),
    withToken: (token) => {
      const other = new KubeConfig()
      if (place !== null) other.loadFromClusterAndUser(place, { name: 'token', token })
      return clusterOf(library, other, { proxies, ...(callMs !== undefined && { callMs }) })
    },
    connect: async (service) => forwardPort(config, transport, await findTarget(core, service)),
  }
}

/** Reads the access and prepares the client; nothing is called. Throws RemoteError when the kubeconfig is no good. */
export const openCluster = async (access: KubernetesAccess, options: Options = {}): Promise<Cluster> => {
  // Loaded here only: it costs half of the memory and of the start.
  const library = await import('@kubernetes/client-node')
  const config = new library.KubeConfig()
  await loadAccess(config, access)
  return clusterOf(library, config, options)
}

/**
 * Opens a cluster when it is first needed, and anew when the kubeconfig on disk is another, when opening failed, and
 * when the credentials were refused.
 */
export const createClusterOpener = (
  access: KubernetesAccess,
  proxies: ProxyEnvironment,
  callMs?: number,
): (() => Promise<Cluster>) => {
  let opened: { readonly mark: string; readonly cluster: Promise<Cluster> } | undefined
  const open = (mark: string): Promise<Cluster> => {
    const forget = (): void => {
      if (opened === mine) opened = undefined
    }
    const mine = {
      mark,
      cluster: openCluster(access, {
        proxies,
        onRefused: forget,
        ...(callMs !== undefined && { callMs }),
      }),
    }
    opened = mine
    mine.cluster.catch(forget)
    return mine.cluster
  }
  return async () => {
    const mark = await markOf(access)
    return opened?.mark === mark ? opened.cluster : open(mark)
  }
}
