import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Rule } from '../../sandbox/kubernetes/identities.ts'
import { parseTarget, verbOf } from '../../sandbox/kubernetes/requests.ts'
import { type KubernetesSandbox, startKubernetes } from '../../sandbox/kubernetes/server.ts'
import { repositoryRoot } from '../../sandbox/world.ts'
import { systemClock } from '../../src/clock.ts'
import { deployedRules } from '../deploy/deployed-rules.ts'

/** How a step program ended. */
export interface Ended {
  /** Undefined when it was killed. */
  readonly code: number | undefined
  /** What it wrote into its termination log. */
  readonly message: string
  readonly log: string
  readonly outputs: Readonly<Record<string, string>>
}

/** The rights that deploy/ gives the template's ServiceAccount in the whole cluster. */
export const templateRules = (): Rule[] => [...deployedRules('namespace-template.yaml', ['ClusterRole'])]

const deployedResources = templateRules().flatMap(({ resources }) => resources)

export const onboardingId = '0123456789abcdef0123456789abcdef'

const workloads =
  'v1/Pod apps/v1/Deployment apps/v1/StatefulSet apps/v1/DaemonSet batch/v1/CronJob batch/v1/Job v1/PersistentVolumeClaim'

/** What the template's two files give the steps. */
const environment: Readonly<Record<string, string>> = {
  ONBOARDING_ID: onboardingId,
  NAMESPACE: 'checkout',
  CPU: '4',
  MEMORY: '8Gi',
  PODS: '20',
  CONTAINER_CPU_REQUEST: '100m',
  CONTAINER_MEMORY_REQUEST: '128Mi',
  CONTAINER_MEMORY_LIMIT: '256Mi',
  NETWORK: 'closed',
  EDITORS: 'team-checkout, user:ada@example.com',
  VIEWERS: 'auditors',
  ON_WORKLOADS: 'refuse',
  WORKLOADS: workloads,
  POLL_FIRST_MS: '20',
  RETRY_FIRST_MS: '20',
  RETRY_WITHIN_MS: '500',
}

export const makingSteps = ['create-namespace', 'apply-limits', 'apply-network-policy', 'bind-roles'] as const
export const undoingSteps = [
  'check-unused',
  'unbind-roles',
  'remove-network-policy',
  'remove-limits',
  'delete-namespace',
] as const

/** The kind and name of an object, from its line. */
export const nameOf = (line: string): string => line.split(' ').slice(0, 2).join(' ')

/** What is there once every making step has run. */
export const made = [
  'limitranges onboarding',
  'namespaces checkout',
  'networkpolicies onboarding',
  'resourcequotas onboarding',
  'rolebindings onboarding-edit',
  'rolebindings onboarding-view',
]

/** A cluster of its own, in which step programs run as processes with the rights that deploy/ gives them. */
export class NamespaceWorld {
  readonly kubernetes: KubernetesSandbox
  /** Every right that was used: verb and resource. */
  readonly used = new Set<string>()
  readonly #folder = mkdtempSync(join(tmpdir(), 'onboard-bot-steps-'))

  private constructor(kubernetes: KubernetesSandbox) {
    this.kubernetes = kubernetes
    kubernetes.rules.set(kubernetes.identity('onboard-namespaces'), templateRules())
    writeFileSync(join(this.#folder, 'kubeconfig'), kubernetes.kubeconfig('onboard-namespaces'))
  }

  static async start(): Promise<NamespaceWorld> {
    return new NamespaceWorld(await startKubernetes({ clock: systemClock, deleteNamespaceAfterMs: 60 }))
  }

  async stop(): Promise<void> {
    await this.kubernetes.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Runs a step to its end; `killAfter` kills it with SIGKILL once the API has carried out so many requests. */
  async run(
    step: string,
    {
      killAfter,
      signal,
      ...more
    }: { killAfter?: number; signal?: NodeJS.Signals } & Record<string, string | number | undefined> = {},
  ): Promise<Ended & { requests: number }> {
    const root = mkdtempSync(join(this.#folder, 'pod-'))
    const child = spawn(process.execPath, ['src/steps/run/main.ts', step], {
      cwd: repositoryRoot,
      env: {
        PATH: process.env['PATH'],
        ...environment,
        KUBECONFIG: join(this.#folder, 'kubeconfig'),
        ...Object.fromEntries(Object.entries(more).map(([name, value]) => [name, String(value)])),
        CONTAINER_ROOT: root,
        NODE_COMPILE_CACHE: join(tmpdir(), 'onboard-bot-compile-cache'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let requests = 0
    this.kubernetes.faults.onRequest = (line) => {
      this.#count(line)
      requests += 1
      if (requests === killAfter) child.kill(signal ?? 'SIGKILL')
    }
    let log = ''
    child.stdout.on('data', (data: Buffer) => (log += data.toString()))
    child.stderr.on('data', (data: Buffer) => (log += data.toString()))
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
    this.kubernetes.faults.onRequest = undefined
    const names = ['namespace-uid', 'quota', 'network-policy', 'access', 'remaining']
    const outputs = names.flatMap((name) => {
      const text = this.#read(root, `tmp/outputs/${name}`)
      return text === undefined ? [] : [[name, text]]
    })
    return {
      code: code ?? undefined,
      message: this.#read(root, 'dev/termination-log') ?? '',
      log,
      outputs: Object.fromEntries(outputs),
      requests,
    }
  }

  /** Everything that stands in the cluster about the namespace: `resource name version`. */
  objects(): readonly string[] {
    const { objects } = this.kubernetes
    return objects
      .keys()
      .filter(({ namespace, name }) => namespace === 'checkout' || name === 'checkout')
      .map((key) => `${key.resource} ${key.name} ${objects.get(key)?.metadata.resourceVersion ?? ''}`)
      .toSorted()
  }

  #count(line: string): void {
    const [method = '', path = ''] = line.split(' ')
    const { pathname, searchParams } = new URL(path, 'http://cluster')
    const target = parseTarget(pathname)
    if (target === undefined || !deployedResources.includes(target.resource)) return
    const verb = verbOf(method, target, searchParams)
    this.used.add(`${verb} ${target.resource}`)
    // To apply what is not there is to create it.
    if (verb === 'patch') this.used.add(`create ${target.resource}`)
  }

  #read(root: string, path: string): string | undefined {
    try {
      return readFileSync(join(root, path), 'utf8')
    } catch {
      // The step did not write it.
      return undefined
    }
  }
}
