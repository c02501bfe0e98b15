import { type Logger, LogLevel, WebClient } from '@slack/web-api'
import { z } from 'zod'

import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { createBoltLogger } from './bolt-logger.ts'
import { type SocketDispatcher, Sockets } from './sockets.ts'
import { tokenRefusal, type TokenVariables } from './token-refused.ts'

/** A post may take long (milliseconds). */
export const postMs = 10_000
/** How long after Slack could not be asked it is asked again (milliseconds). */
const askAgainMs = 5_000

interface Access {
  readonly botToken: string
  readonly appToken: string
  readonly variables: TokenVariables
  /** Ends with a slash. */
  readonly apiUrl: string
  /** What the sockets connect by, where not by themselves. */
  readonly dispatcher: SocketDispatcher
  readonly clock: Clock
  readonly log: Log
}

const identitySchema = z.object({
  url: z.string(),
  team_id: z.string(),
  bot_id: z.string(),
  user_id: z.string(),
})

/** Who the bot is, as Slack says. */
export type Identity = z.infer<typeof identitySchema>

interface Told extends Access {
  /** For all that is called in this Slack. */
  readonly logger: Logger
}

/** A Slack that is being connected to while the rest of the bot gets ready. */
export interface OpenSlack {
  readonly access: Told
  /** For posts. */
  readonly client: WebClient
  /** Asked until Slack answers. Rejects with {@link TokenRefused}. */
  readonly identity: Promise<Identity>
  readonly sockets: Sockets
}

/** Who the bot is; while Slack cannot be asked, it is tried on. */
const identify = async (client: WebClient, access: Told): Promise<Identity> => {
  const { apiUrl, clock, logger, variables } = access
  try {
    return identitySchema.parse(await client.auth.test())
  } catch (error) {
    const refusal = tokenRefusal('bot', variables, error)
    if (refusal !== undefined) throw refusal
    logger.warn(
      `Slack cannot be asked at ${apiUrl}, which is tried on; check SLACK_API_URL, the network and the proxy:`,
      error,
    )
  }
  await new Promise<void>((resolve) => clock.after(askAgainMs, resolve))
  return identify(client, access)
}

/** A client whose calls end after `timeout` milliseconds. */
export const createClient = (
  { botToken, apiUrl, logger }: Pick<Told, 'botToken' | 'apiUrl' | 'logger'>,
  timeout: number,
): WebClient =>
  new WebClient(botToken, {
    slackApiUrl: apiUrl,
    // Our own retries know what may be repeated.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout,
    logger,
    logLevel: LogLevel.WARN,
  })

/** Begins to connect. Payloads that come before the app is started wait for it. */
export const openSlack = (given: Access): OpenSlack => {
  const access = { ...given, logger: createBoltLogger(given) }
  const sockets = new Sockets(access)
  sockets.open()
  const client = createClient(access, postMs)
  const identity = identify(client, access)
  // Told by whoever serves; a bot that does not get that far has its own reason.
  identity.catch(() => undefined)
  return { access, client, identity, sockets }
}
