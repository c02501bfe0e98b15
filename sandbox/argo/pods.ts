import type { Clock } from '../../src/clock.ts'
import type { KubernetesSandbox } from '../kubernetes/server.ts'
import { podName } from './nodes.ts'
import { type PodFault, type PodTrouble, podTrouble } from './pod-faults.ts'
import type { PodResult, StepRunner } from './step-runner.ts'
import type { Container, NodePhase, NodeStatus, Template, Workflow } from './workflow.ts'

export interface PodState {
  readonly podName: string
  phase: 'waiting' | 'running' | 'done'
  /** Why a waiting pod does not start. */
  message?: string
  finishedAtMs?: number
  result?: PodResult
  /** How the node ended where no container ever ran. */
  end?: { readonly phase: NodePhase; readonly message: string } & Pick<PodTrouble, 'isRefused' | 'exitCode'>
  readonly lines: string[]
}

export interface Pods {
  /** Starts the container of a node; a pod whose Secret is missing waits until it is there. */
  readonly start: (workflow: Workflow, node: NodeStatus, template: Template) => void
  readonly get: (workflow: Workflow, node: NodeStatus) => PodState | undefined
  readonly stop: (workflow: Workflow, node: NodeStatus) => void
  readonly forget: (uid: string, nodeId?: string) => void
  readonly ofWorkflow: (uid: string) => PodState[]
  /** Calls `listener` whenever a line was written or a pod changed. */
  readonly onChange: (listener: () => void) => () => void
  readonly close: () => Promise<void>
}

interface Entry {
  readonly state: PodState
  readonly abort: AbortController
  readonly begin: () => void
  running?: Promise<void>
}

interface PodsOptions {
  readonly clock: Clock
  readonly kubernetes: KubernetesSandbox
  readonly runner: StepRunner
  /** Tells the controller that a pod of this workflow changed. */
  readonly wake: (namespace: string, name: string) => void
  /** What goes wrong with every pod at present. */
  readonly fault: () => PodFault | undefined
}

/** How soon a pod that could not start is tried again (milliseconds). */
const tryAgainMs = 100

class MissingSecret extends Error {}

function readVariable(
  kubernetes: KubernetesSandbox,
  namespace: string,
  variable: NonNullable<Container['env']>[number],
): string | undefined {
  const reference = variable.valueFrom?.secretKeyRef
  if (reference === undefined) return variable.value ?? ''
  const name = reference.name ?? ''
  const secret = kubernetes.secret(namespace, name)
  const value = secret?.[reference.key]
  if (value !== undefined || reference.optional === true) return value
  if (secret === undefined) throw new MissingSecret(`secret "${name}" not found`)
  throw new MissingSecret(`couldn't find key ${reference.key} in Secret ${namespace}/${name}`)
}

function environmentOf(
  kubernetes: KubernetesSandbox,
  namespace: string,
  container: Container,
): Record<string, string> {
  const values: Record<string, string> = {}
  for (const variable of container.env ?? []) {
    const value = readVariable(kubernetes, namespace, variable)
    if (value !== undefined) values[variable.name] = value
  }
  return values
}

// What Argo's executor writes into the log of the main container around the step's own lines.
function executorLines(at: number, exitCode: number): string[] {
  const time = new Date(at).toISOString()
  const error = exitCode === 0 ? '<nil>' : `"exit status ${exitCode}"`
  return [
    `time=${time} level=INFO msg="sub-process exited" argo=true error=${error}`,
    `time=${time} level=INFO msg="file signal handler exiting due to context cancellation" argo=true`,
    ...(exitCode === 0 ? [] : [`Error: exit status ${exitCode}`]),
  ]
}

const waitingLine = (at: number): string =>
  `time=${new Date(at).toISOString()} level=INFO msg="waiting for signals" argo=true signalPath=/var/run/argo/ctr/main/signal`

function pathsOf(template: Template): string[] {
  return (template.outputs.parameters ?? []).flatMap(({ valueFrom }) => {
    const path = valueFrom?.['path']
    return typeof path === 'string' ? [path] : []
  })
}

interface Start {
  readonly workflow: Workflow
  readonly template: Template
  readonly entry: Pick<Entry, 'state' | 'abort'>
}

