import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

import { repositoryRoot, type World } from '../sandbox/world.ts'

export interface Health {
  /** How late the event loop was, 99 of 100 times at most (milliseconds), since `begin`. */
  readonly delayMs: number
  /** What the process has used so far (milliseconds). */
  readonly cpuMs: number
  /** The part of it that the operating system took, most of it for files. */
  readonly systemMs: number
  /** What is kept after a collection (bytes). */
  readonly memory: number
}

/** The bot as a process that can be asked how it is. */
export class ProbedBot {
  readonly #world: World
  readonly #environment: Readonly<Record<string, string>>
  #child: ChildProcess | undefined

  constructor(world: World, environment: Readonly<Record<string, string>>) {
    this.#world = world
    this.#environment = environment
  }

  /** Starts it, and resolves when Slack has its first connection. `onLine` gets what it logs. */
  async start(onLine?: (line: string) => void): Promise<void> {
    const connected = this.#world.slack.socket.nextConnection()
    const child = spawn(process.execPath, ['--expose-gc', '--import', './bench/probe.ts', 'src/main.ts'], {
      cwd: repositoryRoot,
      env: {
        ...process.env,
        ...this.#world.environment,
        LOG_LEVEL: onLine === undefined ? 'warn' : 'info',
        NODE_OPTIONS: '--max-semi-space-size=1',
        ...this.#environment,
      },
      stdio: ['ignore', onLine === undefined ? 'ignore' : 'pipe', 'inherit', 'ipc'],
    })
    this.#child = child
    if (onLine !== undefined && child.stdout !== null)
      createInterface({ input: child.stdout }).on('line', onLine)
    const ended = new Promise<never>((_, reject) => {
      child.once('exit', (code) => reject(new Error(`the bot ended with ${code}`)))
    })
    await Promise.race([connected, ended])
  }

  /** From now on delays count. */
  begin(): void {
    this.#child?.send('begin')
  }

  health(): Promise<Health> {
    return new Promise((resolve) => {
      this.#child?.once('message', (health) => {
        resolve(health as Health)
      })
      this.#child?.send('how are you')
    })
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }
}
