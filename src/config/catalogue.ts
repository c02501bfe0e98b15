import type { Catalogue } from '../onboarding/ports/catalogue.ts'
import { policyOf } from './effective-policy.ts'
import type { Config } from './read-config.ts'
import type { OfferConfig } from './schema.ts'

const hourMs = 3_600_000

/** What is offered where, and on which terms. */
export const createCatalogue = ({ file }: Pick<Config, 'file'>): Catalogue => {
  const clusters = new Map(Object.entries(file.clusters))
  const offerOf = (cluster: string, template: string): readonly OfferConfig[] | undefined => {
    const found = clusters.get(cluster)
    if (found === undefined || !Object.hasOwn(found.templates, template)) return undefined
    return [file, found, found.templates[template] ?? {}]
  }
  return {
    installation: file.installation,
    clusters: [...clusters].map(([name, cluster]) => ({
      name,
      title: cluster.title ?? name,
      templates: Object.keys(cluster.templates),
      ...(cluster.paused !== undefined && { paused: cluster.paused }),
      ...(cluster.pods !== undefined && { pods: cluster.pods }),
    })),
    terms: (cluster, template) => {
      const places = offerOf(cluster, template)
      if (places === undefined) return undefined
      const nearest: OfferConfig = places.reduce((all, place) => ({ ...all, ...place }), {})
      const { channel = '', onFailure, decideWithin, submitWithin, overdueAfter } = nearest
      return {
        policy: policyOf(places.map(({ policy }) => policy)),
        channel,
        onFailure: onFailure ?? 'ask',
        decideWithinMs: decideWithin ?? 72 * hourMs,
        submitWithinMs: submitWithin ?? 4 * hourMs,
        overdueAfterMs: overdueAfter ?? 3 * hourMs,
      }
    },
    fixedValues: (cluster) => {
      const image = clusters.get(cluster)?.stepsImage
      return image === undefined ? [] : [{ name: 'steps-image', value: image }]
    },
  }
}
