import { flushCompileCache } from 'node:module'

import { createWorkflows } from './argo/workflows.ts'
import type { Clock } from './clock.ts'
import { connectClusters } from './clusters.ts'
import { createCatalogue } from './config/catalogue.ts'
import { emptyRules } from './config/empty-rules.ts'
import type { Config } from './config/read-config.ts'
import { createCredentials } from './credentials/credentials.ts'
import { createRunSecrets } from './kubernetes/run-secrets.ts'
import type { Log } from './log.ts'
import type { Catalogue } from './onboarding/ports/catalogue.ts'
import type { Templates } from './onboarding/ports/templates.ts'
import { guardSecrets, guardWorkflows } from './runner/guard.ts'
import { createRunner } from './runner/runner.ts'
import { installationLabel } from './runner/workflow-metadata.ts'
import { createSecretSources } from './secret-sources.ts'
import { connectSlack, type Serving } from './slack/app.ts'
import type { OpenSlack } from './slack/open-slack.ts'
import type { OpenStore } from './store/open-store.ts'

/** What is wrong in Slack is looked for when the start is over, since the bot serves in spite of it (milliseconds). */
const lookAtSlackMs = 5_000

/** What a bot is made of that can start: nothing is wrong with any of it. */
interface Parts {
  readonly config: Config
  readonly templates: Templates
  readonly store: OpenStore
  /** Being connected to. */
  readonly slack: OpenSlack
  readonly clock: Clock
  readonly log: Log
}

const lookAtSlack = async (
  { config, templates, clock, log }: Pick<Parts, 'config' | 'templates' | 'clock' | 'log'>,
  catalogue: Catalogue,
): Promise<void> => {
  try {
    const { warnOfSlack } = await import('./cli/doctor/warn-of-slack.ts')
    // What is not in Node's compile cache costs 12 MiB for good at every start: the program that takes types out.
    flushCompileCache()
    await warnOfSlack(config, { offers: { templates, catalogue }, clock, log })
  } catch (error) {
    log.warn({ err: error }, 'Slack could not be looked at; doctor looks again')
  }
}

/**
 * Puts the parts together: what was under way goes on at once, whether or not Slack can be reached; then Slack is
 * served, as soon as it answers. Gives what ends it all. Throws what the configuration has against it, and TokenRefused.
 */
export const assemble = async ({
  config,
  templates,
  store,
  slack: opened,
  clock,
  log,
}: Parts): Promise<() => Promise<void>> => {
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
  }
  try {
    opened.access.log.level = log.level
    const serving = await slack.serve(runner.commands)
    log.info({ clusters: catalogue.clusters.length, templates: templates.all.length }, 'ready')
    for (const { says, cure, offers } of emptyRules(catalogue)) log.warn({ offers, cure }, says)
    const cancel = clock.after(lookAtSlackMs, () => {
      void lookAtSlack({ config, templates, clock, log }, catalogue)
    })
    return () => {
      cancel()
      return end(serving)
    }
  } catch (error) {
    await end(undefined)
    throw error
  }
}
