import type { YamlPath } from '../templates/yaml-source.ts'
import type { RightCluster, RightParts } from './right-parts.ts'
import type { ClusterConfig } from './schema.ts'

type At = (...path: readonly string[]) => string

const argoMistakes = (argo: ClusterConfig['argo'], at: At): readonly string[] => [
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
  { channel, templates }: Pick<RightCluster, 'channel' | 'templates'>,
  at: At,
): readonly string[] => {
  if (templates === undefined) return []
  return [
    ...(Object.keys(templates).length === 0 ? [`${at('templates')}: is empty; name a template`] : []),
    ...Object.entries(templates).flatMap(([template, offer]) =>
      (offer.channel ?? channel) === undefined
        ? [`${at('templates', template)}: has no channel; give "channel" here, at the cluster or at the top`]
        : [],
    ),
  ]
}

/** What is right by itself in a cluster and wrong together. */
export const clusterMistakes = (
  { clusters }: RightParts,
  placeOf: (path: YamlPath) => string,
): readonly string[] =>
  Object.entries(clusters).flatMap(([name, cluster]) => {
    const at: At = (...path) => placeOf(['clusters', name, ...path])
    return [
      ...(cluster.argo === undefined ? [] : argoMistakes(cluster.argo, at)),
      ...offerMistakes(cluster, at),
    ]
  })

/** The templates that are offered and not there. */
export const unknownTemplates = (
  { clusters }: RightParts,
  about: { readonly templates: readonly string[]; readonly placeOf: (path: YamlPath) => string },
): readonly string[] =>
  Object.entries(clusters).flatMap(([name, cluster]) =>
    Object.keys(cluster.templates ?? {})
      .filter((template) => !about.templates.includes(template))
      .map((template) => {
        const place = about.placeOf(['clusters', name, 'templates', template])
        return `${place}: there is no such template; there is: ${about.templates.join(', ')}`
      }),
  )
