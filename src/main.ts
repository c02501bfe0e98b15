import { mkdirSync, readFileSync } from 'node:fs'
import { flushCompileCache } from 'node:module'

import { startBot } from './bot.ts'
import { ConfigError, readConfig } from './config/read-config.ts'
import { createLog } from './log.ts'
import { useProxies } from './proxies.ts'
import { LockedError } from './store/lock.ts'
import { TemplateError } from './templates/read-templates.ts'

/** What is under way gets this long to end before the process does (milliseconds). */
const stopMs = 10_000

const makeFolder = (path: string): void => {
  try {
    mkdirSync(path, { recursive: true })
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown'
    throw new ConfigError([
      `DATA_DIR: the folder cannot be made (${why}); name one that this process may write`,
    ])
  }
}

const start = async (): Promise<void> => {
  const config = readConfig(process.env, (path) => readFileSync(path, 'utf8'))
  const log = createLog(config.logLevel)
  useProxies(config)
  makeFolder(config.dataDirectory)
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'something failed that nobody waited for')
    process.exit(1)
  })
  const bot = await startBot(config, { log })
  // Node writes its compile cache at a clean end, which a container rarely sees.
  flushCompileCache()
  let isStopping = false
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) return
    isStopping = true
    log.info({ signal }, 'stopping')
    // Whatever is cut off is due again at the next start.
    setTimeout(() => process.exit(0), stopMs).unref()
    void bot.stop().then(() => process.exit(0))
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

try {
  await start()
} catch (error) {
  const isKnown =
    error instanceof ConfigError || error instanceof TemplateError || error instanceof LockedError
  if (isKnown) process.stderr.write(`${error.message}\n`)
  else createLog('fatal').fatal({ err: error }, 'the bot cannot start')
  process.exit(1)
}
