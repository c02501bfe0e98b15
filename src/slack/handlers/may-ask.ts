import type { Key } from '../../onboarding/key.ts'
import { denial, type Denial, type Policy } from '../../onboarding/policy.ts'
import type { Denied } from '../messages/may-ask.ts'
import { callerOf, type Context } from './context.ts'

/** The people and groups on whom it depends who may ask. */
const askersOf = ({ rules: { request, approve } }: Policy): readonly string[] => {
  const own = [...request.allow, ...request.deny]
  return own.includes('approvers') ? [...own, ...approve.allow, ...approve.deny] : own
}

/** Whether Slack only did not say in time that they may. */
const isUnsure = (denied: Denial): boolean =>
  denied.because === 'not-looked-up' || (denied.because === 'standing' && denied.standing === 'unknown')

/** Why somebody may not ask for this; undefined where they may, or Slack did not say in time. */
export const deniedThere = async (
  context: Context,
  user: Parameters<typeof callerOf>[1],
  { key, policy }: { readonly key: Key; readonly policy: Policy },
): Promise<Denial | undefined> => {
  const denied = denial('request', await callerOf(context, user, key), { policy, requester: user.id })
  return denied === undefined || isUnsure(denied) ? undefined : denied
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
    return found === undefined || isUnsure(found)
      ? []
      : [{ cluster, template, rule: policy.rules.request, denial: found }]
  })
  return denied.length === offers.length ? denied : undefined
}
