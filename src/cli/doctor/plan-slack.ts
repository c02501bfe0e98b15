import { readFileSync } from 'node:fs'

import { load } from 'js-yaml'
import { z } from 'zod'

import type { Config } from '../../config/read-config.ts'
import { createLog } from '../../log.ts'
import { placeOf } from '../../network/proxy-agents.ts'
import type { Policy } from '../../onboarding/policy.ts'
import { createSlackInspection } from '../../slack/inspection.ts'
import type { Check } from './check.ts'
import { proxyOf } from './network-checks.ts'
import type { Offer } from './offers.ts'
import { botCallMs } from './run-checks.ts'
import { slackChecks } from './slack-checks.ts'

const manifestSchema = z.object({
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
})

/** The scopes of the manifest that comes with this version. */
const askedScopes = (): readonly string[] =>
  manifestSchema.parse(load(readFileSync(new URL('../../../manifest.yml', import.meta.url), 'utf8')))
    .oauth_config.scopes.bot

const subjectsOf = ({ rules, admins }: Policy): readonly string[] =>
  [...Object.values(rules), admins].flatMap(({ allow, deny }) => [...allow, ...deny])

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
  const subjects = offers.flatMap(({ terms }) => subjectsOf(terms.policy))
  return slackChecks(inspection, {
    apiUrl: slack.apiUrl,
    scopes: askedScopes(),
    channels: [...new Set(offers.map(({ terms }) => terms.channel))],
    subjects: [...new Set(subjects)].filter((subject) => /^[SCG]/.test(subject)),
  })
}
