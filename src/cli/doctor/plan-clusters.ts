import { join } from 'node:path'

import type { ArgoEndpoint } from '../../argo/endpoint.ts'
import type { Clock } from '../../clock.ts'
import type { connectClusters } from '../../clusters.ts'
import type { Config } from '../../config/read-config.ts'
import type { ClusterConfig } from '../../config/schema.ts'
import type { Cluster } from '../../kubernetes/cluster.ts'
import { installationLabel } from '../../runner/workflow-metadata.ts'
import { argoChecks } from './argo-checks.ts'
import type { Check } from './check.ts'
import { createClusterProbes } from './cluster-probes.ts'
import type { ArgoAbout, ClusterAbout, OfferedFile } from './cluster.ts'
import { kubernetesChecks } from './kubernetes-checks.ts'
import { type Offers, offersIn } from './offers.ts'
import { sampleManifest, serviceAccountsOf } from './sample.ts'
import { serviceAccountChecks } from './service-account-checks.ts'

const kinds = ['onboard', 'cleanup'] as const

const kubectlOf = ({ kubernetes }: ClusterConfig): string => {
  if (!('kubeconfig' in kubernetes)) return 'kubectl'
  const { kubeconfig, context } = kubernetes
  return [
    'kubectl',
    '--kubeconfig',
    kubeconfig,
    ...(context === undefined ? [] : ['--context', context]),
  ].join(' ')
}

const argoOf = ({ argo }: ClusterConfig, { url }: ArgoEndpoint): ArgoAbout => {
  const { serviceAccount, tokenFile, caFile, service, insecureSkipTlsVerify } = argo
  const { name = 'argo-server', namespace = argo.namespace } = service ?? {}
  const isForwarded = argo.url === undefined
  return {
    url,
    isVerified: isForwarded ? caFile !== undefined : insecureSkipTlsVerify !== true,
    ...(isForwarded && { service: { name, namespace } }),
    ...(serviceAccount !== undefined && { serviceAccount }),
    ...(tokenFile !== undefined && { tokenFile }),
  }
}

type Account = ClusterAbout['serviceAccounts'][number]

const accountsOf = (
  files: readonly { readonly template: string; readonly accounts: readonly string[] }[],
): readonly Account[] => {
  const names = new Set(files.flatMap(({ accounts }) => accounts))
  return [...names].map((name) => {
    const own = files.filter(({ accounts }) => accounts.includes(name))
    return { name, templates: [...new Set(own.map(({ template }) => template))] }
  })
}

interface Planned {
  readonly name: string
  readonly cluster: ClusterConfig
  readonly offers: Offers | undefined
  /** Where the templates are. */
  readonly folder: string
  readonly open: () => Promise<Cluster>
  readonly endpoint: ArgoEndpoint
}

const planCluster = (
  { name, cluster, offers, folder, open, endpoint }: Planned,
  clock: Clock,
): readonly Check[] => {
  const templates = (offers === undefined ? [] : offersIn(offers))
    .filter((offer) => offer.cluster === name)
    .map(({ template }) => template)
  const files = templates.flatMap(({ name: template }) =>
    kinds.map((kind) => ({ template, kind, path: join(folder, template, `${kind}.yaml`) })),
  )
  const sample = ({ template: wanted, kind }: OfferedFile): ReturnType<typeof sampleManifest> => {
    const template = templates.find((one) => one.name === wanted)
    if (offers === undefined || template === undefined) throw new Error(`there is no template ${wanted}`)
    return sampleManifest(offers, { cluster: name, template, kind })
  }
  const about: ClusterAbout = {
    name,
    namespace: cluster.argo.namespace,
    ...(cluster.paused !== undefined && { paused: cluster.paused }),
    isInCluster: 'inCluster' in cluster.kubernetes,
    kubectl: kubectlOf(cluster),
    argo: argoOf(cluster, endpoint),
    files,
    serviceAccounts: accountsOf(
      files.map((file) => ({ ...file, accounts: serviceAccountsOf(sample(file)) })),
    ),
  }
  const labelSelector = `${installationLabel}=${offers?.catalogue.installation ?? ''}`
  const probes = createClusterProbes({ open, endpoint }, { clock, labelSelector, sample })
  return [
    ...kubernetesChecks(about, probes),
    ...argoChecks(about, probes),
    ...serviceAccountChecks(about, probes),
  ]
}

/** What is to be looked at in every cluster of the configuration. */
export const planClusters = (
  { file, templatesDirectory: folder }: Config,
  { endpoints, places }: ReturnType<typeof connectClusters>,
  { offers, clock }: { offers: Offers | undefined; clock: Clock },
): readonly Check[] =>
  Object.entries(file.clusters).flatMap(([name, cluster]) => {
    const [endpoint, open] = [endpoints.get(name), places.get(name)?.cluster]
    if (endpoint === undefined || open === undefined) return []
    return planCluster({ name, cluster, offers, folder, open, endpoint }, clock)
  })
