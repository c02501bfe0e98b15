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
  /** Milliseconds until Slack has its first connection: what `ready` means everywhere. */
  readonly ready: number
  /** Milliseconds until the Kubernetes API has its first call; NaN where nothing calls it. */
  readonly called: number
}

const start = async (program: string, isReader: boolean): Promise<Start> => {
  // argo-server is reached by port-forward and a TokenRequest, so that nothing works without the kubeconfig.
  const world = await startWorld({ way: 'port-forward' })
  const contestant = new Contestant(program, world)
  try {
    const begin = performance.now()
    const call = isReader ? firstCall(world) : undefined
    const ready = await contestant.start()
    if (call === undefined) return { ready, called: Number.NaN }
    await call
    return { ready, called: performance.now() - begin }
  } finally {
    await contestant.end()
    await world.close()
  }
}

export const startNames = ['ready-with-kubeconfig', 'first-cluster-call'] as const

/** How soon the bot is there when a cluster is reached by its kubeconfig alone, and how soon it has reached the cluster. */
export const measureStart = async (): Promise<readonly Row[]> => {
  const [ours, theirs]: [Start[], Start[]] = [[], []]
  for (let round = 0; round < rounds; round += 1) {
    theirs.push(await start('bench/bare-bolt.ts', false))
    ours.push(await start('src/main.ts', true))
  }
  const bare = median(theirs.map(({ ready }) => ready))
  const peer = `bare Bolt ${bare.toFixed(2)} ms`
  return [
    row('ready-with-kubeconfig', median(ours.map(({ ready }) => ready)) / bare, { goal: 2.3, peer }),
    // Slack is heard before that: the Kubernetes client is loaded meanwhile.
    row('first-cluster-call', median(ours.map(({ called }) => called)) / bare, { goal: null, peer }),
  ]
}
