import type { Policy, Rule } from '../onboarding/policy.ts'
import type { Catalogue } from '../onboarding/ports/catalogue.ts'
import type { Config } from './read-config.ts'
import type { OfferConfig, PolicyConfig } from './schema.ts'

const hourMs = 3_600_000

const nobody: Rule = { allow: [], deny: [] }
const those = (...allow: string[]): Rule => ({ allow, deny: [] })

/** What the nearer place says wins, verb by verb. */
export const policyOf = (places: readonly (PolicyConfig | undefined)[]): Policy => {
  const said = places.reduce<PolicyConfig>((all, place) => ({ ...all, ...place }), {})
  const work = those('requester', 'approvers')
  return {
    // What lets things happen has no default: nobody is named by silence.
    rules: {
      request: said.request ?? nobody,
      approve: said.approve ?? nobody,
      extend: said.extend ?? nobody,
      stop: said.stop ?? work,
      retry: said.retry ?? work,
      cleanup: said.cleanup ?? work,
      'cleanup-succeeded': said['cleanup-succeeded'] ?? those('approvers'),
    },
    admins: said.admins ?? nobody,
    approvals: said.approvals ?? 1,
    requesterMayApprove: said.requesterMayApprove ?? false,
  }
}

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
