import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

import { type BtpSandbox, startBtp } from '../../sandbox/btp/server.ts'
import { type KubernetesSandbox, startKubernetes } from '../../sandbox/kubernetes/server.ts'
import { replaceFile } from '../../sandbox/replace-file.ts'
import { repositoryRoot } from '../../sandbox/world.ts'
import { systemClock } from '../../src/clock.ts'

export type Profile = 'sap-btp-operator' | 'service-broker-proxy'

/** How a step program ended. */
export interface Ended {
  /** Undefined when it was killed. */
  readonly code: number | undefined
  /** What it wrote into its termination log. */
  readonly message: string
  readonly log: string
  readonly outputs: Readonly<Record<string, string>>
  /** How many requests it made, and what it started made. */
  readonly requests: number
}

interface RunOptions {
  readonly profile?: Profile
  /** Tells namespaces, and so onboardings, apart. */
  readonly namespace?: string
  /** An undefined one is not there at all. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** The whole pod gets the signal once so many requests were carried out, before the answer. */
  readonly killAfter?: number
  readonly signal?: NodeJS.Signals
}

export const making = ['create-subaccount', 'register-platform', 'install-proxy'] as const
export const undoing = ['uninstall-proxy', 'unregister-platform', 'delete-subaccount'] as const

const pace = {
  POLL_FIRST_MS: '20',
  POLL_LONGEST_MS: '100',
  READY_WITHIN_MS: '3000',
  RETRY_FIRST_MS: '20',
  RETRY_WITHIN_MS: '1500',
  HELM_TIMEOUT: '1s',
}

const charts = {
  OPERATOR_CHART: 'sap-btp-operator',
  PROXY_CHART: 'service-broker-proxy-k8s',
  PROXY_CHART_VALUES: "sm: { user: '${username}', password: '${password}' }",
}

/** SAP BTP, a Kubernetes API and helm's stand-in, in which step programs run as processes. */
export class BtpWorld {
  readonly btp: BtpSandbox
  readonly kubernetes: KubernetesSandbox
  readonly #folder = mkdtempSync(join(tmpdir(), 'onboard-bot-btp-'))

  private constructor(btp: BtpSandbox, kubernetes: KubernetesSandbox) {
    this.btp = btp
    this.kubernetes = kubernetes
    this.useRights('admin')
    this.setHelm({})
  }

  static async start(): Promise<BtpWorld> {
    const clock = systemClock
    const world = new BtpWorld(await startBtp({ clock }), await startKubernetes({ clock }))
    world.kubernetes.createNamespace('shop')
    return world
  }