async function runPod(
  { clock, kubernetes, runner, wake }: PodsOptions,
  tell: () => void,
  { workflow, template, entry }: Start,
): Promise<void> {
  const { container } = template
  if (container === undefined) return
  const { state, abort } = entry
  const { name, namespace } = workflow.metadata
  const env = environmentOf(kubernetes, namespace, container)
  state.phase = 'running'
  delete state.message
  state.lines.push(waitingLine(clock.now()))
  let live = 0
  const onLine = (line: string): void => {
    live += 1
    state.lines.push(line)
    tell()
  }
  const { image, command = [], args = [] } = container
  const pod = {
    image,
    command,
    args,
    env,
    templateName: template.name,
    workflow: { name, namespace },
    outputPaths: pathsOf(template),
    onLine,
  }
  wake(namespace, name)
  const result = await runner.run(pod, abort.signal)
  state.lines.push(...result.log.slice(live), ...executorLines(clock.now(), result.exitCode))
  state.result = result
  state.finishedAtMs = clock.now()
  state.phase = 'done'
}

function createEntry(
  options: PodsOptions,
  tell: () => void,
  { workflow, node, template }: { workflow: Workflow; node: NodeStatus; template: Template },
): Entry {
  const { clock, wake } = options
  const { name, namespace } = workflow.metadata
  const state: PodState = { podName: podName(name, node), phase: 'waiting', lines: [] }
  const abort = new AbortController()
  const holdBack = (fault: PodFault): void => {
    const image = template.container?.image ?? ''
    const { message, end, ...more } = podTrouble(fault, { workflow, podName: state.podName, image })
    if (end === undefined) clock.after(tryAgainMs, begin)
    else {
      state.end = { ...more, phase: end, message }
      state.finishedAtMs = clock.now()
      state.phase = 'done'
    }
    if (state.message !== message) wake(namespace, name)
    state.message = message
  }
  const begin = (): void => {
    if (state.phase !== 'waiting' || abort.signal.aborted) return
    const fault = options.fault()
    if (fault !== undefined) {
      holdBack(fault)
      return
    }
    entry.running = runPod(options, tell, { workflow, template, entry })
      .catch((error: unknown) => {
        if (error instanceof MissingSecret) {
          state.message = `CreateContainerConfigError: ${error.message}`
          return
        }
        state.result = { exitCode: 1, terminationMessage: String(error), outputs: {}, log: [] }
        state.finishedAtMs = clock.now()
        state.phase = 'done'
      })
      .finally(() => {
        wake(namespace, name)
        tell()
      })
  }
  const entry: Entry = { state, abort, begin }
  return entry
}

/** Runs the containers of workflows and keeps their state and log until they are forgotten. */
export function createPods(options: PodsOptions): Pods {
  const { kubernetes } = options
  const entries = new Map<string, Entry>()
  const listeners = new Set<() => void>()
  const keyOf = (uid: string, nodeId: string): string => `${uid}/${nodeId}`
  const tell = (): void => {
    for (const listener of listeners) listener()
  }

  const stopListening = kubernetes.objects.onChange((key) => {
    if (key.resource !== 'secrets') return
    for (const { state, begin } of entries.values()) if (state.message !== undefined) begin()
  })
  return {
    start: (workflow, node, template) => {
      const entry = createEntry(options, tell, { workflow, node, template })
      entries.set(keyOf(workflow.metadata.uid, node.id), entry)
      entry.begin()
    },
    get: (workflow, node) => entries.get(keyOf(workflow.metadata.uid, node.id))?.state,
    stop: (workflow, node) => entries.get(keyOf(workflow.metadata.uid, node.id))?.abort.abort(),
    forget: (uid, nodeId) => {
      for (const [key, entry] of entries) {
        if (nodeId === undefined ? !key.startsWith(`${uid}/`) : key !== keyOf(uid, nodeId)) continue
        entry.abort.abort()
        entries.delete(key)
      }
      tell()
    },
    ofWorkflow: (uid) =>
      [...entries].filter(([key]) => key.startsWith(`${uid}/`)).map(([, { state }]) => state),
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: async () => {
      stopListening()
      for (const { abort } of entries.values()) abort.abort()
      await Promise.all([...entries.values()].map(async ({ running }) => running))
    },
  }
}
