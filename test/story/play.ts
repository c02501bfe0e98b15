import { BotProcess } from '../../sandbox/bot-process.ts'
import { startWorld, type World } from '../../sandbox/world.ts'
import { Hands } from './hands.ts'

const partMs = 60_000

/** A world with the bot in it, and the people's hands. */
export class Play extends Hands {
  readonly world: World
  readonly bot: BotProcess

  private constructor(world: World, bot: BotProcess) {
    super(world.slack, partMs)
    this.world = world
    this.bot = bot
  }

  /** Rejects with what the bot wrote last, too. */
  override async until(what: string, condition: () => boolean): Promise<void> {
    try {
      await super.until(what, condition)
    } catch (cause) {
      throw new Error(`${String(cause)}\nThe bot wrote last:\n${this.bot.lastLines(30)}`, { cause })
    }
  }

  static async begin(
    options: Parameters<typeof startWorld>[0] = {},
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Play> {
    return Play.on(await startWorld(options), environment)
  }

  /** In a world that is there already. */
  static async on(world: World, environment: Readonly<Record<string, string>> = {}): Promise<Play> {
    const bot = new BotProcess(world)
    await bot.start(environment)
    return new Play(world, bot)
  }

  async end(): Promise<void> {
    await this.bot.end('SIGKILL')
    await this.world.close()
  }

  /** Asks by a command and its form. Gives what that is answered with; nothing is to be filled in where there is one already. */
  async ask(namespace = 'shop', values = 'display-name=Shop subdomain=shop-prod'): Promise<string> {
    const { people } = this.slack
    const told = this.whispers('U0ADA').length
    const answer = (): string => this.whispers('U0ADA').slice(told)
    await people.command('U0ADA', `/onboard prod-eu ${namespace} ${values}`, 'C0ONBOARD')
    await this.until('it is answered', () => people.view('U0ADA') !== undefined || answer() !== '')
    if (people.view('U0ADA') === undefined) return answer()
    const said = await this.send('U0ADA')
    people.close('U0ADA')
    return said
  }
}