  async stop(): Promise<void> {
    await Promise.all([this.btp.close(), this.kubernetes.close()])
    rmSync(this.#folder, { recursive: true, force: true })
  }

  useRights(identity: string): void {
    writeFileSync(join(this.#folder, 'kubeconfig'), this.kubernetes.kubeconfig(identity))
  }

  setHelm(settings: object): void {
    replaceFile(join(this.#folder, 'helm.json'), JSON.stringify(settings))
  }

  /** Puts a helm before the stand-in that writes down what it gets; gives a way to read that. */
  recordHelm(): () => string {
    const file = join(this.#folder, 'helm-record')
    const real = join(repositoryRoot, 'sandbox/helm/bin/helm')
    const script = `#!/bin/sh
echo "arguments: $*" >> ${file}
env >> ${file}
for word in "$@"; do
  case $word in *values.json) stat -c 'values file: %a' "$word" >> ${file} ;; esac
done
stat -c 'kubeconfig: %a' "$KUBECONFIG" >> ${file}
[ -e "$HELM_CONFIG_HOME/repositories.yaml" ] && stat -c 'repositories: %a' "$HELM_CONFIG_HOME/repositories.yaml" >> ${file}
exec ${real} "$@"
`
    mkdirSync(join(this.#folder, 'bin'))
    writeFileSync(join(this.#folder, 'bin/helm'), script, { mode: 0o755 })
    return () => readFileSync(file, 'utf8')
  }

  /** Lets helm fail and tell all the values that it got, as they are and in base64; gives a way to read those. */
  tellingHelm(): () => unknown {
    const file = join(this.#folder, 'helm-values')
    const real = join(repositoryRoot, 'sandbox/helm/bin/helm')
    const script = `#!/bin/sh
[ "$1" = upgrade ] || exec ${real} "$@"
for word in "$@"; do
  case $word in *values.json) cp "$word" ${file} ;; esac
done
spelled=$(tr -s '",:{}' '\\n' < ${file} | while read -r one; do printf '%s' "$one" | base64 -w 0; echo; done)
echo "Error: $(cat ${file})" $spelled >&2
exit 1
`
    mkdirSync(join(this.#folder, 'bin'), { recursive: true })
    writeFileSync(join(this.#folder, 'bin/helm'), script, { mode: 0o755 })
    return () => JSON.parse(readFileSync(file, 'utf8'))
  }

  /** Lets helm fail so often with this sentence, before the stand-in is asked. */
  failHelm(times: number, says: string): void {
    const [count, real] = [join(this.#folder, 'helm-count'), join(repositoryRoot, 'sandbox/helm/bin/helm')]
    writeFileSync(count, '')
    writeFileSync(join(this.#folder, 'helm-says'), says)
    const script = `#!/bin/sh
[ "$1" = version ] && exec ${real} "$@"
echo x >> ${count}
[ "$(wc -l < ${count})" -gt ${times} ] && exec ${real} "$@"
cat ${join(this.#folder, 'helm-says')} >&2
exit 1
`
    mkdirSync(join(this.#folder, 'bin'), { recursive: true })
    writeFileSync(join(this.#folder, 'bin/helm'), script, { mode: 0o755 })
  }

  onboardingId(namespace = 'shop'): string {
    return Buffer.from(namespace).toString('hex').padEnd(32, '0')
  }

  /** What a step of the template has in its environment. */
  environment({
    profile = 'sap-btp-operator',
    namespace = 'shop',
    environment,
  }: RunOptions): NodeJS.ProcessEnv {
    return {
      PATH: [
        join(this.#folder, 'bin'),
        join(repositoryRoot, 'sandbox/helm/bin'),
        process.env['PATH'] ?? '',
      ].join(delimiter),
      SANDBOX_NODE: process.execPath,
      NODE_COMPILE_CACHE: join(tmpdir(), 'onboard-bot-compile-cache'),
      KUBECONFIG: join(this.#folder, 'kubeconfig'),
      HELM_FAULTS: join(this.#folder, 'helm.json'),
      ...pace,
      ...charts,
      CIS_KEY: JSON.stringify(this.btp.serviceKey()),
      ONBOARDING_ID: this.onboardingId(namespace),
      NAMESPACE: namespace,
      CLUSTER: 'prod-eu',
      DISPLAY_NAME: 'Shop',
      SUBDOMAIN: `${namespace}-prod`,
      REGION: 'eu10',
      PROFILE: profile,
      ...environment,
    }
  }

  /** Runs a step to its end, as a pod of its own. */
  async run(step: string, options: RunOptions = {}): Promise<Ended> {
    const root = mkdtempSync(join(this.#folder, 'pod-'))
    const child = spawn(process.execPath, ['src/steps/run/main.ts', step], {
      cwd: repositoryRoot,
      env: { CONTAINER_ROOT: root, ...this.environment(options) },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    let requests = 0
    const count = (): void => {
      requests += 1
      if (requests !== options.killAfter) return
      // A container goes as a whole, with what the step started.
      const { signal = 'SIGKILL' } = options
      process.kill(signal === 'SIGKILL' ? -(child.pid ?? 0) : (child.pid ?? 0), signal)
    }
    this.btp.faults.onRequest = count
    this.kubernetes.faults.onRequest = count
    let log = ''
    child.stdout.on('data', (data: Buffer) => (log += data.toString()))
    child.stderr.on('data', (data: Buffer) => (log += data.toString()))
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
    this.btp.faults.onRequest = undefined
    this.kubernetes.faults.onRequest = undefined
    const message = readText(join(root, 'dev/termination-log')) ?? ''
    return { code: code ?? undefined, message, log, outputs: outputsIn(root), requests }
  }

  /** Runs steps that have to succeed. */
  async mustRun(steps: readonly string[], options: RunOptions = {}): Promise<Ended> {
    let last: Ended | undefined
    for (const step of steps) {
      last = await this.run(step, options)
      if (last.code !== 0) throw new Error(`${step} ended with ${last.code}: ${last.message}\n${last.log}`)
    }
    if (last === undefined) throw new Error('no step was named')
    return last
  }

  /** What there is that an onboarding makes: by kind and name. */
  inventory(): readonly string[] {
    const secrets = this.kubernetes.secrets.list('').map(({ metadata, type }) => ({ ...metadata, type }))
    const releases = secrets.filter(
      ({ type, labels }) => type === 'helm.sh/release.v1' && labels?.['status'] !== 'superseded',
    )
    const connections = secrets.filter(
      ({ labels }) => labels?.['onboard-bot.dev/onboarding-id'] !== undefined,
    )
    return [
      ...this.btp.accounts.all().map(({ subdomain }) => `subaccount ${subdomain}`),
      ...this.btp.platforms.all().map(({ name }) => `platform ${name}`),
      ...this.btp.instances.access().map(({ name }) => `access ${name}`),
      ...this.btp.instances.bindings().map(({ name }) => `binding ${name}`),
      ...releases.map(({ labels }) => `release ${labels?.['name']} ${labels?.['status']}`),
      ...connections
        .filter(({ type }) => type !== 'helm.sh/release.v1')
        .map(({ namespace, name }) => `secret ${namespace}/${name}`),
    ].toSorted()
  }
}

const readText = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // The step did not write it.
    return undefined
  }
}

const outputsIn = (root: string): Readonly<Record<string, string>> => {
  const folder = join(root, 'tmp/outputs')
  try {
    return Object.fromEntries(
      readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
    )
  } catch {
    return {}
  }
}
