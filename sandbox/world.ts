import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { systemClock } from '../src/clock.ts'
import { createChildProcessRunner } from './argo/child-process-runner.ts'
import { type ArgoSandbox, startArgo } from './argo/server.ts'
import type { StepRunner } from './argo/step-runner.ts'
import { type BtpSandbox, startBtp } from './btp/server.ts'
import { sandboxConfig } from './config.ts'
import { type KubernetesSandbox, startKubernetes } from './kubernetes/server.ts'
import { type SharedMetaSandbox, startSharedMeta } from './shared-meta/server.ts'
import { tokens } from './slack/cast.ts'
import type { Panel } from './slack/page-api.ts'
import { type SlackSandbox, startSlack } from './slack/server.ts'

/** Where the repository is: step programs run from here, as they run from the image's folder. */
export const repositoryRoot = fileURLToPath(new URL('..', import.meta.url))

const namespaces = ['shop', 'billing', 'search', 'payments', 'demo']
const sharedMetaToken = 'shared-meta-sandbox-token'

/** What the sandbox's helm does wrong: nothing, or one of these. */
export type HelmFault = 'not-ready' | 'chart-missing' | 'hang' | undefined

/** A world on loopback for the bot to work in. */
export interface World {
  readonly slack: SlackSandbox
  readonly argo: ArgoSandbox
  readonly kubernetes: KubernetesSandbox
  readonly btp: BtpSandbox
  readonly sharedMeta: SharedMetaSandbox
  /** A folder of the world's own, removed at the end. */
  readonly folder: string
  /** What the bot is started with. */
  readonly environment: Readonly<Record<string, string>>
  readonly setHelmFault: (fault: HelmFault) => void
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
}

const writeFiles = (
  folder: string,
  kubernetes: KubernetesSandbox,
): { kubeconfig: string; admin: string; tokenFile: string; helmFaults: string; compileCache: string } => {
  const paths = {
    kubeconfig: join(folder, 'kubeconfig'),
    admin: join(folder, 'steps-kubeconfig'),
    tokenFile: join(folder, 'argo-token'),
    helmFaults: join(folder, 'helm-faults.json'),
    compileCache: join(folder, 'compile-cache'),
  }
  writeFileSync(paths.kubeconfig, kubernetes.kubeconfig('onboard-bot'), { mode: 0o600 })
  writeFileSync(paths.admin, kubernetes.kubeconfig('admin'), { mode: 0o600 })
  writeFileSync(paths.tokenFile, kubernetes.token('onboard-bot'), { mode: 0o600 })
  writeFileSync(paths.helmFaults, '{}')
  return paths
}

/** What a pod has from its image and its ServiceAccount. */
const createPods = (paths: { admin: string; helmFaults: string; compileCache: string }): StepRunner =>
  createChildProcessRunner({
    repositoryRoot,
    environment: () => ({
      PATH: [join(repositoryRoot, 'sandbox/helm/bin'), process.env['PATH'] ?? ''].join(delimiter),
      SANDBOX_NODE: process.execPath,
      NODE_COMPILE_CACHE: paths.compileCache,
      KUBECONFIG: paths.admin,
      HELM_FAULTS: paths.helmFaults,
      POLL_FIRST_MS: '100',
    }),
  })

const inventoryOf = (kubernetes: KubernetesSandbox, btp: BtpSandbox): Inventory => {
  const spaces = kubernetes.objects.list('namespaces', '')
  const secrets = spaces.flatMap(({ metadata: { name: namespace } }) =>
    kubernetes.secrets
      .list(namespace)
      .map(({ metadata, type }) => ({ namespace, name: metadata.name, type })),
  )
  const named = (matches: (secret: (typeof secrets)[number]) => boolean): readonly string[] =>
    secrets.filter(matches).map(({ namespace, name }) => `${namespace}/${name}`)
  return {
    subaccounts: btp.accounts.all().map(({ subdomain }) => subdomain),
    platforms: btp.platforms.all().map(({ name }) => name),
    releases: named(({ type }) => type === 'helm.sh/release.v1'),
    platformSecrets: named(({ name }) => name === 'service-manager-platform'),
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
  const kubernetes = await startKubernetes({ clock })
  for (const namespace of namespaces) kubernetes.createNamespace(namespace)
  const paths = writeFiles(folder, kubernetes)
  const btp = await startBtp({ clock })
  const sharedMeta = await startSharedMeta({
    documents: { 'btp/cis': btp.serviceKey() },
    token: sharedMetaToken,
  })
  const runner = createPods(paths)
  const argo = await startArgo({ clock, kubernetes, namespace: kubernetes.namespace, runner })
  const slack = await startSlack({
    clock,
    ...(options.slackPort !== undefined && { port: options.slackPort }),
    ...(options.panel !== undefined && { panel: options.panel }),
  })
  const config = join(folder, 'onboard-bot.yml')
  const { kubeconfig, tokenFile } = paths
  writeFileSync(
    config,
    sandboxConfig({ argoUrl: argo.url, sharedMetaUrl: sharedMeta.url, kubeconfig, tokenFile, ...options }),
  )
  const dataDirectory = options.dataDirectory ?? join(folder, 'data')
  mkdirSync(dataDirectory, { recursive: true })
  return {
    slack,
    argo,
    kubernetes,
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
    },
    setHelmFault: (fault) => {
      writeFileSync(paths.helmFaults, JSON.stringify(fault === undefined ? {} : { install: fault }))
    },
    inventory: () => inventoryOf(kubernetes, btp),
    close: async () => {
      await slack.close()
      await argo.close()
      await Promise.all([sharedMeta.close(), btp.close(), kubernetes.close()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
