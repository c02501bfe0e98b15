import { BotProcess } from './bot-process.ts'
import type { Panel } from './slack/page-api.ts'
import { Tour } from './tour.ts'
import { type HelmFault, startWorld, type World } from './world.ts'

const createPanel = (parts: () => { world: World; bot: BotProcess }): Panel => {
  let helm: HelmFault
  const switches = {
    helm: { label: 'The chart does not become ready', help: 'The third step then fails.' },
    btp: { label: 'SAP BTP is down', help: 'Steps that need it fail after some tries.' },
    argo: { label: 'argo-server cannot be reached', help: 'Submissions wait; the card says why.' },
    rights: {
      label: 'The bot may not create workflows',
      help: 'A request cannot be approved until this is off and Check again was pressed.',
    },
    quota: { label: 'The quota of workflows is used up', help: 'The same, for another reason.' },
    slack: { label: 'Slack limits calls as it really does', help: 'Updates are then fewer, and never lost.' },
  }
  const isOn = (id: string): boolean => {
    const { world } = parts()
    if (id === 'helm') return helm !== undefined
    if (id === 'btp') return world.btp.faults.isDown
    if (id === 'rights') return world.argo.faults.forbidden.has('create')
    if (id === 'quota') return world.argo.faults.isQuotaUsedUp
    return id === 'argo' ? world.argo.faults.isRefusing : world.slack.faults.isLimited
  }
  return {
    read: () => ({
      switches: Object.entries(switches).map(([id, { label, help }]) => ({ id, label, help, on: isOn(id) })),
      actions: [
        { id: 'kill', label: 'Kill the bot', help: 'kill -9, and started again: it goes on.' },
        { id: 'streams', label: 'Cut the event streams', help: 'The bot connects again by itself.' },
      ],
    }),
    switch: (id, on) => {
      const { world } = parts()
      if (id === 'helm') {
        helm = on ? 'not-ready' : undefined
        world.setHelmFault(helm)
      } else if (id === 'btp') world.btp.faults.isDown = on
      else if (id === 'argo') world.argo.faults.isRefusing = on
      else if (id === 'rights') world.argo.faults.forbidden[on ? 'add' : 'delete']('create')
      else if (id === 'quota') world.argo.faults.isQuotaUsedUp = on
      else if (id === 'slack') world.slack.faults.isLimited = on
    },
    run: async (id) => {
      const { world, bot } = parts()
      if (id === 'streams') {
        world.argo.faults.dropStreams()
        return 'The streams are cut.'
      }
      await bot.end('SIGKILL')
      await bot.start()
      return 'The bot was killed and started again.'
    },
  }
}

const tour = async (): Promise<number> => {
  const world = await startWorld()
  const bot = new BotProcess(world)
  try {
    await bot.start()
    // For the test that sees the tour find something wrong.
    const isSabotaged = process.argv.includes('--leave-a-subaccount-behind')
    await new Tour(world, console.log).play(
      isSabotaged ? { sabotage: ({ btp }) => void btp.accounts.add('left-behind') } : {},
    )
    console.log('\nThe tour went as it should.')
    return 0
  } catch (error) {
    console.error(`\nThe tour went wrong: ${error instanceof Error ? error.message : 'unknown'}`)
    return 1
  } finally {
    await bot.end('SIGTERM')
    await world.close()
  }
}

const demo = async (): Promise<void> => {
  const parts: { world?: World; bot?: BotProcess } = {}
  const panel = createPanel(() => {
    if (parts.world === undefined || parts.bot === undefined) throw new Error('the sandbox is still starting')
    return { world: parts.world, bot: parts.bot }
  })
  const world = await startWorld({ panel, slackPort: Number(process.env['PORT'] ?? 3210) })
  const bot = new BotProcess(world)
  Object.assign(parts, { world, bot })
  await bot.start()
  console.log(`Open ${world.slack.url} in a browser.`)
  console.log('As Ada, type /onboard prod-eu shop and send the form; then act as Ben and approve.')
  console.log(
    'Switch on "The chart does not become ready" to see it fail, be retried and cleaned up. Ctrl-C ends it.',
  )
  const end = (): void => {
    void bot
      .end('SIGTERM')
      .then(() => world.close())
      .then(() => process.exit(0))
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
}

if (process.argv.includes('--tour')) process.exitCode = await tour()
else await demo()
