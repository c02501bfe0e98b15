import { WebAPIPlatformError, WebAPIRateLimitedError, WebClient } from '@slack/web-api'
import { z } from 'zod'

import { systemClock } from '../clock.ts'
import type { Log } from '../log.ts'
import { type ProxyPlace, toldOfProxy } from '../network/proxy-error.ts'
import type { Standing } from '../onboarding/policy.ts'
import { createBoltLogger } from './bolt-logger.ts'
import { lookUpStanding, membersOf } from './directory.ts'

/** Slack's own name for why it refused a call; `unreachable` when it gave no answer. */
export class SlackRefusal extends Error {
  override readonly name = 'SlackRefusal'
  readonly code: string

  constructor(code: string, cause: unknown) {
    super(`Slack refused: ${code}`, { cause })
    this.code = code
  }
}

interface SlackBot {
  readonly name: string
  readonly workspace: string
  /** What the token was given. */
  readonly scopes: readonly string[]
}

export interface SlackChannel {
  readonly name: string
  readonly isMember: boolean
  readonly isArchived: boolean
}

/** Looks at what the bot has in Slack and changes nothing. Every method throws {@link SlackRefusal}. */
export interface SlackInspection {
  readonly bot: () => Promise<SlackBot>
  /** Asks for a socket, which is not opened. */
  readonly app: () => Promise<void>
  readonly channel: (id: string) => Promise<SlackChannel>
  /** How many members a user group or a channel has. */
  readonly memberCount: (subject: string) => Promise<number>
  readonly standing: (user: string) => Promise<Standing>
}

const botSchema = z.object({
  user: z.string(),
  team: z.string(),
  response_metadata: z.object({ scopes: z.array(z.string()).default([]) }).default({ scopes: [] }),
})
const channelSchema = z.object({
  channel: z.object({
    name: z.string().default(''),
    is_member: z.boolean().default(false),
    is_archived: z.boolean().default(false),
  }),
})

const codeOf = (error: unknown): string => {
  if (error instanceof WebAPIPlatformError) return error.data.error
  return error instanceof WebAPIRateLimitedError ? 'ratelimited' : 'unreachable'
}

export const createSlackInspection = (options: {
  readonly botToken: string
  readonly appToken: string
  /** Ends with a slash. */
  readonly apiUrl: string
  readonly timeoutMs: number
  /** The one that the calls go by. */
  readonly proxy: ProxyPlace | undefined
  readonly log: Log
}): SlackInspection => {
  const { proxy } = options
  const told = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call()
    } catch (error) {
      throw new SlackRefusal(codeOf(error), proxy === undefined ? error : toldOfProxy(error, proxy))
    }
  }
  const client = (token: string): WebClient =>
    new WebClient(token, {
      slackApiUrl: options.apiUrl,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: options.timeoutMs,
      logger: createBoltLogger({ ...options, clock: systemClock }),
    })
  const bot = client(options.botToken)
  const app = client(options.appToken)
  return {
    bot: () =>
      told(async () => {
        const answer = botSchema.parse(await bot.auth.test())
        return { name: answer.user, workspace: answer.team, scopes: answer.response_metadata.scopes }
      }),
    app: () =>
      told(async () => {
        await app.apps.connections.open({})
      }),
    channel: (id) =>
      told(async () => {
        const { channel } = channelSchema.parse(await bot.conversations.info({ channel: id }))
        return { name: channel.name, isMember: channel.is_member, isArchived: channel.is_archived }
      }),
    memberCount: (subject) => told(async () => (await membersOf(bot, subject)).length),
    standing: (user) => told(() => lookUpStanding(bot, user)),
  }
}
