import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { vi } from 'vitest'
import { parse, stringify } from 'yaml'
import { z } from 'zod'

import { BotProcess } from '../../sandbox/bot-process.ts'
import { tokens } from '../../sandbox/slack/cast.ts'
import { renderMessage } from '../../sandbox/slack/render.ts'
import { startSlack } from '../../sandbox/slack/server.ts'
import { Hands } from '../story/hands.ts'
import type { ClusterSite, Site } from './site.ts'
import { Target } from './target.ts'

/** A real controller looks about every ten seconds, and a pod takes its time to start. */
const partMs = 150_000

/** What the steps read from the run's Secret: an outcome, or how many seconds they take. */
interface Steps {
  readonly install: 'succeed' | 'fail' | `${number}`
  readonly remove: 'succeed' | 'fail'
}

/** Never to be seen anywhere but in its Secret. */
export const token = 'a-value-that-nobody-may-read'

const specSchema = z.looseObject({
  spec: z.looseObject({ templates: z.array(z.looseObject({ container: z.looseObject({}).optional() })) }),
})

/** The template of these tests with what the site wants on its pods. */
const writeTemplate = (folder: string, site: Site, serviceAccountName: string): void => {
  for (const file of ['onboard.yaml', 'cleanup.yaml']) {
    const text = readFileSync(join(import.meta.dirname, 'template', file), 'utf8')
    const workflow = specSchema.parse(parse(text))
    const env = Object.entries(site.env).map(([name, value]) => ({ name, value }))
    for (const { container } of workflow.spec.templates) {
      if (container === undefined) continue
      const own: unknown = container['env']
      container['env'] = [...(Array.isArray(own) ? own : []), ...env]
    }
    const imagePullSecrets = site.imagePullSecrets.map((name) => ({ name }))
    Object.assign(workflow.spec, { serviceAccountName, hostNetwork: site.hostNetwork, imagePullSecrets })
    writeFileSync(join(folder, file), stringify(workflow))
  }
}

const argoOf = ({ url, namespace, caFile, insecureSkipTlsVerify }: ClusterSite, bot: string): object => ({
  url,
  namespace,
  serviceAccount: bot,
  ...(caFile !== undefined && { caFile }),
  ...(insecureSkipTlsVerify && { insecureSkipTlsVerify }),
  uiUrl: 'https://argo.example.com',
})

/** The bot as a process, Slack from the sandbox, and real clusters: `one`, `two`, and `down`, which nobody answers at. */
export class ClusterPlay extends Hands {
  readonly one: Target
  readonly two: Target
  readonly bot: BotProcess
  readonly #folder: string

  private constructor(parts: Pick<ClusterPlay, 'one' | 'two' | 'bot' | 'slack'> & { folder: string }) {
    super(parts.slack, partMs)
    this.one = parts.one
    this.two = parts.two
    this.bot = parts.bot
    this.#folder = parts.folder
  }

  static async begin(site: Site): Promise<ClusterPlay> {
    const folder = mkdtempSync(join(tmpdir(), 'onboard-bot-cluster-'))
    const one = new Target(site)
    const two = site.second === undefined ? one : one.beside(site.second)
    for (const target of new Set([one, two])) await target.grant()
    const slack = await startSlack()
    const template = join(folder, 'templates', 'test')
    for (const path of [template, join(folder, 'secrets'), join(folder, 'data')]) {
      mkdirSync(path, { recursive: true })
    }
    writeTemplate(template, site, one.named('onboard-steps'))
    const config = join(folder, 'onboard-bot.yml')
    writeFileSync(config, await configOf({ folder, site, one, two }))
    const environment = {
      ONBOARD_CONFIG: config,
      DATA_DIR: join(folder, 'data'),
      TEMPLATES_DIR: join(folder, 'templates'),
      SLACK_API_URL: slack.apiUrl,
      SLACK_BOT_TOKEN: tokens.bot,
      SLACK_APP_TOKEN: tokens.app,
      LOG_LEVEL: 'info',
    }
    const bot = new BotProcess({ slack, environment, folder })
    const play = new ClusterPlay({ one, two, bot, slack, folder })
    play.set({ install: 'succeed', remove: 'succeed' })
    await bot.start()
    return play
  }

