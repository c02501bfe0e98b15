import type { Policy } from '../onboarding/policy.ts'
import type { Catalogue } from '../onboarding/ports/catalogue.ts'

/** Something that the policy lets nobody do, where it is offered: it may be meant, and is told all the same. */
interface EmptyRule {
  readonly says: string
  readonly cure: string
  /** Each as cluster/template. */
  readonly offers: readonly string[]
}

const rules: readonly (Omit<EmptyRule, 'offers'> & { readonly isEmpty: (policy: Policy) => boolean })[] = [
  {
    says: 'nobody may ask for what is offered',
    cure: 'name people, a user group or a channel in "policy.request"',
    isEmpty: (policy) => policy.rules.request.allow.length === 0,
  },
  {
    says: 'nobody may approve what is asked for, so that every request expires',
    cure: 'name people or a user group in "policy.approve", or say "policy.approvals: 0" where nobody has to',
    isEmpty: (policy) => policy.rules.approve.allow.length === 0 && policy.approvals > 0,
  },
]

/** What nobody may do of all that takes somebody before an onboarding begins. */
export const emptyRules = ({
  clusters,
  terms,
}: Pick<Catalogue, 'clusters' | 'terms'>): readonly EmptyRule[] => {
  const all = clusters.flatMap(({ name, templates }) =>
    templates.flatMap((template) => {
      const policy = terms(name, template)?.policy
      return policy === undefined ? [] : [{ offer: `${name}/${template}`, policy }]
    }),
  )
  return rules.flatMap(({ isEmpty, ...told }) => {
    const offers = all.filter(({ policy }) => isEmpty(policy)).map(({ offer }) => offer)
    return offers.length === 0 ? [] : [{ ...told, offers }]
  })
}
