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

const portCure = 'name a free one from 1 to 65535: PORT=3211 npm run demo'

/** The port of the page; a text says what is wrong with PORT. */
const readPort = (): number | string => {
  const said = process.env['PORT']?.trim() || '3210'
  const port = Number(said)
  const isPort = /^\d+$/.test(said) && port >= 1 && port <= 65_535
  return isPort ? port : `PORT: "${said}" is no port; ${portCure}`
}

const isInUse = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'

const giveUp = (why: string): never => {
  console.error(`The demo cannot start.\n- ${why}`)
  process.exit(1)
}

const demo = async (): Promise<void> => {
  const port = readPort()
  if (typeof port === 'string') return giveUp(port)
  const parts: { world?: World; bot?: BotProcess } = {}
  const panel = createPanel(() => {
    if (parts.world === undefined || parts.bot === undefined) throw new Error('the sandbox is still starting')
    return { world: parts.world, bot: parts.bot }
  })
  const world = await startWorld({ panel, slackPort: port }).catch((error: unknown) => {
    if (isInUse(error)) return giveUp(`The port ${port} is in use; ${portCure}`)
    throw error
  })
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
