import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { cureForName } from '../src/nearest-name.ts'
import { BotProcess } from './bot-process.ts'
import { completeNamespace } from './kubernetes/namespaces.ts'
import { createPanel } from './panel.ts'
import { Tour } from './tour.ts'
import { startWorld, type World } from './world.ts'

/** For the test that sees the tour find something wrong. */
const sabotageOption = '--leave-something-behind'

const leaveBehind = ({ btp, kubernetes }: World): void => {
  const { guid } = btp.accounts.add('left-behind')
  btp.platforms.create(guid, { name: 'left-behind-platform', type: 'kubernetes' })
  const name = 'left-behind-namespace'
  kubernetes.objects.create(
    { resource: 'namespaces', namespace: '', name },
    completeNamespace(name, {}),
    'demo',
  )
}

const tour = async (): Promise<number> => {
  const world = await startWorld()
  const bot = new BotProcess(world)
  try {
    await bot.start()
    const isSabotaged = process.argv.includes(sabotageOption)
    await new Tour(world, console.log).play(isSabotaged ? { sabotage: leaveBehind } : {})
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

const usage = '"npm run demo" alone starts the page; "npm run demo -- --tour" plays the whole story by itself'

/** What is wrong with what was typed after the command. */
const mistakeIn = (said: readonly string[]): string | undefined => {
  const unknown = said.find((one) => one !== '--tour' && one !== sabotageOption)
  return unknown === undefined
    ? undefined
    : `There is no option "${unknown}"; ${cureForName(unknown, ['--tour'])}\n- ${usage}`
}

const demo = async (): Promise<void> => {
  const port = readPort()
  if (typeof port === 'string') return giveUp(port)
  const parts: { world?: World; bot?: BotProcess } = {}
  const panel = createPanel(() => {
    if (parts.world === undefined || parts.bot === undefined) throw new Error('the sandbox is still starting')
    return { world: parts.world, bot: parts.bot }
  })
  // As on real clusters, the same namespace of the other is another one.
  const world = await startWorld({ panel, slackPort: port, isDevApart: true }).catch((error: unknown) => {
    if (isInUse(error)) return giveUp(`The port ${port} is in use; ${portCure}`)
    throw error
  })
  const bot = new BotProcess(world)
  Object.assign(parts, { world, bot })
  await bot.start()
  const end = (): void => {
    void bot
      .end('SIGTERM')
      .then(() => world.close())
      .then(() => process.exit(0))
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  const settings = join(world.folder, 'bot.env')
  const lines = Object.entries(world.environment).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(settings, lines.join(''), { mode: 0o600 })
  console.log(`Open ${world.slack.url} in a browser; Ctrl-C ends it.`)
  console.log(
    'As Ada, type /onboard prod-eu shop and send the form, then act as Ben and approve; switch "The chart does not become ready" on before, under helm, and it fails, and can be retried and cleaned up.',
  )
  console.log(
    `/onboard prod-eu checkout namespace does without SAP; in another terminal, npx node --env-file=${settings} src/main.ts doctor looks at all of it.`,
  )
}

const mistake = mistakeIn(process.argv.slice(2))
if (mistake !== undefined) giveUp(mistake)
else if (process.argv.includes('--tour')) process.exitCode = await tour()
else await demo()
