import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { BotProcess } from './bot-process.ts'
import { createPanel } from './panel.ts'
import { Tour } from './tour.ts'
import { startWorld, type World } from './world.ts'

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
  console.log('/onboard prod-eu checkout namespace does without SAP: a namespace with all that a team needs.')
  console.log(
    'Switch on "The chart does not become ready" to see it fail, be retried and cleaned up. Ctrl-C ends it.',
  )
  const settings = join(world.folder, 'bot.env')
  const lines = Object.entries(world.environment).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(settings, lines.join(''), { mode: 0o600 })
  console.log(`In another terminal, npx node --env-file=${settings} src/main.ts doctor looks at all of it.`)
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
