import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { repositoryRoot, type World } from '../sandbox/world.ts'

/** Filled by the first round, which is why medians are taken. */
const compileCache = join(tmpdir(), 'onboard-bot-bench-cache')

/** A program under measurement, as a process of its own. */
export class Contestant {
  readonly #program: string
  readonly #world: World
  readonly #folder = mkdtempSync(join(tmpdir(), 'bench-'))
  #child: ChildProcess | undefined

  constructor(program: string, world: World) {
    this.#program = program
    this.#world = world
  }

  /** Starts it. Gives the milliseconds until Slack has its first connection. */
  async start(): Promise<number> {
    const connected = this.#world.slack.socket.nextConnection()
    const begin = performance.now()
    this.#child = spawn(process.execPath, [this.#program], {
      cwd: repositoryRoot,
      // Both write their logs nowhere, and both have the compile cache and the young generation that the image sets.
      env: {
        ...process.env,
        ...this.#world.environment,
        DATA_DIR: this.#folder,
        LOG_LEVEL: 'warn',
        NODE_COMPILE_CACHE: compileCache,
        NODE_OPTIONS: '--max-semi-space-size=1',
        // The C library of the image gives memory back at once, and has no arenas for each thread; that of this machine
        // may be another one.
        MALLOC_ARENA_MAX: '1',
        MALLOC_TRIM_THRESHOLD_: '1048576',
      },
      stdio: 'ignore',
    })
    await connected
    return performance.now() - begin
  }

  /** Resident memory in MiB. */
  memory(): number {
    const status = readFileSync(`/proc/${this.#child?.pid ?? 0}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024
  }

  async end(): Promise<void> {
    const child = this.#child
    if (child !== undefined && child.exitCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
