#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { flushCompileCache } from 'node:module'

import { startBot } from './bot.ts'
import { readCommand } from './cli/command-line.ts'
import { systemClock } from './clock.ts'
import { ConfigError } from './config/config-error.ts'
import { type Config, readConfig } from './config/read-config.ts'
import { createLog } from './log.ts'
import { useProxies } from './network/proxies.ts'
import { redact } from './redact.ts'
import { TokenRefused } from './slack/token-refused.ts'
import { makeFolder } from './store/make-folder.ts'
import { UnusableFolder } from './store/unusable-folder.ts'
import { TemplateError } from './templates/read-templates.ts'

/** What is under way gets this long to end before the process does (milliseconds). */
const stopMs = 10_000

/** Makes the data folder; gives why it cannot be made. */
const dataFolderMistake = (path: string): string | undefined => {
  try {
    makeFolder(path)
    return undefined
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown'
    return `DATA_DIR: the folder cannot be made (${why}); name one that this process may write`
  }
}

const readText = (path: string): string => readFileSync(path, 'utf8')

/** A program that a kubeconfig names to sign in inherits the environment, and needs none of the bot's secrets. */
const hideSecrets = ({ sharedMetaTokens }: Config): void => {
  for (const name of ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', ...Object.keys(sharedMetaTokens)]) {
    delete process.env[name]
  }
}

const read = (): Config | ConfigError => {
  try {
    return readConfig(process.env, readText)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
}

/** The configuration, with its data folder made. Throws ConfigError with every mistake at once. */
const prepare = (): Config => {
  const found = read()
  const isRead = !(found instanceof ConfigError)
  // The default is made for a bot that can start, and for no other.
  const folder = isRead ? found.dataDirectory : process.env['DATA_DIR']?.trim()
  const mistake = folder === undefined || folder === '' ? undefined : dataFolderMistake(folder)
  if (isRead && mistake === undefined) return found
  throw new ConfigError([...(isRead ? [] : found.mistakes), ...(mistake === undefined ? [] : [mistake])])
}

const serve = async (): Promise<void> => {
  const config = prepare()
  hideSecrets(config)
  const log = createLog(config.logLevel)
  useProxies(config)
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

const exitCodes = { fine: 0, wrong: 1, unusable: 2 } as const

const examine = async (options: { isJson: boolean; limitMs: number }): Promise<never> => {
  // Loaded here only: the bot's start does not wait for it.
  const { runDoctor } = await import('./cli/doctor/doctor.ts')
  const { stdout, env } = process
  // Whoever reads may stop early, as head does.
  stdout.on('error', () => process.exit(exitCodes.wrong))
  const diagnosis = await runDoctor({
    environment: env,
    readFile: readText,
    clock: systemClock,
    ...options,
    isColoured: stdout.isTTY && (env['NO_COLOR'] ?? '') === '',
    write: (text) => stdout.write(text),
  })
  // What was given up may still wait for an answer.
  process.exit(exitCodes[diagnosis])
}

const run = async (): Promise<void> => {
  const command = readCommand(process.argv.slice(2))
  switch (command.name) {
    case 'serve':
      return serve()
    case 'doctor':
      return examine(command)
    case 'help':
      process.stdout.write(command.text)
      return undefined
    case 'not-understood':
      process.stderr.write(redact(command.text))
      process.exit(exitCodes.unusable)
  }
}

try {
  await run()
} catch (error) {
  const known = [ConfigError, TemplateError, UnusableFolder, TokenRefused]
  if (error instanceof Error && known.some((one) => error instanceof one))
    // A secret may stand where a path or a level should.
    process.stderr.write(`${redact(error.message)}\n`)
  else createLog('fatal').fatal({ err: error }, 'the bot cannot start')
  process.exit(1)
}
