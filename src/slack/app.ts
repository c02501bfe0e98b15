import { App, LogLevel } from '@slack/bolt'
import { WebClient } from '@slack/web-api'
import { z } from 'zod'

import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Onboarding, Run } from '../onboarding/onboarding.ts'
import type { Catalogue, Directory, Messenger, Templates } from '../onboarding/ports.ts'
import type { Commands } from '../runner/commands.ts'
import { createBoltLogger } from './bolt-logger.ts'
import { createDirectory } from './directory.ts'
import { registerActions } from './handlers/actions.ts'
import { registerCommands } from './handlers/commands.ts'
import type { Context } from './handlers/context.ts'
import { registerViews } from './handlers/views.ts'
import { inTime } from './in-time.ts'
import type { ThreadLink } from './messages/refusal.ts'
import { Outbox } from './outbox.ts'
import { createRecentlySeen } from './recently-seen.ts'
import { Sockets } from './sockets.ts'

/** A post may take long; what waits for a person's trigger may not (milliseconds). */
const postMs = 10_000
const interactiveMs = 2_500
/** Listeners that still work when the bot stops get this long (milliseconds). */
const drainMs = 3_000

interface Settings {
  readonly botToken: string
  readonly appToken: string
  /** Ends with a slash. */
  readonly apiUrl: string
  /** Without plan blocks. */
  readonly isClassic: boolean
  readonly catalogue: Catalogue
  readonly templates: Templates
  readonly link: (onboarding: Onboarding, run: Run) => string | undefined
  readonly clock: Clock
  readonly log: Log
}

/** The way to Slack: what the runner posts through, and what the app is built on. */
export interface Connection {
  readonly messenger: Messenger
  readonly directory: Directory
  /** Serves commands, clicks and forms until it is stopped. Rejects when Slack refuses the tokens. */
  readonly serve: (commands: Commands) => Promise<Serving>
}

export interface Serving {
  /** Takes nothing more, lets listeners end, and closes the sockets. */
  readonly stop: () => Promise<void>
}

const identitySchema = z.object({
  url: z.string(),
  team_id: z.string(),
  bot_id: z.string(),
  user_id: z.string(),
})
type Identity = z.infer<typeof identitySchema>

const createClient = ({ botToken, apiUrl, log }: Settings, timeout: number): WebClient =>
  new WebClient(botToken, {
    slackApiUrl: apiUrl,
    // Our own retries know what may be repeated.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout,
    logger: createBoltLogger(log),
    logLevel: LogLevel.WARN,
  })

/** Counts the listeners that are at work, so that a stop can wait for them. */
const createGauge = (): { enter: () => () => void; idle: () => Promise<void> } => {
  let count = 0
  let wake: (() => void)[] = []
  return {
    enter: () => {
      count += 1
      return () => {
        count -= 1
        if (count > 0) return
        for (const resolve of wake) resolve()
        wake = []
      }
    },
    idle: () => (count === 0 ? Promise.resolve() : new Promise((resolve) => wake.push(resolve))),
  }
}

const createApp = async (
  settings: Settings,
  context: Context,
  { gauge, identity }: { gauge: ReturnType<typeof createGauge>; identity: Promise<Identity> },
): Promise<App> => {
  const { botToken, appToken, apiUrl, log } = settings
  const app = new App({
    // Who we are is asked once, while the sockets open.
    authorize: async () => {
      const { team_id: teamId, bot_id: botId, user_id: botUserId } = await identity
      return { botToken, teamId, botId, botUserId }
    },
    receiver: new Sockets({ appToken, apiUrl, log }),
    deferInitialization: true,
    convoStore: false,
    logger: createBoltLogger(log),
    logLevel: LogLevel.INFO,
    clientOptions: { slackApiUrl: apiUrl, retryConfig: { retries: 0 }, timeout: postMs },
  })
  app.use(async ({ next }) => {
    const leave = gauge.enter()
    try {
      await next()
    } finally {
      leave()
    }
  })
  app.error(async (error) => {
    log.error({ err: error }, 'a payload could not be dealt with')
  })
  registerCommands(app, context)
  registerActions(app, context)
  registerViews(app, context)
  await app.init()
  return app
}

/** Prepares the way to Slack; nothing is called before something is posted or served. */
export const connectSlack = (settings: Settings): Connection => {
  const { catalogue, templates, clock, log } = settings
  let known: Identity | undefined
  const threadLink: ThreadLink = ({ thread }) => {
    const base = `${known?.url ?? 'https://slack.com/'}archives/${thread.channel}`
    return thread.ts === undefined ? base : `${base}/p${thread.ts.replace('.', '')}`
  }
  const posting = createClient(settings, postMs)
  const interactive = createClient(settings, interactiveMs)
  const directory = createDirectory({ client: interactive, clock, log })
  const messenger = new Outbox({ ...settings, client: posting, threadLink })

  const serve = async (commands: Commands): Promise<Serving> => {
    const identity = posting.auth.test().then((answer) => {
      known = identitySchema.parse(answer)
      return known
    })
    const gauge = createGauge()
    const isNew = createRecentlySeen()
    const teamId = (): string | undefined => known?.team_id
    const context: Context = {
      commands,
      catalogue,
      templates,
      directory,
      client: interactive,
      clock,
      log,
      threadLink,
      teamId,
      isNew,
    }
    const app = await createApp(settings, context, { gauge, identity })
    await Promise.all([app.start(), identity])
    return {
      stop: async () => {
        await inTime(clock, gauge.idle(), drainMs)
        await inTime(clock, app.stop(), drainMs)
      },
    }
  }
  return { messenger, directory, serve }
}