  /** Ends the bot and removes what was made. */
  async end(): Promise<void> {
    await this.bot.end('SIGTERM')
    await this.slack.close()
    for (const target of new Set([this.one, this.two])) await target.clean()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** What the next run's Secret says; one that runs has its own. */
  set(steps: Steps): void {
    writeFileSync(join(this.#folder, 'secrets', 'steps.json'), JSON.stringify({ ...steps, token }))
  }

  async ask(cluster: string, namespace: string): Promise<void> {
    await this.open('U0ADA', `/onboard ${cluster} ${namespace} greeting=hi`)
    const said = await this.send('U0ADA')
    this.slack.people.close('U0ADA')
    if (!said.includes('is recorded')) throw new Error(`the form says: ${said}`)
  }

  /** Opens the form of Ask again and sends it as it is; resolves when the new card is there. */
  async askAgain(): Promise<void> {
    const before = this.cards().length
    await this.click('U0ADA', 'Ask again')
    await this.until('the form opens', () => this.slack.people.view('U0ADA') !== undefined)
    await this.send('U0ADA')
    this.slack.people.close('U0ADA')
    await this.until('the new card is there', () => this.cards().length > before)
  }

  cardSays(text: string): Promise<void> {
    return this.until(`the card says "${text}"`, () => this.cardText().includes(text))
  }

  threadSays(text: string, times = 1): Promise<void> {
    return this.until(
      `the thread says "${text}" ${times} times`,
      () => this.threadText().split(text).length > times,
    )
  }

  cardTexts(): readonly string[] {
    return this.cards().map((card) => renderMessage(card, this.slack.workspace))
  }

  /** The names of the workflows of an onboarding, as Kubernetes has them. */
  async workflowsOf(namespace: string, target = this.one): Promise<readonly string[]> {
    const prefixes = [`test-${namespace}-`, `cleanup-${namespace}-`]
    const all = await target.workflows()
    return all
      .map(({ metadata }) => metadata.name)
      .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))
  }

  /** Resolves when the pod of the step runs. */
  async podRuns(namespace: string, step: string): Promise<void> {
    await vi.waitFor(
      async () => {
        const [workflow = ''] = await this.workflowsOf(namespace)
        const phase = await this.one.podPhase(workflow, step)
        if (phase !== 'Running') throw new Error(`the pod of ${step} is ${phase ?? 'not there'}`)
      },
      { timeout: partMs, interval: 300 },
    )
  }

  /** Resolves when the workflow has ended on the cluster. */
  async ended(namespace: string): Promise<void> {
    const [name] = await this.workflowsOf(namespace)
    await vi.waitFor(
      async () => {
        const found = (await this.one.workflows()).find(({ metadata }) => metadata.name === name)
        const phase = found?.status?.phase ?? 'without a phase'
        if (!/^(Succeeded|Failed|Error)$/.test(phase)) throw new Error(`${name} is ${phase}`)
      },
      { timeout: partMs, interval: 500 },
    )
  }

  async deleteWorkflowOf(namespace: string): Promise<void> {
    for (const name of await this.workflowsOf(namespace)) await this.one.deleteWorkflow(name)
  }

  /** The run's Secret is the last thing to go, and nothing in Slack tells of it. */
  async secretsGone(): Promise<void> {
    await vi.waitFor(
      async () => {
        const left = await this.one.secrets()
        if (left.length > 0) throw new Error(`Secrets are left: ${left.join(', ')}`)
      },
      { timeout: 30_000, interval: 300 },
    )
  }

  /** Everything that anybody can read in Slack. */
  everything(): string {
    const { workspace } = this.slack
    return [...workspace.messages, ...workspace.ephemerals]
      .map((one) => renderMessage(one, workspace))
      .join('\n')
  }
}

const configOf = async (about: { folder: string; site: Site; one: Target; two: Target }): Promise<string> => {
  const { folder, site, one, two } = about
  const clusters: Record<string, object> = {}
  for (const [name, target] of Object.entries({ one, two })) {
    const kubeconfig = join(folder, `${name}.kubeconfig`)
    writeFileSync(kubeconfig, await target.kubeconfig(), { mode: 0o600 })
    clusters[name] = {
      kubernetes: { kubeconfig },
      argo: argoOf(target.site, target.named('onboard-bot')),
      stepsImage: site.stepsImage,
      templates: { test: {} },
    }
  }
  clusters['down'] = {
    ...clusters['one'],
    // Port 9 of this machine: nobody answers.
    argo: { ...argoOf(one.site, one.named('onboard-bot')), url: 'http://127.0.0.1:9' },
  }
  return stringify({
    installation: one.installation,
    channel: 'C0ONBOARD',
    credentials: { directory: join(folder, 'secrets') },
    policy: { request: ['C0ONBOARD'], approve: ['S0PLATFORM'], admins: ['U0INES'] },
    clusters,
  })
}
