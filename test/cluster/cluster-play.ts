import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { vi } from 'vitest'

import { BotProcess } from '../../sandbox/bot-process.ts'
import { tokens } from '../../sandbox/slack/cast.ts'
import { renderMessage } from '../../sandbox/slack/render.ts'
import { startSlack } from '../../sandbox/slack/server.ts'
import { ArgoClient } from '../../src/argo/client.ts'
import { systemClock } from '../../src/clock.ts'
import { connectClusters } from '../../src/clusters.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { Hands } from '../story/hands.ts'
import { shippedIn, writeBotFiles } from './bot-files.ts'
import { doAll, type Tasks } from './do-all.ts'
import type { Site } from './site.ts'
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

/**
 * The bot as a process, Slack from the sandbox, and real clusters: `one`, `two`, `tunnel` (the first one, by
 * port-forward), `unwell` (the first one, for what goes wrong there) and `down`, where nobody answers.
 */
export class ClusterPlay extends Hands {
  readonly one: Target
  readonly two: Target
  readonly bot: BotProcess
  readonly #folder: string
  readonly #environment: Readonly<Record<string, string>>

  private constructor(
    parts: Pick<ClusterPlay, 'one' | 'two' | 'bot' | 'slack'> & {
      folder: string
      environment: Readonly<Record<string, string>>
    },
  ) {
    super(parts.slack, partMs)
    this.one = parts.one
    this.two = parts.two
    this.bot = parts.bot
    this.#folder = parts.folder
    this.#environment = parts.environment
  }

  static async begin(site: Site): Promise<ClusterPlay> {
    const folder = mkdtempSync(join(tmpdir(), 'onboard-bot-cluster-'))
    const one = new Target(site)
    const two = site.second === undefined ? one : one.beside(site.second)
    const slack = await startSlack()
    const environment = {
      ONBOARD_CONFIG: join(folder, 'onboard-bot.yml'),
      DATA_DIR: join(folder, 'data'),
      TEMPLATES_DIR: join(folder, 'templates'),
      SLACK_API_URL: slack.apiUrl,
      SLACK_BOT_TOKEN: tokens.bot,
      SLACK_APP_TOKEN: tokens.app,
      LOG_LEVEL: 'info',
    }
    const bot = new BotProcess({ environment, folder })
    const play = new ClusterPlay({ one, two, bot, slack, folder, environment })
    try {
      await play.#start(site)
    } catch (error) {
      // Whatever else fails on the way out, why it did not begin is told first.
      await doAll([
        ['the start', () => Promise.reject(error)],
        ['the end', () => play.end()],
      ])
    }
    return play
  }

  async #start(site: Site): Promise<void> {
    const rights = ['bot.yaml', 'steps.yaml', 'port-forward.yaml']
    for (const target of this.#targets) await target.grant(rights)
    await this.one.grant(shippedIn(site).map((name) => `${name}-template.yaml`))
    // Installing a chart takes an administrator's rights.
    if (site.chart !== undefined) await this.one.grant(['sap-btp-charts.yaml'])
    await writeBotFiles({ folder: this.#folder, site, one: this.one, two: this.two })
    this.set({ install: 'succeed', remove: 'succeed' })
    await this.bot.start()
  }

  get #targets(): ReadonlySet<Target> {
    return new Set([this.one, this.two])
  }

  /** Ends the bot and removes what was made, all that can be; then one error names what could not. */
  async end(): Promise<void> {
    await doAll([
      ['the bot', () => this.bot.end('SIGTERM')],
      ['Slack', () => this.slack.close()],
      ...[...this.#targets].map((target): Tasks[number] => [target.site.context, () => target.clean()]),
      ['the folder', async () => rmSync(this.#folder, { recursive: true, force: true })],
    ])
  }

  /** What the next run's Secret says; one that runs has its own. */
  set(steps: Steps): void {
    this.keepSecret('steps.json', { ...steps, token })
  }

  /** A document of the folder that secrets come from. */
  keepSecret(path: string, document: object): void {
    writeFileSync(join(this.#folder, 'secrets', path), JSON.stringify(document))
  }

  async ask(cluster: string, namespace: string, values = 'greeting=hi'): Promise<void> {
    await this.open('U0ADA', `/onboard ${cluster} ${namespace} ${values}`)
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

  /** As Retry on Argo's page does: over argo-server, by the way that the bot goes. */
  async retryInArgo(cluster: string, workflow: string): Promise<void> {
    const config = readConfig(this.#environment, (path) => readFileSync(path, 'utf8'))
    const endpoint = connectClusters(config, systemClock).endpoints.get(cluster)
    if (endpoint === undefined) throw new Error(`there is no cluster ${cluster}`)
    await new ArgoClient(endpoint, systemClock).retry(workflow)
  }

  cardSays(text: string): Promise<void> {
    return this.until(`the card says "${text}"`, () => this.cardText().includes(text))
  }

  /** Waits until so many replies of the thread say it; the card itself does not count. */
  threadSays(text: string, times = 1): Promise<void> {
    return this.until(
      `${times === 1 ? 'a reply says' : `${times} replies say`} "${text}"`,
      () => this.replies().filter((reply) => reply.includes(text)).length >= times,
    )
  }

  cardTexts(): readonly string[] {
    return this.cards().map((card) => renderMessage(card, this.slack.workspace))
  }

  /** The names of the workflows of an onboarding, as Kubernetes has them. */
  async workflowsOf(namespace: string, target = this.one): Promise<readonly string[]> {
    const prefixes = ['test', 'trouble', 'cleanup'].map((kind) => `${kind}-${namespace}-`)
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
