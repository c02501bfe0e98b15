import { median, percentile, type Row, row, sleep } from './row.ts'
import { clusters, setStage, type Stage, until } from './stage.ts'

const perCluster = 50
const singleChanges = 200
const pollMs = 2_000

/** How soon whoever asks every two seconds knows of each change. */
const poll = ({ fleet }: Stage): { times: number[]; stop: () => void } => {
  const times: number[] = []
  const seen = new Map<string, number>()
  const ask = async (): Promise<void> => {
    const response = await fetch(`${fleet.url}/c1/api/v1/workflows/shared`)
    const { items } = (await response.json()) as {
      items: { metadata: { name: string; resourceVersion: string } }[]
    }
    for (const { metadata } of items) {
      const version = Number(metadata.resourceVersion)
      const before = seen.get(metadata.name)
      seen.set(metadata.name, version)
      const changedAt = fleet.workflows.get(`c1/${metadata.name}`)?.changedAt ?? 0
      if (before !== undefined && before !== version) times.push(performance.now() - changedAt)
    }
  }
  void ask()
  const timer = setInterval(() => void ask(), pollMs)
  return { times, stop: () => clearInterval(timer) }
}

/** Milliseconds from a change on the stream to the line that says that the record with its notice is on the disk. */
export const measureDelay = async (): Promise<readonly Row[]> => {
  const stage = await setStage(perCluster)
  const { bot, fleet } = stage
  const begun = new Map<string, number>()
  const times: number[] = []
  const onLine = (line: string): void => {
    const { key = '', event } = JSON.parse(line) as { key?: string; event?: string }
    const at = event === 'workflow-seen' ? begun.get(key) : undefined
    if (at === undefined) return
    times.push(performance.now() - at)
    begun.delete(key)
  }
  try {
    await bot.start(onLine)
    await until('all streams', () => fleet.followed === clusters.length)
    await sleep(2_000)
    const poller = poll(stage)
    await sleep(100)
    const workflows = [...fleet.of('c1'), ...fleet.of('c2'), ...fleet.of('c3'), ...fleet.of('c4')]
    for (const workflow of workflows.slice(0, singleChanges)) {
      // The second change ends a step, which is what people are told of.
      fleet.change(workflow)
      await sleep(25)
      begun.set(workflow.annotations['onboard-bot.dev/key'] ?? '', performance.now())
      fleet.change(workflow)
      await sleep(50)
    }
    await until('every change is on the disk', () => begun.size === 0)
    await sleep(pollMs)
    poller.stop()
    const peer = `polling every 2 s knows after ${median(poller.times).toFixed(0)} ms`
    return [
      row('step-to-outbox-p99', percentile(times, 0.99), {
        goal: 15,
        unit: 'ms',
        peer: `p50 ${median(times).toFixed(1)} ms`,
      }),
      row('times-sooner-than-polling', median(poller.times) / median(times), {
        goal: 100,
        isFloor: true,
        peer,
      }),
    ]
  } finally {
    await stage.end()
  }
}

export const delayNames = ['step-to-outbox-p99', 'times-sooner-than-polling'] as const
