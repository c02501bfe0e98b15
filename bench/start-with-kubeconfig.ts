// How long a start takes in which the kubeconfig of a cluster is read and used, against a bare Bolt app in the same run.
import { startWorld, type World } from '../sandbox/world.ts'
import { Contestant } from './contestant.ts'
import { median, type Row, row } from './row.ts'

const rounds = 5
const withinMs = 30_000

/** Resolves at the first call that the Kubernetes API is asked for with the kubeconfig's token. */
const firstCall = (world: World): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error('the Kubernetes API was not called: the kubeconfig was not read'))
    }, withinMs)
    world.kubernetes.faults.onRequest = () => {
      clearTimeout(timer)
      resolve()
    }
  })

interface Start {
  /** Milliseconds until Slack has its first connection. */
  readonly connected: number
  /** The same, and for the bot until the Kubernetes API has its first call too. */
  readonly ready: number
}

const start = async (program: string, isReader: boolean): Promise<Start> => {
  // argo-server is reached by port-forward and a TokenRequest, so that nothing works without the kubeconfig.
  const world = await startWorld({ way: 'port-forward' })
  const contestant = new Contestant(program, world)
  try {
    const begin = performance.now()
    const called = isReader ? firstCall(world) : undefined
    const connected = await contestant.start()
    await called
    return { connected, ready: performance.now() - begin }
  } finally {
    await contestant.end()
    await world.close()
  }
}

export const startNames = ['ready-with-kubeconfig'] as const

/** How soon the bot is there when a cluster is reached by its kubeconfig alone: with the Kubernetes client loaded. */
export const measureStart = async (): Promise<readonly Row[]> => {
  const [ours, theirs]: [Start[], Start[]] = [[], []]
  for (let round = 0; round < rounds; round += 1) {
    theirs.push(await start('bench/bare-bolt.ts', false))
    ours.push(await start('src/main.ts', true))
  }
  const peer = median(theirs.map(({ ready }) => ready))
  const connected = median(ours.map((one) => one.connected))
  return [
    row('ready-with-kubeconfig', median(ours.map(({ ready }) => ready)) / peer, {
      goal: 2.3,
      peer: `bare Bolt ${peer.toFixed(2)} ms; ours hears Slack after ${connected.toFixed(2)} ms`,
    }),
  ]
}
