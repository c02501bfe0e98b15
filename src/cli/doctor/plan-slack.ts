import { readFileSync } from 'node:fs'

import { load } from 'js-yaml'
import { z } from 'zod'

import type { Config } from '../../config/read-config.ts'
import { createLog } from '../../log.ts'
import { placeOf } from '../../network/proxy-agents.ts'
import type { Policy, Rule } from '../../onboarding/policy.ts'
import { createSlackInspection } from '../../slack/inspection.ts'
import type { Check } from './check.ts'
import { proxyOf } from './network-checks.ts'
import type { Offer } from './offers.ts'
import type { NamedPerson, Quorum } from './people-checks.ts'
import { botCallMs } from './run-checks.ts'
import { slackChecks } from './slack-checks.ts'

const manifestSchema = z.object({
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
})

/** The scopes of the manifest that comes with this version. */
const askedScopes = (): readonly string[] =>
  manifestSchema.parse(load(readFileSync(new URL('../../../manifest.yml', import.meta.url), 'utf8')))
    .oauth_config.scopes.bot

const rulesOf = ({ rules, admins }: Policy): readonly Rule[] => [...Object.values(rules), admins]

const isPerson = (subject: string): boolean => /^[UW]/.test(subject)
const isGroup = (subject: string): boolean => /^[SCG]/.test(subject)

const peopleIn = (rules: readonly Rule[]): readonly NamedPerson[] => {
  const allowed = new Set(rules.flatMap(({ allow }) => allow).filter(isPerson))
  const denied = rules.flatMap(({ deny }) => deny).filter(isPerson)
  return [...new Set([...allowed, ...denied])].map((id) => ({ id, isAllowed: allowed.has(id) }))
}

const quorumOf = ({ cluster, template, terms: { policy } }: Offer): readonly Quorum[] => {
  const { rules, approvals, requesterMayApprove } = policy
  const { allow, deny } = rules.approve
  const approvers = [...new Set(allow)].filter((subject) => isPerson(subject) && !deny.includes(subject))
  // Of a group only Slack knows how many there are, and one by one they may be hundreds.
  if (approvals === 0 || approvers.length === 0 || allow.some(isGroup)) return []
  const isByRequester = requesterMayApprove && allow.includes('requester') && !deny.includes('requester')
  return [{ cluster, template: template.name, approvals, approvers, isByRequester }]
}

/** What is to be looked at in Slack for what is offered. */
export const planSlack = (
  { slack, proxies }: Config,
  offers: readonly Offer[],
  limitMs: number,
): readonly Check[] => {
  const proxy = proxyOf(slack.apiUrl, proxies)
  const inspection = createSlackInspection({
    botToken: slack.botToken.reveal(),
    appToken: slack.appToken.reveal(),
    apiUrl: slack.apiUrl,
    timeoutMs: Math.max(limitMs, botCallMs),
    proxy: proxy === undefined ? undefined : { proxy: placeOf(new URL(proxy)), setting: 'environment' },
    log: createLog('silent'),
  })
  const rules = offers.flatMap(({ terms }) => rulesOf(terms.policy))
  const subjects = rules.flatMap(({ allow, deny }) => [...allow, ...deny])
  return slackChecks(inspection, {
    apiUrl: slack.apiUrl,
    variables: { bot: slack.botToken.from, app: slack.appToken.from },
    scopes: askedScopes(),
    channels: [...new Set(offers.map(({ terms }) => terms.channel))],
    subjects: [...new Set(subjects)].filter(isGroup),
    people: peopleIn(rules),
    quorums: offers.flatMap(quorumOf),
  })
}
