import { writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

import type { Clock } from '../src/clock.ts'
import { type ChildProcessRunner, createChildProcessRunner } from './argo/child-process-runner.ts'
import { type ArgoSandbox, startArgo } from './argo/server.ts'
import type { StepRunner } from './argo/step-runner.ts'
import type { ClusterPlace } from './config.ts'
import { type KubernetesSandbox, startKubernetes } from './kubernetes/server.ts'

/** How the bot reaches argo-server: by its address and a token file, or by port-forward and a TokenRequest. */
export type ArgoWay = 'url' | 'port-forward'

/** One cluster on loopback: the Kubernetes API, and Argo Workflows in it. */
export interface ClusterSandbox {
  readonly kubernetes: KubernetesSandbox
  readonly argo: ArgoSandbox
  /** Every line that a step wrote, whatever became of its pod. */
  readonly podLines: readonly string[]
  /** What the bot's configuration says of it. */
  readonly place: ClusterPlace
  /** Kills what runs in the workflows' containers, at once. */
  readonly killSteps: () => void
  readonly close: () => Promise<void>
}

interface Options {
  readonly clock: Clock
  /** Files of the cluster go there, under its name. */
  readonly folder: string
  readonly name: string
  readonly way: ArgoWay
  readonly namespaces: readonly string[]
  readonly repositoryRoot: string
  readonly helmFaults: string
}

/** Steps wait as they really do, only shorter. */
const sandboxPace = {
  POLL_FIRST_MS: '100',
  POLL_LONGEST_MS: '400',
  READY_WITHIN_MS: '12000',
  RETRY_FIRST_MS: '100',
  // Two answers that each name a date, in whole seconds, as the time to come again: that is up to two seconds each.
  RETRY_WITHIN_MS: '8000',
}

/** What a pod has from its image and its ServiceAccount. */
const createPods = (
  kubeconfig: string,
  { repositoryRoot, helmFaults, folder }: Options,
): ChildProcessRunner =>
  createChildProcessRunner({
    repositoryRoot,
    environment: () => ({
      PATH: [join(repositoryRoot, 'sandbox/helm/bin'), process.env['PATH'] ?? ''].join(delimiter),
      SANDBOX_NODE: process.execPath,
      NODE_COMPILE_CACHE: join(folder, 'compile-cache'),
      KUBECONFIG: kubeconfig,
      HELM_FAULTS: helmFaults,
      HELM_TIMEOUT: '3s',
      ...sandboxPace,
    }),
  })

/** The runner, with every line kept. */
const recording = (runner: StepRunner, lines: string[]): StepRunner => ({
  run: (pod, signal) => {
    const onLine = (line: string): void => {
      lines.push(line)
      pod.onLine?.(line)
    }
    return runner.run({ ...pod, onLine }, signal)
  },
})

/** Starts a cluster whose workflows run the step programs. */
export const startCluster = async (options: Options): Promise<ClusterSandbox> => {
  const { clock, folder, name, way, namespaces } = options
  const kubernetes = await startKubernetes({ clock })
  for (const namespace of namespaces) kubernetes.createNamespace(namespace)
  const write = (file: string, text: string): string => {
    const path = join(folder, `${name}-${file}`)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  const kubeconfig = write('kubeconfig', kubernetes.kubeconfig('onboard-bot'))
  const tokenFile = write('argo-token', kubernetes.token('onboard-bot'))
  const podLines: string[] = []
  const pods = createPods(write('steps-kubeconfig', kubernetes.kubeconfig('admin')), options)
  const { namespace } = kubernetes
  const runner = recording(pods, podLines)
  const argo = await startArgo({ clock, kubernetes, namespace, runner })
  const reached =
    way === 'url'
      ? { url: argo.url, tokenFile }
      : { service: { secure: false }, serviceAccount: 'onboard-bot' }
  return {
    kubernetes,
    argo,
    killSteps: pods.killAll,
    podLines,
    place: { kubeconfig, argo: { ...reached, namespace, uiUrl: argo.url } },
    close: async () => {
      await argo.close()
      await kubernetes.close()
    },
  }
}
