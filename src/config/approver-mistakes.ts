import type { Policy } from '../onboarding/policy.ts'
import type { YamlPath } from '../templates/yaml-source.ts'
import { policyOf } from './effective-policy.ts'
import { wrong } from './judge.ts'
import { clustersIn, offersIn, type RightParts } from './right-parts.ts'
import type { PolicyConfig } from './schema.ts'

/** How many people could approve at most; undefined where a user group or channel is named, whose members nobody knows here. */
const mostApprovers = ({ rules: { approve }, requesterMayApprove }: Policy): number | undefined => {
  const named = new Set(approve.allow.filter((subject) => !approve.deny.includes(subject)))
  if ([...named].some((subject) => /^[SCG]/.test(subject))) return undefined
  const people = [...named].filter((subject) => /^[UW]/.test(subject)).length
  return people + (named.has('requester') && requesterMayApprove ? 1 : 0)
}

const mistakeIn = (policy: Policy): string | undefined => {
  const { approvals } = policy
  // Whoever names none means nobody.
  if (policy.rules.approve.allow.length === 0) return undefined
  const most = mostApprovers(policy)
  if (most === undefined || most >= approvals) return undefined
  if (most > 0)
    return `asks for ${approvals} approvals, and at most ${most} of those in "approve" can give one; name more people or a user group there, or lower "approvals"`
  return policy.rules.approve.allow.includes('requester')
    ? 'nobody could ever approve a request but its requester, who may not; name others in "approve", or say "requesterMayApprove: true"'
    : 'nobody could ever approve a request; name people or a user group in "approve", or say "approvals: 0" where none has to'
}

type Said = RightParts['policy']
/** Of what the top, a cluster and a template say, from the top to the nearest. */
type Places = readonly (readonly [YamlPath, Said])[]

/** What is said of who approves; undefined where some of it is wrong, so that nothing can be told from it. */
const saidOfApproval = (said: Said): PolicyConfig | undefined => {
  if (said === wrong) return undefined
  const { approve, approvals, requesterMayApprove } = said ?? {}
  if (approve === wrong || approvals === wrong || requesterMayApprove === wrong) return undefined
  return {
    ...(approve !== undefined && { approve }),
    ...(approvals !== undefined && { approvals }),
    ...(requesterMayApprove !== undefined && { requesterMayApprove }),
  }
}

const mistakeAt = (places: Places): { path: YamlPath | undefined; mistake: string } | undefined => {
  const said = places.map(([, policy]) => saidOfApproval(policy))
  const mistake = said.includes(undefined) ? undefined : mistakeIn(policyOf(said))
  if (mistake === undefined) return undefined
  const nearest = said.findLastIndex(
    (policy) => policy?.approve !== undefined || policy?.approvals !== undefined,
  )
  const at = nearest >= 0 ? places[nearest] : places.findLast(([, policy]) => policy !== undefined)
  return { path: at && [...at[0], 'policy'], mistake }
}

/** The policies that name approvers, but too few for any request to be approved, each at the nearest place that says something of it. */
export const approverMistakes = (
  file: RightParts,
  placeOf: (path: YamlPath) => string,
): readonly string[] => {
  const all = clustersIn(file).flatMap(([name, cluster]) =>
    offersIn(cluster).flatMap(([template, offer]) => {
      const own: YamlPath = ['clusters', name, 'templates', template]
      const found = mistakeAt([
        [[], file.policy],
        [['clusters', name], cluster.policy],
        [own, offer.policy],
      ])
      return found === undefined ? [] : [`${placeOf(found.path ?? own)}: ${found.mistake}`]
    }),
  )
  return [...new Set(all)]
}
