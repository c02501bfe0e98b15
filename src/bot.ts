import { createWorkflows } from './argo/workflows.ts'
import { type Clock, systemClock } from './clock.ts'
import { connectClusters } from './clusters.ts'
import { createCatalogue } from './config/catalogue.ts'
import type { Config } from './config/read-config.ts'
import { createCredentials } from './credentials/credentials.ts'
import { inTime } from './in-time.ts'
import { createRunSecrets } from './kubernetes/run-secrets.ts'
import type { Log } from './log.ts'
import type { Store } from './onboarding/ports.ts'
import { socketDispatcher } from './proxies.ts'
import { guardSecrets, guardWorkflows } from './runner/guard.ts'
import { createRunner } from './runner/runner.ts'
import { installationLabel } from './runner/workflow-metadata.ts'
import { createSecretSources } from './secret-sources.ts'
import { connectSlack, type Serving } from './slack/app.ts'
import { openSlack, type OpenSlack } from './slack/open-slack.ts'
import { openStore } from './store/open-store.ts'
import { readTemplates } from './templates/read-templates.ts'

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

const startOn = async (opened: OpenSlack, config: Config, { log, clock }: Surroundings): Promise<Bot> => {
  const templates = readTemplates(config.templatesDirectory)
  const catalogue = createCatalogue(config)
  const { endpoints, places } = connectClusters(config, clock)
  const { installation } = catalogue
  const labelSelector = `${installationLabel}=${installation}`
  const surroundings = { clock, log, random: Math.random }
  const workflows = guardWorkflows(
    createWorkflows({ endpoints, labelSelector, ...surroundings }),
    surroundings,
  )
  const slack = connectSlack({
    slack: opened,
    isClassic: config.file.slack.classicCards,
    catalogue,
    templates,
    link: ({ key }, run) => workflows.link(key.cluster, run.workflowName, run.uid),
    clock,
    log,
  })
  const store = openStore({ directory: config.dataDirectory, log })
  const label = { name: installationLabel, value: installation }
  const secrets = guardSecrets(createRunSecrets({ places, label }), surroundings)
  const credentials = createCredentials(createSecretSources(config, { places, random: Math.random }))
  const { messenger } = slack
  const tools = { store, workflows, secrets, credentials, templates, catalogue, messenger, clock, log }
  const runner = createRunner(tools, Math.random)
  runner.start()
  const end = async (serving: Serving | undefined): Promise<void> => {
    await serving?.stop()
    workflows.close()
    await runner.stop()
    await store.close()
  }
  try {
    opened.access.log.level = log.level
    const serving = await slack.serve(runner.commands)
    log.info({ clusters: catalogue.clusters.length, templates: templates.all.length }, 'ready')
    return { store, stop: () => end(serving) }
  } catch (error) {
    await end(undefined)
    throw error
  }
}

/**
 * Starts the bot: what was under way goes on at once, whether or not Slack can be reached; then Slack is served, as
 * soon as it answers. Throws what the configuration, the templates or the data folder have against it, and
 * TokenRefused.
 */
export const startBot = async (
  config: Config,
  { log, clock = systemClock }: Pick<Surroundings, 'log'> & Partial<Surroundings>,
): Promise<Bot> => {
  const { botToken, appToken, apiUrl } = config.slack
  // Until it is known that the bot can start, only what keeps it from that is told.
  const quiet = log.child({}, { level: 'silent' })
  // Slack answers while templates and records are read.
  const opened = openSlack({
    botToken: botToken.reveal(),
    appToken: appToken.reveal(),
    apiUrl,
    dispatcher: socketDispatcher(config),
    clock,
    log: quiet,
  })
  try {
    return await startOn(opened, config, { log, clock })
  } catch (error) {
    // A socket that is just being opened may never say that it is closed.
    await inTime(clock, opened.sockets.stop(), closeMs)
    throw error
  }
}
