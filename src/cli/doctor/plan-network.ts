import type { connectClusters } from '../../clusters.ts'
import type { Config } from '../../config/read-config.ts'
import type { Cluster } from '../../kubernetes/cluster.ts'
import type { Check } from './check.ts'
import { networkChecks, type Peer } from './network-checks.ts'

const kubernetesPeer = async (name: string, open: () => Promise<Cluster>): Promise<readonly Peer[]> => {
  try {
    const { url, proxyUrl } = (await open()).server
    return [{ name: `Kubernetes of ${name}`, url, ...(proxyUrl !== undefined && { proxy: proxyUrl }) }]
  } catch {
    // What is wrong with the kubeconfig is said by the cluster's own checks.
    return []
  }
}

const sharedMetaUrls = (file: Config['file']): readonly string[] => {
  const places = [
    file,
    ...Object.values(file.clusters).flatMap((one) => [one, ...Object.values(one.templates)]),
  ]
  const urls = places.flatMap(({ credentials }) =>
    credentials !== undefined && 'sharedMeta' in credentials ? credentials.sharedMeta.url : [],
  )
  return [...new Set(urls)]
}

/** What is to be looked at between here and the servers. */
export const planNetwork = (
  { file, slack, proxies }: Config,
  { places }: ReturnType<typeof connectClusters>,
): readonly Check[] => {
  const { clusters } = file
  const argoServers = Object.entries(clusters).flatMap(
    ([
      name,
      {
        argo: { url },
      },
    ]) => (url === undefined ? [] : { name: `argo-server of ${name}`, url }),
  )
  const sharedMeta = sharedMetaUrls(file).map((url) => ({ name: `shared-meta at ${url}`, url }))
  const peers = async (): Promise<readonly Peer[]> => {
    const kubernetes = await Promise.all(
      [...places].map(([name, { cluster }]) => kubernetesPeer(name, cluster)),
    )
    return [{ name: 'Slack', url: slack.apiUrl }, ...sharedMeta, ...argoServers, ...kubernetes.flat()]
  }
  return networkChecks(peers, proxies)
}
