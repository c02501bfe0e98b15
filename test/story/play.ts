import { BotProcess } from '../../sandbox/bot-process.ts'
import type { ShownButton } from '../../sandbox/slack/people.ts'
import { renderMessage, renderThread } from '../../sandbox/slack/render.ts'
import type { Message } from '../../sandbox/slack/workspace.ts'
import { startWorld, type World } from '../../sandbox/world.ts'

const channel = 'C0ONBOARD'
const partMs = 20_000

/** A world with the bot in it, and the people's hands. */
export class Play {
  readonly world: World
  readonly bot: BotProcess

  private constructor(world: World, bot: BotProcess) {
    this.world = world
    this.bot = bot
  }

  static async begin(options: Parameters<typeof startWorld>[0] = {}): Promise<Play> {
    const world = await startWorld(options)
    const bot = new BotProcess(world)
    await bot.start()
    return new Play(world, bot)
  }

  async end(): Promise<void> {
    await this.bot.end('SIGKILL')
    await this.world.close()
  }

  until(what: string, condition: () => boolean): Promise<void> {
    return this.world.slack.waitFor(condition, { what, timeoutMs: partMs })
  }

  /** Opens the form by a command. */
  async open(user: string, line: string): Promise<void> {
    await this.world.slack.people.command(user, line, channel)
    await this.until('the form opens', () => this.world.slack.people.view(user) !== undefined)
  }

  /** Sends the form, and gives what stands in its place. */
  async send(user: string): Promise<string> {
    const { people, workspace } = this.world.slack
    await people.submit(user)
    const open = people.view(user)
    if (open === undefined) return ''
    const blocks = open.view.blocks.filter((block) => block.type !== 'input')
    const errors = Object.entries(open.errors).map(([field, text]) => `${field}: ${text}`)
    return [renderMessage({ text: '', blocks }, workspace), ...errors].join('\n')
  }

  async ask(namespace = 'shop', values = 'display-name=Shop subdomain=shop-prod'): Promise<string> {
    await this.open('U0ADA', `/onboard prod-eu ${namespace} ${values}`)
    const said = await this.send('U0ADA')
    this.world.slack.people.close('U0ADA')
    return said
  }

  cards(): readonly Message[] {
    const { messages } = this.world.slack.workspace
    return messages.filter((message) => message.channel === channel && message.threadTs === undefined)
  }

  card(): Message | undefined {
    return this.cards().at(-1)
  }

  cardText(): string {
    const card = this.card()
    return card === undefined ? '' : renderMessage(card, this.world.slack.workspace)
  }

  threadText(): string {
    const card = this.card()
    return card === undefined ? '' : renderThread(channel, card.ts, this.world.slack.workspace)
  }

  button(label: string): ShownButton | undefined {
    const card = this.card()
    const buttons = card === undefined ? [] : this.world.slack.people.buttons(channel, card.ts)
    return buttons.find((one) => one.label === label)
  }

  async offered(label: string): Promise<ShownButton> {
    await this.until(`the card offers ${label}`, () => this.button(label) !== undefined)
    const button = this.button(label)
    if (button === undefined) throw new Error(`there is no ${label}`)
    return button
  }

  async click(user: string, label: string): Promise<void> {
    await this.world.slack.people.click(user, await this.offered(label))
  }

  whispers(user: string): string {
    const { ephemerals } = this.world.slack.workspace
    return ephemerals
      .filter((one) => one.user === user)
      .map((one) => renderMessage(one, this.world.slack.workspace))
      .join('\n')
  }

  async told(user: string, text: string): Promise<void> {
    await this.until(`${user} reads "${text}"`, () => this.whispers(user).includes(text))
  }
}
