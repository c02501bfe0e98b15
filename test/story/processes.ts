import { readdirSync, readFileSync } from 'node:fs'

/** A process that was there for a moment. */
export interface Seen {
  readonly args: string
  readonly environment: string
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It has ended meanwhile.
    return ''
  }
}

/** The parent of each process. */
const parents = (): ReadonlyMap<number, number> => {
  const pids = readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid))
  return new Map(
    pids.map((pid) => {
      // The name of the program stands in parentheses and may hold spaces.
      const [, after = ''] = read(`/proc/${pid}/stat`).split(') ')
      return [pid, Number(after.split(' ')[1])]
    }),
  )
}

/** Looks at the arguments and the environment of every process below this one, again and again until it is stopped. */
export class ProcessWatch {
  readonly seen = new Map<string, Seen>()
  readonly #timer: NodeJS.Timeout

  constructor() {
    this.#timer = setInterval(() => this.#look(), 15)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const known = parents()
    const isBelow = (pid: number | undefined): boolean =>
      pid !== undefined && pid > 1 && (pid === process.pid || isBelow(known.get(pid)))
    for (const pid of known.keys()) {
      if (pid === process.pid || !isBelow(known.get(pid))) continue
      const args = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
      const environment = read(`/proc/${pid}/environ`)
      // Between fork and exec a child still has what this process has.
      if (args !== '' && environment !== '') this.seen.set(`${pid} ${args}`, { args, environment })
    }
  }
}
