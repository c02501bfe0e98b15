import { randomBytes } from 'node:crypto'

import type { Clock } from '../../src/clock.ts'
import { timeText } from '../kubernetes/json.ts'
import { executeTemplate } from './execution.ts'
import { createMutexes, holderKey } from './mutexes.ts'
import { updateSums } from './nodes.ts'
import type { Pass } from './pass.ts'
import type { Pods } from './pods.ts'
import { globalScope } from './scope.ts'
import type { WorkflowStore } from './store.ts'
import { isFailure, isFulfilled } from './workflow.ts'
import type { NodeStatus, Workflow } from './workflow.ts'

export interface Controller {
  /** Asks for a pass over a workflow, soon. */
  readonly wake: (namespace: string, name: string) => void
  readonly close: () => void
}

interface ControllerOptions {
  readonly clock: Clock
  readonly store: WorkflowStore
  readonly pods: Pods
  readonly reconcileMs: number
  readonly isDown: () => boolean
}

const label = (name: string): string => `workflows.argoproj.io/${name}`

function setCondition(workflow: Workflow, type: string, isTrue: boolean): void {
  const conditions = (workflow.status.conditions ??= [])
  const found = conditions.find((condition) => condition.type === type)
  const status = isTrue ? 'True' : 'False'
  if (found === undefined) conditions.push({ type, status })
  else found.status = status
}

function begin(workflow: Workflow, now: string): void {
  const { metadata, status } = workflow
  metadata.annotations = {
    ...metadata.annotations,
    // Only the first look at a workflow writes it, and one that waits for a lock has had its first look.
    ...(status.phase === undefined && { [label('pod-name-format')]: 'v2' }),
    [label('trace-id')]: randomBytes(16).toString('hex'),
  }
  status.phase = 'Running'
  delete status.message
  status.startedAt ??= now
  status.artifactRepositoryRef = { default: true, artifactRepository: {} }
  status.artifactGCStatus = { notSpecified: true }
}

function markPhase({ metadata, status }: Workflow): void {
  metadata.labels = {
    ...metadata.labels,
    [label('completed')]: String(isFulfilled(status.phase)),
    [label('phase')]: status.phase ?? '',
  }
}

function finish({ workflow, pods, now }: Pass, root: NodeStatus, exit: NodeStatus | undefined): void {
  const { status, spec, metadata } = workflow
  const decisive = exit !== undefined && isFailure(exit.phase) && !isFailure(root.phase) ? exit : root
  const isStopped = spec.shutdown !== undefined
  status.phase =
    isStopped || decisive.phase === 'Failed' ? 'Failed' : decisive.phase === 'Error' ? 'Error' : 'Succeeded'
  const message = isStopped ? `Stopped with strategy '${spec.shutdown}'` : decisive.message
  if (status.phase === 'Succeeded' || message === undefined) delete status.message
  else status.message = message
  status.finishedAt = now
  delete status.synchronization
  const isRunning = pods.ofWorkflow(metadata.uid).some(({ phase }) => phase === 'running')
  const wasSeen = Object.values(status.nodes ?? {}).some(({ hostNodeName }) => hostNodeName !== undefined)
  if (wasSeen) setCondition(workflow, 'PodRunning', isRunning)
  setCondition(workflow, 'Completed', true)
}

// One that is stopped while it waits for a lock ends without ever having begun.
function abandon(workflow: Workflow, now: string): void {
  const { status, spec } = workflow
  status.phase = 'Failed'
  status.message = `Stopped with strategy '${spec.shutdown ?? ''}'`
  status.finishedAt = now
  delete status.synchronization
  setCondition(workflow, 'Completed', true)
}

function runPass(pass: Pass): void {
  const { workflow } = pass
  const { name } = workflow.metadata
  const scope = globalScope(workflow)
  const parameters = workflow.spec.arguments.parameters ?? []
  const root = pass.execute(pass, { name, templateName: workflow.spec.entrypoint ?? '', parameters, scope })
  if (isFulfilled(root.phase)) {
    const { onExit, shutdown } = workflow.spec
    const exit =
      onExit === undefined || shutdown === 'Terminate'
        ? undefined
        : pass.execute(pass, {
            name: `${name}.onExit`,
            templateName: onExit,
            parameters,
            scope: {
              ...globalScope(workflow),
              'workflow.status': shutdown === undefined ? root.phase : 'Failed',
            },
            nodeFlag: { hooked: true },
            isExitHandler: true,
          })
    if (exit === undefined || isFulfilled(exit.phase)) finish(pass, root, exit)
  }
  updateSums(workflow)
}

function observedPods(workflow: Workflow): void {
  const pods = Object.values(workflow.status.nodes ?? {}).filter((node) => node.type === 'Pod')
  if (
    pods.some(
      (node) => node.hostNodeName !== undefined || (node.phase === 'Pending' && node.message !== undefined),
    )
  ) {
    setCondition(
      workflow,
      'PodRunning',
      pods.some((node) => node.phase === 'Running'),
    )
  }
}

