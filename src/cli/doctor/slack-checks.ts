import type { SlackChannel, SlackInspection } from '../../slack/inspection.ts'
import { badTokens, type TokenVariables } from '../../slack/token-refused.ts'
import { type Check, check, ok, type Verdict, warning, wrong } from './check.ts'
import { type NamedPerson, peopleChecks, type Quorum } from './people-checks.ts'
import { codeOf, missingScope, refused } from './slack-refusals.ts'

/** What the configuration says about Slack. */
export interface SlackExpectations {
  readonly apiUrl: string
  readonly variables: TokenVariables
  /** The bot scopes that manifest.yml asks for. */
  readonly scopes: readonly string[]
  /** Where cards are posted. */
  readonly channels: readonly string[]
  /** User groups and channels whose members the policy names. */
  readonly subjects: readonly string[]
  readonly people: readonly NamedPerson[]
  readonly quorums: readonly Quorum[]
}

const area = 'Slack'
const apps = 'https://api.slack.com/apps'

const tokenRefused = (apiUrl: string, error: unknown, cure: string): Verdict => {
  const code = codeOf(error)
  return badTokens.has(code) ? wrong(`Slack does not take it: ${code}`, cure) : refused(apiUrl, error)
}

const judgeScopes = (held: readonly string[], asked: readonly string[]): Verdict => {
  const missing = asked.filter((scope) => !held.includes(scope))
  const more = held.filter((scope) => !asked.includes(scope))
  const place = `${apps} -> the app -> OAuth & Permissions`
  if (missing.length > 0)
    return wrong(
      `missing: ${missing.join(', ')}`,
      `${place}: add ${missing.join(', ')} (or paste manifest.yml under "App Manifest"), then install the app again`,
    )
  if (more.length > 0)
    return warning(
      `more than manifest.yml asks for: ${more.join(', ')}`,
      `${place}: take out ${more.join(', ')}, then install the app again`,
    )
  return ok(`all ${asked.length} of manifest.yml`)
}

const judgeChannel = ({ name, isMember, isArchived }: SlackChannel, bot: string): Verdict => {
  if (isArchived) return wrong(`#${name} is archived`, `unarchive #${name}, or configure another channel`)
  if (isMember) return ok(`the bot is in #${name}`)
  return wrong(`the bot is not in #${name}`, `/invite @${bot}   # in #${name}`)
}

const channelCheck = (
  slack: SlackInspection,
  { apiUrl, id, nameOfBot }: { apiUrl: string; id: string; nameOfBot: () => Promise<string> },
): Check =>
  check({
    id: `slack/channel/${id}`,
    area,
    title: `channel ${id}`,
    needs: ['slack/bot-token'],
    probe: async () => ({ channel: await slack.channel(id), bot: await nameOfBot() }),
    judge: ({ channel, bot }) => judgeChannel(channel, bot),
    refused: (error) =>
      refused(apiUrl, error, {
        // Slack says so of private channels too that the bot is not in.
        channel_not_found: wrong(
          'there is no such channel, or it is private and the bot is not in it',
          `invite the bot in the channel (/invite), or correct "channel": the id stands at the end of its "About"`,
        ),
        missing_scope: missingScope('channels:read or groups:read'),
      }),
  })

const subjectCheck = (slack: SlackInspection, apiUrl: string, id: string): Check => {
  const isGroup = id.startsWith('S')
  const kind = isGroup ? 'user group' : 'channel'
  const unknown = wrong(
    `there is no such ${kind}`,
    `correct ${id} in "policy": a ${kind}'s id stands at the end of its link`,
  )
  return check({
    id: `slack/policy/${id}`,
    area,
    title: `${kind} ${id} of the policy`,
    needs: ['slack/bot-token'],
    probe: () => slack.memberCount(id),
    judge: (count) =>
      count === 0
        ? warning('has no members, so it names nobody', `add people to the ${kind}`)
        : ok(`${count} ${count === 1 ? 'member' : 'members'}`),
    refused: (error) =>
      refused(apiUrl, error, {
        no_such_subteam: unknown,
        channel_not_found: unknown,
        plan_upgrade_required: wrong(
          'user groups need a paid plan of Slack',
          `name people (U...) or a channel (C...) instead of ${id} in "policy"`,
        ),
        missing_scope: missingScope(isGroup ? 'usergroups:read' : 'channels:read or groups:read'),
      }),
  })
}

const placeOf = (variable: string): string =>
  variable.endsWith('_FILE') ? `in the file that ${variable} names` : `as ${variable}`

const appCheck = (
  slack: SlackInspection,
  { apiUrl, variables }: Pick<SlackExpectations, 'apiUrl' | 'variables'>,
): Check => {
  const cure = `${apps} -> the app -> App-Level Tokens: make one with connections:write, and give it ${placeOf(variables.app)}`
  return check({
    id: 'slack/app-token',
    area,
    title: 'token of the app',
    probe: slack.app,
    judge: () => ok('opens Socket Mode'),
    refused: (error) =>
      codeOf(error) === 'missing_scope'
        ? wrong('lacks the scope connections:write', cure)
        : tokenRefused(apiUrl, error, cure),
  })
}

/** What is looked at in Slack. */
export const slackChecks = (slack: SlackInspection, expected: SlackExpectations): readonly Check[] => {
  const { apiUrl, scopes, channels, subjects, variables } = expected
  let asked: ReturnType<SlackInspection['bot']> | undefined
  const bot = (): ReturnType<SlackInspection['bot']> => (asked ??= slack.bot())
  const nameOfBot = async (): Promise<string> => (await bot()).name
  return [
    check({
      id: 'slack/bot-token',
      area,
      title: 'token of the bot',
      probe: bot,
      judge: ({ name, workspace }) => ok(`@${name} in ${workspace}`),
      refused: (error) =>
        tokenRefused(
          apiUrl,
          error,
          `${apps}: install the app, and give its xoxb token ${placeOf(variables.bot)}`,
        ),
    }),
    check({
      id: 'slack/scopes',
      area,
      title: 'scopes',
      needs: ['slack/bot-token'],
      probe: bot,
      judge: ({ scopes: held }) => judgeScopes(held, scopes),
      refused: (error) => refused(apiUrl, error),
    }),
    appCheck(slack, expected),
    ...channels.map((id) => channelCheck(slack, { apiUrl, id, nameOfBot })),
    ...subjects.map((id) => subjectCheck(slack, apiUrl, id)),
    ...peopleChecks(slack, apiUrl, expected),
  ]
}
