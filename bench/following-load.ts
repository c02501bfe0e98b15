import type { Fleet, Moving } from './fleet.ts'
import type { Health } from './probed-bot.ts'
import { type Row, row, sleep } from './row.ts'
import { clusters, setStage, type Stage, until } from './stage.ts'

const few = 50
const many = 500
const changesPerSecond = 100
const loadMs = 20_000

interface Load {
  readonly cores: number
  /** The part of them that the operating system took. */
  readonly systemCores: number
  readonly health: Health
}

const change = (fleet: Fleet, all: readonly Moving[], index: number): void => {
  const workflow = all[index % all.length]
  // The last change would end the run: what is measured is following.
  if (workflow !== undefined && workflow.changes < 5) fleet.change(workflow)
}

/** A hundred changes a second, spread over all workflows. */
const load = async ({ bot, fleet }: Stage): Promise<Load> => {
  const all = [...fleet.workflows.values()]
  await sleep(5_000)
  bot.begin()
  const before = await bot.health()
  bot.begin()
  const begin = performance.now()
  for (let done = 0; performance.now() - begin < loadMs; await sleep(10)) {
    const wanted = Math.floor(((performance.now() - begin) / 1_000) * changesPerSecond)
    for (; done < wanted; done += 1) change(fleet, all, done)
  }
  const elapsed = performance.now() - begin
  const health = await bot.health()
  return {
    health,
    cores: (health.cpuMs - before.cpuMs) / elapsed,
    systemCores: (health.systemMs - before.systemMs) / elapsed,
  }
}

/** With 1,000 workflows; then the bot is killed and started again. */
const measureThousand = async (): Promise<Load & { backMs: number }> => {
  const small = await setStage(few)
  try {
    await small.bot.start()
    await until('all streams', () => small.fleet.followed === clusters.length)
    const thousand = await load(small)
    await small.bot.kill()
    await until('no stream', () => small.fleet.followed === 0)
    await small.bot.start()
    const ready = performance.now()
    await until('all streams again', () => small.fleet.followed === clusters.length)
    return { ...thousand, backMs: performance.now() - ready }
  } finally {
    await small.end()
  }
}

/** What following costs with 1,000 and with 10,000 workflows, and how soon it goes on after kill -9. */
export const measureLoad = async (): Promise<readonly Row[]> => {
  const thousand = await measureThousand()
  const big = await setStage(many)
  try {
    await big.bot.start()
    await until('all streams', () => big.fleet.followed === clusters.length, 120_000)
    const tenThousand = await load(big)
    const kept =
      (tenThousand.health.memory - thousand.health.memory) / ((many - few) * clusters.length) / 1_024
    const rate = `${changesPerSecond} changes a second, ${clusters.length} clusters`
    return [
      row('cpu-1000', thousand.cores, {
        goal: 0.3,
        unit: 'cores',
        peer: `${rate}; ${thousand.systemCores.toFixed(2)} of it in the system`,
      }),
      row('loop-delay-1000-p99', thousand.health.delayMs, { goal: 20, unit: 'ms', peer: rate }),
      row('memory-per-workflow', kept, {
        goal: 6,
        unit: 'KB',
        peer: '10,000 less 1,000, after a collection',
      }),
      row('cpu-10000', tenThousand.cores / thousand.cores, {
        goal: 1.5,
        peer: `1,000: ${thousand.cores.toFixed(2)} cores`,
      }),
      row('streams-back', thousand.backMs / 1_000, {
        goal: 2,
        unit: 's',
        peer: 'after kill -9 with 1,000, from Slack being connected',
      }),
    ]
  } finally {
    await big.end()
  }
}

export const loadNames = [
  'cpu-1000',
  'loop-delay-1000-p99',
  'memory-per-workflow',
  'cpu-10000',
  'streams-back',
] as const
