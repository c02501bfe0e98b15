import { dnsLabel } from '../onboarding/key.ts'
import type { YamlPath } from '../templates/yaml-source.ts'
import { type Judged, right, type wrong } from './judge.ts'
import { clustersIn, offersIn, type RightCluster, type RightParts } from './right-parts.ts'
import type { ClusterConfig } from './schema.ts'

type At = (...path: readonly string[]) => string
type Argo = Exclude<Judged<ClusterConfig['argo']>, typeof wrong>

const argoMistakes = (argo: Argo, at: At): readonly string[] => [
  ...(argo.serviceAccount === undefined && argo.tokenFile === undefined
    ? [`${at('argo')}: has to say where its token comes from; give one of serviceAccount and tokenFile`]
    : []),
  ...(argo.serviceAccount !== undefined && argo.tokenFile !== undefined
    ? [`${at('argo', 'tokenFile')}: serviceAccount and tokenFile are both given; keep one`]
    : []),
  ...(argo.url !== undefined && argo.service !== undefined
    ? [`${at('argo', 'service')}: url and service contradict each other; take out one`]
    : []),
  ...(argo.url === undefined && argo.insecureSkipTlsVerify !== undefined
    ? [
        `${at('argo', 'insecureSkipTlsVerify')}: is for url; a port-forward verifies TLS only where caFile is given`,
      ]
    : []),
  ...(argo.caFile !== undefined && argo.insecureSkipTlsVerify === true
    ? [`${at('argo', 'caFile')}: caFile and insecureSkipTlsVerify contradict each other; take out one`]
    : []),
]

const offerMistakes = (
  cluster: RightCluster,
  { channel, at }: { channel: RightParts['channel']; at: At },
): readonly string[] =>
  offersIn(cluster).flatMap(([template, offer]) =>
    (offer.channel ?? cluster.channel ?? channel) === undefined
      ? [`${at('templates', template)}: has no channel; give "channel" here, at the cluster or at the top`]
      : [],
  )

/** What is right by itself in a cluster and wrong together. */
export const clusterMistakes = (file: RightParts, placeOf: (path: YamlPath) => string): readonly string[] =>
  clustersIn(file).flatMap(([name, cluster]) => {
    const at: At = (...path) => placeOf(['clusters', name, ...path])
    const argo = right(cluster.argo)
    return [
      ...(argo === undefined ? [] : argoMistakes(argo, at)),
      ...offerMistakes(cluster, { channel: file.channel, at }),
    ]
  })

/** The templates that are offered and not there. */
export const unknownTemplates = (
  file: RightParts,
  about: { readonly templates: readonly string[]; readonly placeOf: (path: YamlPath) => string },
): readonly string[] =>
  clustersIn(file).flatMap(([name, cluster]) =>
    Object.keys(right(cluster.templates) ?? {})
      // What can be no name of a template is named for that.
      .filter((template) => dnsLabel.safeParse(template).success && !about.templates.includes(template))
      .map((template) => {
        const place = about.placeOf(['clusters', name, 'templates', template])
        return `${place}: there is no such template; there is: ${about.templates.join(', ')}`
      }),
  )
