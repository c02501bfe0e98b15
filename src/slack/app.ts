import type { AppOptions } from '@slack/bolt'
import { LogLevel } from '@slack/web-api'

import type { Clock } from '../clock.ts'
import { inTime } from '../in-time.ts'
import type { Log } from '../log.ts'
import type { Onboarding, Run } from '../onboarding/onboarding.ts'
import type { Catalogue } from '../onboarding/ports/catalogue.ts'
import type { Directory } from '../onboarding/ports/directory.ts'
import type { Messenger } from '../onboarding/ports/messenger.ts'
import type { Templates } from '../onboarding/ports/templates.ts'
import type { Commands } from '../runner/commands.ts'
import { AnsweringApp } from './answering-app.ts'
import type { App } from './bolt.ts'
import { createDirectory } from './directory.ts'
import { registerActions } from './handlers/actions.ts'
import { registerCommands } from './handlers/commands.ts'
import type { Context } from './handlers/context.ts'
import { answerFailure } from './handlers/failure.ts'
import { answerUnknown } from './handlers/unknown.ts'
import { registerViews } from './handlers/views.ts'
import type { ThreadLink } from './messages/refusal.ts'
import { createClient, type Identity, type OpenSlack, postMs } from './open-slack.ts'
import { Outbox } from './outbox.ts'
import { createRecentlySeen } from './recently-seen.ts'
import { TokenRefused } from './token-refused.ts'

/** What waits for a person's trigger may not take long (milliseconds). */
const interactiveMs = 2_500
/** Listeners that still work when the bot stops get this long (milliseconds). */
const drainMs = 3_000
/** A refusal of the other token is known by then: the socket is looked into after three seconds (milliseconds). */
const otherTokenMs = 4_000

interface Settings {
  readonly slack: OpenSlack
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
  /** Serves commands, clicks and forms until it is stopped. Rejects with TokenRefused. */
  readonly serve: (commands: Commands) => Promise<Serving>
}

export interface Serving {
  /** Takes nothing more, lets listeners end, and closes the sockets. */
  readonly stop: () => Promise<void>
}

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

/** Waits for all. Once a token was refused, the other is waited for too: both may be wrong. Rejects with TokenRefused. */
const allTaken = async (clock: Clock, parts: readonly Promise<unknown>[]): Promise<void> => {
  try {
    await Promise.all(parts)
  } catch (error) {
    const ends = await Promise.all(
      parts.map((part) =>
        inTime(
          clock,
          part.catch((reason: unknown) => reason),
          otherTokenMs,
        ),
      ),
    )
    const refusals = ends.filter((end) => end instanceof TokenRefused)
    throw refusals.length > 1 ? TokenRefused.of(refusals) : error
  }
}

const createApp = async (
  settings: Settings,
  context: Context,
  gauge: ReturnType<typeof createGauge>,
): Promise<App> => {
  const { slack, log } = settings
  const { botToken, apiUrl, logger } = slack.access
  const options: AppOptions = {
    // Who we are is asked once, while the sockets open.
    authorize: async () => {
      const { team_id: teamId, bot_id: botId, user_id: botUserId } = await slack.identity
      return { botToken, teamId, botId, botUserId }
    },
    receiver: slack.sockets,
    deferInitialization: true,
    convoStore: false,
    logger,
    logLevel: LogLevel.INFO,
    clientOptions: { slackApiUrl: apiUrl, retryConfig: { retries: 0 }, timeout: postMs },
  }
  const app = new AnsweringApp(options, log)
  app.use(async ({ next, ...payload }) => {
    const leave = gauge.enter()
    try {
      await next()
      await answerUnknown(context, payload)
    } catch (error) {
      await answerFailure(payload)
      throw error
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

/** The app on a Slack that is being connected to. */
export const connectSlack = (settings: Settings): Connection => {
  const { slack, catalogue, templates, clock, log } = settings
  let known: Identity | undefined
  const threadLink: ThreadLink = ({ thread }) => {
    if (thread.ts === undefined) return undefined
    const base = `${known?.url ?? 'https://slack.com/'}archives/${thread.channel}`
    return `${base}/p${thread.ts.replace('.', '')}`
  }
  const interactive = createClient(slack.access, interactiveMs)
  const directory = createDirectory({ client: interactive, clock, log })
  const messenger = new Outbox({
    ...settings,
    client: slack.client,
    directory,
    threadLink,
    ownUser: () => known?.user_id,
  })

  const serve = async (commands: Commands): Promise<Serving> => {
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
    const app = await createApp(settings, context, gauge)
    const learn = async (): Promise<void> => {
      known = await slack.identity
    }
    await allTaken(clock, [learn(), app.start()])
    return {
      stop: async () => {
        await inTime(clock, gauge.idle(), drainMs)
        await inTime(clock, app.stop(), drainMs)
      },
    }
  }
  return { messenger, directory, serve }
}
