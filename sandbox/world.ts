import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { systemClock } from '../src/clock.ts'
import type { ArgoSandbox } from './argo/server.ts'
import { type BtpSandbox, startBtp } from './btp/server.ts'
import { type ArgoWay, type ClusterSandbox, startCluster } from './cluster.ts'
import { sandboxConfig } from './config.ts'
import type { HelmFault } from './helm/switches.ts'
import type { KubernetesSandbox } from './kubernetes/server.ts'
import { replaceFile } from './replace-file.ts'
import { type SharedMetaSandbox, startSharedMeta } from './shared-meta/server.ts'
import { tokens } from './slack/cast.ts'
import type { Panel } from './slack/page-api.ts'
import { type SlackSandbox, startSlack } from './slack/server.ts'

/** Where the repository is: step programs run from here, as they run from the image's folder. */
export const repositoryRoot = fileURLToPath(new URL('..', import.meta.url))

const namespaces = ['shop', 'billing', 'search', 'payments', 'demo']
const sharedMetaToken = 'shared-meta-sandbox-token'

/** A world on loopback for the bot to work in. */
export interface World {
  readonly slack: SlackSandbox
  readonly argo: ArgoSandbox
  readonly kubernetes: KubernetesSandbox
  /** The cluster `dev-eu`; the one above under another name unless it was asked to stand apart. */
  readonly dev: ClusterSandbox
  readonly btp: BtpSandbox
  readonly sharedMeta: SharedMetaSandbox
  /** A folder of the world's own, removed at the end. */
  readonly folder: string
  /** What the bot is started with. */
  readonly environment: Readonly<Record<string, string>>
  readonly setHelmFault: (fault: HelmFault) => void
  /** Kills what runs in the workflows' containers, at once. */
  readonly killSteps: () => void
  /** Every line that a step wrote, whatever became of its pod. */
  readonly podLines: readonly string[]
  /** What is there that an onboarding makes, by name; the run Secrets too. */
  readonly inventory: () => Inventory
  readonly close: () => Promise<void>
}

export interface Inventory {
  readonly subaccounts: readonly string[]
  readonly platforms: readonly string[]
  readonly releases: readonly string[]
  readonly platformSecrets: readonly string[]
  readonly runSecrets: readonly string[]
  /** Namespaces that an onboarding made. */
  readonly namespaces: readonly string[]
}

interface Options {
  readonly slackPort?: number
  readonly panel?: Panel
  readonly onFailure?: 'ask' | 'clean-up'
  readonly decideWithin?: string
  /** Kept after the end when given. */
  readonly dataDirectory?: string
  /** By its address where absent. */
  readonly way?: ArgoWay
  /** `dev-eu` is a cluster of its own. */
  readonly isDevApart?: boolean
  /** What the bot is started with beside what it needs. */
  readonly environment?: Readonly<Record<string, string>>
}

interface Clusters {
  readonly prod: ClusterSandbox
  readonly dev: ClusterSandbox
  readonly killSteps: () => void
  readonly close: () => Promise<unknown>
}

const startClusters = async (
  folder: string,
  helmFaults: string,
  { way = 'url', isDevApart = false }: Options,
): Promise<Clusters> => {
  const start = (name: string): Promise<ClusterSandbox> =>
    startCluster({ clock: systemClock, folder, name, way, namespaces, repositoryRoot, helmFaults })
  const prod = await start('prod-eu')
  const dev = isDevApart ? await start('dev-eu') : prod
  const all = [...new Set([prod, dev])]
  return {
    prod,
    dev,
    killSteps: () => {
      for (const one of all) one.killSteps()
    },
    close: () => Promise.all(all.map((one) => one.close())),
  }
}

const inventoryOf = (kubernetes: KubernetesSandbox, btp: BtpSandbox): Inventory => {
  const spaces = kubernetes.objects.list('namespaces', '')
  const secrets = spaces.flatMap(({ metadata: { name: namespace } }) =>
    kubernetes.secrets
      .list(namespace)
      .map(({ metadata, type }) => ({ namespace, name: metadata.name, type })),
  )
  const named = (matches: (secret: (typeof secrets)[number]) => boolean): readonly string[] =>
    secrets.filter(matches).map(({ namespace, name }) => `${namespace}/${name}`)
  const isConnection = (name: string): boolean =>
    name === 'service-manager-platform' || name.endsWith('-sap-btp-service-operator')
  return {
    subaccounts: btp.accounts.all().map(({ subdomain }) => subdomain),
    platforms: [...btp.platforms.all(), ...btp.instances.access()].map(({ name }) => name),
    releases: named(({ type }) => type === 'helm.sh/release.v1'),
    platformSecrets: named(({ name }) => isConnection(name)),
    runSecrets: named(({ name }) => name.endsWith('-run')),
    namespaces: spaces
      .filter(({ metadata }) => metadata.labels?.['onboard-bot.dev/onboarding-id'] !== undefined)
      .map(({ metadata }) => metadata.name),
  }
}

/** Starts Slack, argo-server, the Kubernetes API, SAP BTP, shared-meta and helm's stand-in; the bot is not in it. */
export const startWorld = async (options: Options = {}): Promise<World> => {
  const folder = mkdtempSync(join(tmpdir(), 'onboard-bot-'))
  const clock = systemClock
  const helmFaults = join(folder, 'helm-faults.json')
  writeFileSync(helmFaults, '{}')
  const clusters = await startClusters(folder, helmFaults, options)
  const { kubernetes, argo } = clusters.prod
  const btp = await startBtp({ clock })
  const sharedMeta = await startSharedMeta({
    documents: { 'btp/cis': btp.serviceKey() },
    token: sharedMetaToken,
  })
  const slack = await startSlack({
    clock,
    ...(options.slackPort !== undefined && { port: options.slackPort }),
    ...(options.panel !== undefined && { panel: options.panel }),
  })
  const config = join(folder, 'onboard-bot.yml')
  const { prod, dev } = clusters
  writeFileSync(
    config,
    sandboxConfig({ prod: prod.place, dev: dev.place, sharedMetaUrl: sharedMeta.url, ...options }),
  )
  const dataDirectory = options.dataDirectory ?? join(folder, 'data')
  mkdirSync(dataDirectory, { recursive: true })
  return {
    slack,
    argo,
    kubernetes,
    dev,
    btp,
    sharedMeta,
    folder,
    environment: {
      ONBOARD_CONFIG: config,
      DATA_DIR: dataDirectory,
      TEMPLATES_DIR: join(repositoryRoot, 'templates'),
      SLACK_API_URL: slack.apiUrl,
      SLACK_BOT_TOKEN: tokens.bot,
      SLACK_APP_TOKEN: tokens.app,
      SHARED_META_TOKEN: sharedMetaToken,
      LOG_LEVEL: 'info',
      ...options.environment,
    },
    podLines: prod.podLines,
    setHelmFault: (fault) => {
      const isUninstall = fault === 'hook-fails' || fault === 'too-slow'
      replaceFile(helmFaults, JSON.stringify({ [isUninstall ? 'uninstall' : 'install']: fault }))
    },
    killSteps: clusters.killSteps,
    inventory: () => inventoryOf(kubernetes, btp),
    close: async () => {
      await slack.close()
      await clusters.close()
      await Promise.all([sharedMeta.close(), btp.close()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
