import { readFileSync } from 'node:fs'

import { createDispatcher, createStreamDispatcher, type TlsSettings } from './argo/dispatcher.ts'
import type { ArgoEndpoint } from './argo/endpoint.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config/read-config.ts'
import type { ClusterConfig } from './config/schema.ts'
import { type Cluster, createClusterOpener } from './kubernetes/cluster.ts'
import type { KubernetesAccess } from './kubernetes/kubeconfig.ts'
import type { SecretPlace } from './kubernetes/run-secrets.ts'
import { createFileTokens, createServiceAccountTokens } from './kubernetes/tokens.ts'

const accessOf = ({ kubernetes }: ClusterConfig): KubernetesAccess => {
  if (!('kubeconfig' in kubernetes)) return { kind: 'in-cluster' }
  const { kubeconfig: path, ...rest } = kubernetes
  return { kind: 'kubeconfig', path, ...rest }
}

type Open = () => Promise<Cluster>

interface Opened {
  readonly name: string
  readonly cluster: ClusterConfig
  readonly open: Open
}

/** What to change when argo-server speaks TLS and is called without, the other way round, or has an unknown CA. */
const curesOf = (name: string, { argo: { url } }: ClusterConfig): NonNullable<ArgoEndpoint['cures']> => {
  const at = `clusters.${name}.argo`
  const ca = `Put argo-server's CA into ${at}.caFile`
  if (url === undefined) {
    return {
      'no-plain': `Take "secure: false" out of ${at}.service.`,
      'no-tls': `Set ${at}.service.secure to false, or start argo-server with --secure.`,
      'unknown-ca': `${ca}, or take caFile out: a port-forward does without.`,
    }
  }
  return {
    'no-plain': `Set ${at}.url to ${url.replace(/^http:/, 'https:')}`,
    'no-tls': `Start argo-server with --secure, or set ${at}.url to ${url.replace(/^https:/, 'http:')}`,
    'unknown-ca': `${ca}. The one that it makes itself is for localhost only.`,
  }
}

/** By its URL, or by port-forward to the Service that Argo's own installation makes. */
const wayTo = ({ argo }: ClusterConfig, open: Open): Pick<ArgoEndpoint, 'url' | 'dispatcher'> => {
  const { url, caFile, insecureSkipTlsVerify } = argo
  const ca = caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }
  if (url !== undefined) {
    return { url, dispatcher: createDispatcher({ isVerified: insecureSkipTlsVerify !== true, ...ca }) }
  }
  const { name = 'argo-server', namespace = argo.namespace, port = 2746, secure = true } = argo.service ?? {}
  const connect: Parameters<typeof createStreamDispatcher>[0] = async () =>
    (await open()).connect({ name, namespace, port })
  // argo-server makes itself a new certificate at each start, and the port-forward is authenticated already.
  const tls: TlsSettings = { isVerified: caFile !== undefined, ...ca }
  const address = `${secure ? 'https' : 'http'}://${name}.${namespace}.svc:${port}`
  return { url: address, dispatcher: createStreamDispatcher(connect, tls) }
}

const endpointOf = ({ name, cluster, open }: Opened, clock: Clock): ArgoEndpoint => {
  const { namespace, serviceAccount, tokenFile, uiUrl } = cluster.argo
  const token =
    serviceAccount === undefined
      ? createFileTokens(tokenFile ?? '')
      : createServiceAccountTokens({ cluster: open, namespace, serviceAccount, clock })
  const cures = curesOf(name, cluster)
  return { ...wayTo(cluster, open), namespace, token, cures, ...(uiUrl !== undefined && { uiUrl }) }
}

/** How argo-server and the Secrets of each configured cluster are reached, by its name; nothing is called. */
export const connectClusters = (
  { file: { clusters }, proxies }: Pick<Config, 'file' | 'proxies'>,
  clock: Clock,
  /** How long each call may take, where it is not as long as the bot waits (milliseconds). */
  callMs?: number,
): {
  readonly endpoints: ReadonlyMap<string, ArgoEndpoint>
  readonly places: ReadonlyMap<string, SecretPlace>
} => {
  const opened = Object.entries(clusters).map(([name, cluster]) => {
    const open = createClusterOpener(accessOf(cluster), proxies, callMs)
    return { name, cluster, open }
  })
  return {
    endpoints: new Map(
      opened.map((one) => [one.name, { ...endpointOf(one, clock), ...(callMs !== undefined && { callMs }) }]),
    ),
    places: new Map(
      opened.map(({ name, cluster, open }) => [name, { cluster: open, namespace: cluster.argo.namespace }]),
    ),
  }
}
