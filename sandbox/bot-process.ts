import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { repositoryRoot, type World } from './world.ts'

/** What the bot is started with, and where its log goes. */
type Surroundings = Pick<World, 'environment' | 'folder'>

/** The bot as a process of its own, started as its users start it. */
export class BotProcess {
  readonly logFile: string
  readonly #world: Surroundings
  #child: ChildProcess | undefined

  constructor(world: Surroundings, logFile = join(world.folder, 'bot.log')) {
    this.#world = world
    this.logFile = logFile
  }

  /** Starts it, and resolves when it says that it is ready. Rejects when it ends before. */
  async start(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    const child = spawn(process.execPath, ['src/main.ts'], {
      cwd: repositoryRoot,
      env: { ...process.env, ...this.#world.environment, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    const log = createWriteStream(this.logFile, { flags: 'a' })
    let said = ''
    child.stdout.pipe(log)
    const lines = createInterface({ input: child.stdout })
    const ready = new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        if (line.includes('"msg":"ready"')) resolve()
      })
    })
    child.stderr.on('data', (data: Buffer) => {
      said += data.toString()
      log.write(data)
    })
    const ended = new Promise<never>((_, reject) => {
      child.once('exit', (code) => {
        reject(new Error(`the bot ended with ${code ?? 'a signal'}: ${said.trim()} (see ${this.logFile})`))
      })
    })
    ended.catch(() => undefined)
    await Promise.race([ready, ended])
  }

  /** The end of its log. */
  lastLines(count: number): string {
    return readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Holds it still, as a machine that has no time for it does, for so long (milliseconds). */
  async holdStill(ms: number): Promise<void> {
    this.#child?.kill('SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, ms))
    this.#child?.kill('SIGCONT')
  }

  /** Ends it, and resolves when it is gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (child === undefined || !this.isRunning) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await gone
  }
}
