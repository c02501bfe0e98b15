import type { Clock } from '../../clock.ts'
import type { Config } from '../../config/read-config.ts'
import type { Log } from '../../log.ts'
import { type Offers, offersIn } from './offers.ts'
import { planSlack } from './plan-slack.ts'
import { runChecks } from './run-checks.ts'

/** Far more than Slack takes to answer (milliseconds). */
const limitMs = 10_000

/** What the bot knows since it is connected. */
const known = 'slack/app-token'

/** Says in the log what doctor says of the scopes, the channels and the groups of the policy, where that is not well. */
export const warnOfSlack = async (
  config: Config,
  { offers, clock, log }: { offers: Offers; clock: Clock; log: Log },
): Promise<void> => {
  const checks = planSlack(config, offersIn(offers), limitMs).filter(({ id }) => id !== known)
  await runChecks(checks, {
    clock,
    limitMs,
    tell: ({ area, title, outcome, says, cure }) => {
      if (outcome === 'wrong' || outcome === 'warning') log.warn({ cure }, `${area}: ${title}: ${says}`)
    },
  })
}
