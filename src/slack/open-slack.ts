import { LogLevel } from '@slack/bolt'
import { WebClient } from '@slack/web-api'
import { z } from 'zod'

import type { Log } from '../log.ts'
import { createBoltLogger } from './bolt-logger.ts'
import { type SocketDispatcher, Sockets } from './sockets.ts'

/** A post may take long (milliseconds). */
export const postMs = 10_000

interface Access {
  readonly botToken: string
  readonly appToken: string
  /** Ends with a slash. */
  readonly apiUrl: string
  /** What the sockets connect by, where not by themselves. */
  readonly dispatcher: SocketDispatcher
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

/** A Slack that is being connected to while the rest of the bot gets ready. */
export interface OpenSlack {
  readonly access: Access
  /** For posts. */
  readonly client: WebClient
  /** Asked once. Rejects when Slack refuses the bot's token. */
  readonly identity: Promise<Identity>
  readonly sockets: Sockets
}

/** A client whose calls end after `timeout` milliseconds. */
export const createClient = ({ botToken, apiUrl, log }: Access, timeout: number): WebClient =>
  new WebClient(botToken, {
    slackApiUrl: apiUrl,
    // Our own retries know what may be repeated.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout,
    logger: createBoltLogger(log),
    logLevel: LogLevel.WARN,
  })

/**
 * Begins to connect. Payloads may come once the event loop turns: the app that takes them has to stand by then, so
 * what is between this call and that must not wait for anything.
 */
export const openSlack = (access: Access): OpenSlack => {
  const client = createClient(access, postMs)
  const identity = client.auth.test().then((answer) => identitySchema.parse(answer))
  // Told by whoever serves; a bot that does not get that far has its own reason.
  identity.catch(() => undefined)
  const sockets = new Sockets(access)
  sockets.open()
  return { access, client, identity, sockets }
}
