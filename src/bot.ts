import { setImmediate as turn } from 'node:timers/promises'

import { type Clock, systemClock } from './clock.ts'
import type { Config } from './config/read-config.ts'
import { readOffered } from './config/read-offered.ts'
import { inTime } from './in-time.ts'
import type { Log } from './log.ts'
import { socketDispatcher } from './network/proxies.ts'
import type { Store } from './onboarding/ports/store.ts'
import { openSlack } from './slack/open-slack.ts'
import { openStore } from './store/open-store.ts'

/** Sockets get this long to close when the bot cannot start (milliseconds). */
const closeMs = 1_000

/** A running bot. */
export interface Bot {
  readonly store: Store
  /** Takes nothing more, ends what is under way, and lets go of the data folder. */
  readonly stop: () => Promise<void>
}

interface Surroundings {
  readonly log: Log
  readonly clock: Clock
}

/** Loads the rest of the bot piece by piece: Slack is heard in between. */
const loadRest = async (): Promise<void> => {
  const pieces = [
    () => import('./argo/workflows.ts'),
    () => import('./clusters.ts'),
    () => import('./slack/app.ts'),
    () => import('./runner/runner.ts'),
  ]
  for (const load of pieces) {
    await turn()
    await load()
  }
}

/** Starts the bot. Throws what the configuration, the templates or the data folder have against it, and TokenRefused. */
export const startBot = async (
  config: Config,
  { log, clock = systemClock }: Pick<Surroundings, 'log'> & Partial<Surroundings>,
): Promise<Bot> => {
  const store = openStore({ directory: config.dataDirectory, log })
  const { botToken, appToken, apiUrl } = config.slack
  // Until it is known that the bot can start, only what keeps it from that is told.
  const quiet = log.child({}, { level: 'silent' })
  const slack = openSlack({
    botToken: botToken.reveal(),
    appToken: appToken.reveal(),
    variables: { bot: botToken.from, app: appToken.from },
    apiUrl,
    dispatcher: socketDispatcher(config),
    clock,
    log: quiet,
  })
  try {
    await loadRest()
    const templates = readOffered(config)
    const { assemble } = await import('./assemble.ts')
    const end = await assemble({ config, templates, store, slack, clock, log })
    return {
      store,
      stop: async () => {
        await end()
        await store.close()
      },
    }
  } catch (error) {
    // A socket that is just being opened may never say that it is closed.
    await inTime(clock, slack.sockets.stop(), closeMs)
    await store.close()
    throw error
  }
}
