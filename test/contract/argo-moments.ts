import assert from 'node:assert/strict'

import { startArgo } from '../../sandbox/argo/server.ts'
import type { ArgoSandbox } from '../../sandbox/argo/server.ts'
import type { StepRunner } from '../../sandbox/argo/step-runner.ts'
import { isObject, listAt, objectAt, textAt } from '../../sandbox/kubernetes/json.ts'
import type { JsonObject } from '../../sandbox/kubernetes/json.ts'
import { startKubernetes } from '../../sandbox/kubernetes/server.ts'
import type { KubernetesSandbox } from '../../sandbox/kubernetes/server.ts'
import { createManualClock } from '../../sandbox/manual-clock.ts'
import { endAsRecorded, isPodOf } from './recorded-pod.ts'
import { phasesOf, readRecording, recordedNodes, recordedObject } from './sandbox-world.ts'

const namesOfSecrets = (value: unknown): readonly { name: string; key: string }[] => {
  if (Array.isArray(value)) return value.flatMap(namesOfSecrets)
  if (!isObject(value)) return []
  const reference = objectAt(value, 'secretKeyRef')
  const own = textAt(reference, 'key')
  return [
    ...(own === undefined ? [] : [{ name: textAt(reference, 'name') ?? '', key: own }]),
    ...Object.values(value).flatMap(namesOfSecrets),
  ]
}

const isOwnKey = (key: string): boolean => !key.startsWith('workflows.argoproj.io/')
const ownOf = (values: unknown): object =>
  Object.fromEntries(Object.entries(isObject(values) ? values : {}).filter(([key]) => isOwnKey(key)))

const never = 1_000_000_000

/**
 * An argo-server whose clock stands still: its controller makes one pass for each millisecond that the test moves it
 * on, so that every moment that a recording shows can be reached. Steps end as the recorded nodes did.
 */
export class ArgoMoments {
  readonly argo: ArgoSandbox
  readonly kubernetes: KubernetesSandbox
  readonly clock: ReturnType<typeof createManualClock>
  #nodes: readonly JsonObject[] = []
  #log: readonly string[] = []

  private constructor(
    clock: ReturnType<typeof createManualClock>,
    kubernetes: KubernetesSandbox,
    start: (runner: StepRunner) => ArgoSandbox,
  ) {
    this.clock = clock
    this.kubernetes = kubernetes
    this.argo = start({
      run: ({ templateName }, signal) =>
        endAsRecorded(this.#nodes.findLast(isPodOf(templateName)), { signal, log: this.#log }),
    })
  }

  /** How often a stream says that it is alive, and where a watch is; no test waits so long unless it says so. */
  static async begin({ keepAliveMs = never, bookmarkMs = never } = {}): Promise<ArgoMoments> {
    const clock = createManualClock()
    const kubernetes = await startKubernetes({ clock })
    let run: StepRunner['run'] = async () => ({ exitCode: 0, terminationMessage: '', outputs: {}, log: [] })
    const runner: StepRunner = { run: (pod, signal) => run(pod, signal) }
    const argo = await startArgo({
      clock,
      kubernetes,
      namespace: 'shared',
      runner,
      reconcileMs: 1,
      keepAliveMs,
      bookmarkMs,
    })
    return new ArgoMoments(clock, kubernetes, (own) => {
      run = own.run
      return argo
    })
  }

  async end(): Promise<void> {
    await this.argo.close()
    await this.kubernetes.close()
  }

  /** From now on steps end as in this recording. */
  stepsEndAs(name: string): void {
    this.#nodes = recordedNodes(readRecording('argo-server', name))
  }

  /** What every step writes. */
  stepsWrite(lines: readonly string[]): void {
    this.#log = lines
  }

  call(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.argo.url}/api/v1/workflows/shared${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.kubernetes.token('onboard-bot')}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  async act(name: string, action: string, body: object = {}): Promise<void> {
    assert.equal((await this.call('PUT', `/${name}/${action}`, body)).status, 200)
  }

  /** Submits the workflow that a recording shows, as it was before anything was done to it. Gives its name. */
  async submit(recorded: string): Promise<string> {
    return this.submitShown(recordedObject(readRecording('argo-server', recorded)))
  }

  /** `made` is what else its metadata had from the beginning. */
  async submitShown(shown: unknown, made: { labels?: object; generateName?: unknown } = {}): Promise<string> {
    const { shutdown: _shutdown, suspend: _suspend, ...spec } = objectAt(shown, 'spec')
    const { name, labels, annotations } = objectAt(shown, 'metadata')
    const metadata = {
      name,
      ...made,
      labels: { ...ownOf(labels), ...made.labels },
      annotations: ownOf(annotations),
    }
    assert.equal((await this.call('POST', '', { workflow: { metadata, spec } })).status, 200)
    return String(name)
  }

  /** Makes the Secrets that the recorded workflow reads. */
  async secretsFor(recorded: string): Promise<void> {
    const spec = JSON.stringify(objectAt(recordedObject(readRecording('argo-server', recorded)), 'spec'))
    const parameters = listAt(objectAt(JSON.parse(spec), 'arguments'), 'parameters')
    const filled = parameters.reduce<string>(
      (text, one) =>
        text.replaceAll(`{{workflow.parameters.${textAt(one, 'name')}}}`, textAt(one, 'value') ?? ''),
      spec,
    )
    for (const { name, key } of namesOfSecrets(JSON.parse(filled))) {
      await fetch(`${this.kubernetes.url}/api/v1/namespaces/shared/secrets`, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${this.kubernetes.token('onboard-bot')}`,
          'Content-Type': 'application/json',
        },
        body: JSON.stringify({ metadata: { name }, stringData: { [key]: 'value' } }),
      })
    }
  }

  async removeSecret(name: string): Promise<void> {
    await fetch(`${this.kubernetes.url}/api/v1/namespaces/shared/secrets/${name}`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${this.kubernetes.token('onboard-bot')}` },
    })
  }

  /** Passes of the controller until the nodes are as this recording shows them. */
  async until(recorded: string): Promise<void> {
    const shown = recordedObject(readRecording('argo-server', recorded))
    await this.passUntil(textAt(objectAt(shown, 'metadata'), 'name') ?? '', (workflow) =>
      isSame(phasesOf(workflow), phasesOf(shown)),
    )
  }

  async passUntil(name: string, isThere: (workflow: unknown) => boolean): Promise<void> {
    for (let pass = 0; pass < 3_000; pass += 1) {
      if (isThere(this.argo.workflows.get('shared', name))) return
      this.clock.advance(1)
      // Pods work between two passes.
      await new Promise((resolve) => setImmediate(resolve))
    }
    throw new Error(`${name} never got there: ${JSON.stringify(this.argo.workflows.get('shared', name))}`)
  }
}

const isSame = (a: object, b: object): boolean => {
  try {
    assert.deepEqual(a, b)
    return true
  } catch {
    return false
  }
}
