import type { Policy } from '../onboarding/policy.ts'
import type { YamlPath } from '../templates/yaml-source.ts'
import { policyOf } from './effective-policy.ts'
import type { RightParts } from './right-parts.ts'
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

/** Of what the top, a cluster and a template say, from the top to the nearest. */
type Places = readonly (readonly [YamlPath, PolicyConfig | undefined])[]

const mistakeAt = (places: Places): { path: YamlPath | undefined; mistake: string } | undefined => {
  const mistake = mistakeIn(policyOf(places.map(([, said]) => said)))
  if (mistake === undefined) return undefined
  const nearest =
    places.findLast(([, said]) => said?.approve !== undefined || said?.approvals !== undefined) ??
    places.findLast(([, said]) => said !== undefined)
  return { path: nearest === undefined ? undefined : [...nearest[0], 'policy'], mistake }
}

/** The policies that name approvers, but too few for any request to be approved, each at the nearest place that says something of it. */
export const approverMistakes = (
  { policy: top, clusters }: RightParts,
  placeOf: (path: YamlPath) => string,
): readonly string[] => {
  if (top === 'wrong') return []
  const all = Object.entries(clusters).flatMap(([name, { policy: said, templates = {} }]) =>
    Object.entries(templates).flatMap(([template, { policy }]) => {
      if (said === 'wrong') return []
      const own: YamlPath = ['clusters', name, 'templates', template]
      const found = mistakeAt([
        [[], top],
        [['clusters', name], said],
        [own, policy],
      ])
      return found === undefined ? [] : [`${placeOf(found.path ?? own)}: ${found.mistake}`]
    }),
  )
  return [...new Set(all)]
}