function deadlineOf({ spec, status }: Workflow): number {
  return spec.activeDeadlineSeconds === undefined || status.startedAt === null
    ? Infinity
    : Date.parse(status.startedAt) + spec.activeDeadlineSeconds * 1000
}

type Wake = (namespace: string, name: string) => void

// One timer for each workflow: the soonest that anybody asked for.
function createTimers(
  clock: Clock,
  ring: Wake,
): { wakeAt: (namespace: string, name: string, dueMs: number) => void; stop: () => void } {
  const timers = new Map<string, { dueMs: number; cancel: () => void }>()
  let isClosed = false
  return {
    wakeAt: (namespace, name, dueMs) => {
      const key = `${namespace}/${name}`
      const known = timers.get(key)
      if (isClosed || (known !== undefined && known.dueMs <= dueMs)) return
      known?.cancel()
      const cancel = clock.after(Math.max(dueMs - clock.now(), 0), () => {
        timers.delete(key)
        ring(namespace, name)
      })
      timers.set(key, { dueMs, cancel })
    },
    stop: () => {
      isClosed = true
      for (const { cancel } of timers.values()) cancel()
    },
  }
}

// When a workflow that has ended is to be deleted, by its ttlStrategy.
function removalOf({ spec, status }: Workflow): number | undefined {
  const { secondsAfterCompletion, secondsAfterSuccess, secondsAfterFailure } = spec.ttlStrategy ?? {}
  const specific = status.phase === 'Succeeded' ? secondsAfterSuccess : secondsAfterFailure
  const seconds = specific ?? secondsAfterCompletion
  return seconds === undefined ? undefined : Date.parse(status.finishedAt ?? '') + seconds * 1000
}

interface Advance extends Pick<ControllerOptions, 'clock' | 'pods'> {
  readonly mutexes: ReturnType<typeof createMutexes>
  readonly wakeAt: (namespace: string, name: string, dueMs: number) => void
}

function advance(workflow: Workflow, { clock, pods, mutexes, wakeAt }: Advance): void {
  const { namespace, name } = workflow.metadata
  const nowMs = clock.now()
  const now = timeText(nowMs)
  if (workflow.status.phase !== 'Running') {
    if (!mutexes.acquire(workflow)) {
      if (workflow.spec.shutdown !== undefined) abandon(workflow, now)
      return
    }
    begin(workflow, now)
  }
  if (workflow.spec.suspend === true && workflow.spec.shutdown === undefined) return
  const deadlineMs = deadlineOf(workflow)
  const later = (ms: number): void => wakeAt(namespace, name, ms)
  if (deadlineMs !== Infinity && deadlineMs > nowMs) later(deadlineMs)
  runPass({
    workflow,
    pods,
    nowMs,
    now,
    wakeAt: later,
    isPastDeadline: deadlineMs <= nowMs,
    execute: executeTemplate,
  })
  if (!isFulfilled(workflow.status.phase)) observedPods(workflow)
}
/** The workflow controller: passes over each workflow until it has ended, each pass from what the last one stored. */
export function createController({ clock, store, pods, reconcileMs, isDown }: ControllerOptions): Controller {
  const mutexes = createMutexes()
  const { wakeAt, stop } = createTimers(clock, (namespace, name) => reconcile(namespace, name))
  const wake = (namespace: string, name: string): void => wakeAt(namespace, name, clock.now() + reconcileMs)
  const wakeWaiting = (holder: string): void => {
    for (const other of mutexes.release(holder)) {
      const [namespace = '', name = ''] = other.split('/')
      wake(namespace, name)
    }
  }
  const scheduleRemoval = (workflow: Workflow): void => {
    const dueMs = removalOf(workflow)
    if (dueMs === undefined) return
    const { namespace, name } = workflow.metadata
    if (dueMs > clock.now()) wakeAt(namespace, name, dueMs)
    else store.remove(namespace, name)
  }
  const reconcile = (namespace: string, name: string): void => {
    const workflow = store.get(namespace, name)
    if (workflow === undefined) return
    // A controller that is down looks again later, as a new one would when it starts.
    if (isDown()) return wakeAt(namespace, name, clock.now() + Math.max(reconcileMs, 50))
    if (isFulfilled(workflow.status.phase)) return scheduleRemoval(workflow)
    advance(workflow, { clock, pods, mutexes, wakeAt })
    markPhase(workflow)
    store.save(workflow)
    if (isFulfilled(workflow.status.phase)) {
      wakeWaiting(holderKey(workflow))
      scheduleRemoval(workflow)
    }
  }
  const stopListening = store.onEvent(({ type, object }) => {
    if (type !== 'DELETED') return
    pods.forget(object.metadata.uid)
    wakeWaiting(holderKey(object))
  })
  return {
    wake,
    close: () => {
      stop()
      stopListening()
    },
  }
}
