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

  async ask(namespace = 'shop', values = 'display-name=Shop subdomain=shop-prod'): Promise<string> {
    await this.open('U0ADA', `/onboard prod-eu ${namespace} ${values}`)
    const said = await this.send('U0ADA')
    this.slack.people.close('U0ADA')
    return said
  }
}
