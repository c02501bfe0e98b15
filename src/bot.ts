import { readFileSync } from 'node:fs'

import { createDispatcher } from './argo/dispatcher.ts'
import type { ArgoEndpoint } from './argo/endpoint.ts'
import { createWorkflows } from './argo/workflows.ts'
import { type Clock, systemClock } from './clock.ts'
import { createCatalogue } from './config/catalogue.ts'
import type { Config } from './config/read-config.ts'
import type { ClusterConfig } from './config/schema.ts'
import {
  createCredentials,
  createDirectorySource,
  createSharedMeta,
  type SecretSource,
} from './credentials/credentials.ts'
import { type Cluster, openCluster } from './kubernetes/cluster.ts'
import { createRunSecrets, type SecretPlace } from './kubernetes/run-secrets.ts'
import { createFileTokens, createServiceAccountTokens } from './kubernetes/tokens.ts'
import type { Log } from './log.ts'
import type { Store } from './onboarding/ports.ts'
import { installationLabel } from './runner/naming.ts'
import { createRunner } from './runner/runner.ts'
import { connectSlack, type Serving } from './slack/app.ts'
import { openSlack, type OpenSlack } from './slack/open-slack.ts'
import { openStore } from './store/open-store.ts'
import { readTemplates } from './templates/read-templates.ts'

/** A running bot. */
export interface Bot {
  readonly store: Store
  /** Takes nothing more, ends what is under way, and lets go of the data folder. */
  readonly stop: () => Promise<void>
}

const secretSource = ({ file, sharedMetaToken }: Config): SecretSource | undefined => {
  const { credentials } = file
  if (credentials === undefined) return undefined
  if ('directory' in credentials) return createDirectorySource(credentials.directory)
  return createSharedMeta({ url: credentials.sharedMeta.url, token: () => sharedMetaToken?.reveal() ?? '' })
}

/** Opens a cluster when it is first needed, and again when that failed. */
const lazily = (open: () => Promise<Cluster>): (() => Promise<Cluster>) => {
  let opened: Promise<Cluster> | undefined
  return () => {
    opened ??= open()
    opened.catch(() => {
      opened = undefined
    })
    return opened
  }
}

const accessOf = ({ kubernetes }: ClusterConfig): Parameters<typeof openCluster>[0] => {
  if (!('kubeconfig' in kubernetes)) return { kind: 'in-cluster' }
  const { kubeconfig: path, context } = kubernetes
  return { kind: 'kubeconfig', path, ...(context !== undefined && { context }) }
}

const endpointOf = ({ argo }: ClusterConfig, cluster: () => Promise<Cluster>, clock: Clock): ArgoEndpoint => {
  const { url, namespace, serviceAccount, tokenFile, caFile, uiUrl } = argo
  const token =
    serviceAccount === undefined
      ? createFileTokens(tokenFile ?? '')
      : createServiceAccountTokens({ cluster, namespace, serviceAccount, clock })
  return {
    url,
    namespace,
    token,
    dispatcher: createDispatcher({
      isVerified: argo.insecureSkipTlsVerify !== true,
      ...(caFile !== undefined && { ca: readFileSync(caFile, 'utf8') }),
    }),
    ...(uiUrl !== undefined && { uiUrl }),
  }
}

const connectClusters = (
  config: Config,
  clock: Clock,
): { endpoints: Map<string, ArgoEndpoint>; places: Map<string, SecretPlace> } => {
  const endpoints = new Map<string, ArgoEndpoint>()
  const places = new Map<string, SecretPlace>()
  for (const [name, cluster] of Object.entries(config.file.clusters)) {
    const open = lazily(() => openCluster(accessOf(cluster)))
    endpoints.set(name, endpointOf(cluster, open, clock))
    places.set(name, { cluster: open, namespace: cluster.argo.namespace })
  }
  return { endpoints, places }
}

interface Surroundings {
  readonly log: Log
  readonly clock: Clock
}

const startOn = async (opened: OpenSlack, config: Config, { log, clock }: Surroundings): Promise<Bot> => {
  const templates = readTemplates(config.templatesDirectory)
  const catalogue = createCatalogue(config, templates)
  const { endpoints, places } = connectClusters(config, clock)
  const { installation } = catalogue
  const labelSelector = `${installationLabel}=${installation}`
  const workflows = createWorkflows({ endpoints, labelSelector, clock, log, random: Math.random })
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
  const secrets = createRunSecrets({ places, label: { name: installationLabel, value: installation } })
  const credentials = createCredentials(secretSource(config))
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
    const serving = await slack.serve(runner.commands)
    log.info({ clusters: catalogue.clusters.length, templates: templates.all.length }, 'ready')
    return { store, stop: () => end(serving) }
  } catch (error) {
    await end(undefined)
    throw error
  }
}

/**
 * Starts the bot: what was under way goes on at once, whether or not Slack can be reached; then Slack is served.
 * Throws what the configuration, the templates or the data folder have against it, and when Slack refuses the tokens.
 */
export const startBot = async (
  config: Config,
  { log, clock = systemClock }: Pick<Surroundings, 'log'> & Partial<Surroundings>,
): Promise<Bot> => {
  const { botToken, appToken, apiUrl } = config.slack
  // Slack answers while templates and records are read.
  const opened = openSlack({ botToken: botToken.reveal(), appToken: appToken.reveal(), apiUrl, log })
  try {
    return await startOn(opened, config, { log, clock })
  } catch (error) {
    await opened.sockets.stop()
    throw error
  }
}
