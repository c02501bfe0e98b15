// Speed and memory of the bot against a bare Bolt app in the same run.
import { startWorld, type World } from '../sandbox/world.ts'
import { Contestant } from './contestant.ts'
import { median, percentile, type Row, row, sleep } from './row.ts'

const bot = 'src/main.ts'
const bare = 'bench/bare-bolt.ts'
const rounds = 5
const calls = 60
/** A help is answered in a fraction of a millisecond, and as fast as it will be only after some hundreds. */
const helps = 500
const channel = 'C0ONBOARD'

/** Milliseconds from the payload on the socket to its acknowledgement: what Slack waits for. */
const lastAck = (world: World): number => world.slack.socket.ackTimes.at(-1) ?? Number.NaN

const help = async (world: World): Promise<readonly number[]> => {
  const times: number[] = []
  for (let index = 0; index < helps; index += 1) {
    await world.slack.people.command('U0ADA', '/onboard help', channel)
    times.push(lastAck(world))
  }
  return times
}

const submit = async (world: World, round: number): Promise<readonly number[]> => {
  const { people } = world.slack
  const times: number[] = []
  for (let index = 0; index < calls; index += 1) {
    const line = `/onboard prod-eu team-${round}-${index} display-name=Team subdomain=team-${round}-${index}`
    await people.command('U0ADA', line, channel)
    await world.slack.waitFor(() => people.view('U0ADA') !== undefined, {
      what: 'the form',
      timeoutMs: 5_000,
    })
    await people.submit('U0ADA')
    times.push(lastAck(world))
    people.close('U0ADA')
    // People pause between two forms: what is measured is one answer, not a flood.
    await sleep(20)
  }
  return times
}

interface Measured {
  readonly ready: number[]
  /** Until a command that comes with the first connection is acknowledged. */
  readonly first: number[]
  readonly memory: number[]
  readonly used: number[]
  readonly help: number[]
  readonly submit: number[]
  readonly submitSlowest: number[]
}

const nothing = (): Measured => ({
  ready: [],
  first: [],
  memory: [],
  used: [],
  help: [],
  submit: [],
  submitSlowest: [],
})

/** Uses the kubeconfig: an onboarding that is approved has a Secret made. */
const useKubeconfig = async (world: World): Promise<void> => {
  const cards = world.slack.workspace.messages.filter(
    (one) => one.channel === channel && one.threadTs === undefined,
  )
  const last = cards.at(-1)
  if (last === undefined) return
  const approve = world.slack.people.buttons(channel, last.ts).find(({ label }) => label === 'Approve')
  if (approve === undefined) return
  await world.slack.people.click('U0BEN', approve)
  await world.slack.waitFor(() => world.argo.workflows.list().length > 0, {
    what: 'a workflow',
    timeoutMs: 10_000,
  })
}

const measure = async (program: string, into: Measured, round: number): Promise<void> => {
  const world = await startWorld()
  const contestant = new Contestant(program, world)
  try {
    const ready = await contestant.start()
    into.ready.push(ready)
    const connected = performance.now()
    await world.slack.people.command('U0ADA', '/onboard help', channel)
    into.first.push(ready + performance.now() - connected)
    await sleep(1_500)
    into.memory.push(contestant.memory())
    await help(world)
    into.help.push(median(await help(world)))
    const times = await submit(world, round)
    into.submit.push(median(times))
    into.submitSlowest.push(percentile(times, 0.99))
    if (program === bot) {
      await world.slack.waitFor(() => world.slack.workspace.messages.length > 0, {
        what: 'a card',
        timeoutMs: 10_000,
      })
      await useKubeconfig(world)
      await sleep(1_500)
      into.used.push(contestant.memory())
    }
  } finally {
    await contestant.end()
    await world.close()
  }
}

const rows = (ours: Measured, theirs: Measured): readonly Row[] => {
  const ratio = (name: 'ready' | 'first' | 'memory' | 'help' | 'submit'): number =>
    median(ours[name]) / median(theirs[name])
  const ms = (values: readonly number[]): string => `${median(values).toFixed(2)} ms`
  const mib = (values: readonly number[]): string => `${median(values).toFixed(0)} MiB`
  return [
    row('help-ack-p50', ratio('help'), { goal: 1.3, peer: `bare Bolt ${ms(theirs.help)}` }),
    row('submit-ack-p50', ratio('submit'), {
      goal: 1.3,
      peer: `bare Bolt and one durable document ${ms(theirs.submit)}`,
    }),
    row('submit-ack-p99', median(ours.submitSlowest), {
      goal: null,
      unit: 'ms',
      peer: ms(theirs.submitSlowest),
    }),
    row('ready', ratio('ready'), { goal: 1.5, peer: `bare Bolt ${ms(theirs.ready)}` }),
    row('first-answer', ratio('first'), { goal: null, peer: `bare Bolt ${ms(theirs.first)}` }),
    row('idle-memory', ratio('memory'), { goal: 1.3, peer: `bare Bolt ${mib(theirs.memory)}` }),
    row('memory-with-kubeconfig', median(ours.used) / median(theirs.memory), {
      goal: 1.9,
      peer: `bare Bolt ${mib(theirs.memory)}`,
    }),
  ]
}

export const answerNames = [
  'help-ack-p50',
  'submit-ack-p50',
  'submit-ack-p99',
  'ready',
  'first-answer',
  'idle-memory',
  'memory-with-kubeconfig',
] as const

/** How fast people are answered, how fast the bot is there, and how much memory it takes. */
export const measureAnswers = async (): Promise<readonly Row[]> => {
  const [ours, theirs] = [nothing(), nothing()]
  for (let round = 0; round < rounds; round += 1) {
    await measure(bare, theirs, round)
    await measure(bot, ours, round)
  }
  return rows(ours, theirs)
}
