import { denial, type Policy } from '../../onboarding/policy.ts'
import type { Denied } from '../messages/may-ask.ts'
import type { Context } from './context.ts'

/** The people and groups on whom it depends who may ask. */
const askersOf = ({ rules: { request, approve } }: Policy): readonly string[] => {
  const own = [...request.allow, ...request.deny]
  return own.includes('approvers') ? [...own, ...approve.allow, ...approve.deny] : own
}

/**
 * Everything on offer, where somebody may ask for none of it; undefined where they may ask for something, or Slack did
 * not say in time. Takes as long as one look-up.
 */
export const deniedAll = async (
  { catalogue, directory }: Context,
  user: string,
): Promise<readonly Denied[] | undefined> => {
  const offers = catalogue.clusters.flatMap(({ name: cluster, templates }) =>
    templates.flatMap((template) => {
      const policy = catalogue.terms(cluster, template)?.policy
      return policy === undefined ? [] : [{ cluster, template, policy }]
    }),
  )
  const person = await directory.person(user, [...new Set(offers.flatMap(({ policy }) => askersOf(policy)))])
  const denied = offers.flatMap(({ cluster, template, policy }) => {
    const found = denial('request', person, { policy, requester: user })
    const isUnsure = found?.because === 'not-looked-up' || person.standing === 'unknown'
    return found === undefined || isUnsure
      ? []
      : [{ cluster, template, rule: policy.rules.request, denial: found }]
  })
  return denied.length === offers.length ? denied : undefined
}
