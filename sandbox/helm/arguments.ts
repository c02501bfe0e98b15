/** What helm was called with. */
export interface Arguments {
  readonly words: readonly string[]
  readonly options: ReadonlyMap<string, string>
  /** Every `--values` or `-f`, in order. */
  readonly files: readonly string[]
  readonly sets: readonly string[]
}

const switches = new Set([
  '--wait',
  '--install',
  '--ignore-not-found',
  '--rollback-on-failure',
  '--atomic',
  '--short',
  '--pending',
  '--all',
])

/** Splits a command line as helm does: what is no switch takes the next word as its value. */
export const readArguments = (all: readonly string[]): Arguments => {
  const words: string[] = []
  const options = new Map<string, string>()
  const files: string[] = []
  const sets: string[] = []
  for (let at = 0; at < all.length; at += 1) {
    const word = all[at] ?? ''
    const next = all[at + 1] ?? ''
    if (!word.startsWith('-')) words.push(word)
    else if (switches.has(word)) options.set(word, 'true')
    else {
      at += 1
      if (word === '-f' || word === '--values') files.push(next)
      else if (word === '--set') sets.push(next)
      else options.set(word === '-o' ? '--output' : word === '-n' ? '--namespace' : word, next)
    }
  }
  return { words, options, files, sets }
}

const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000 }

/** A duration as Go writes it (`5m`, `90s`, `1m30s`), in milliseconds. */
export const durationMs = (text: string): number =>
  [...text.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, count = '0', unit = 's']) => sum + Number(count) * (units[unit] ?? 0),
    0,
  )
