import { z } from 'zod'

import { timeText } from '../kubernetes/json.ts'
import { actorLabel, createWorkflow } from './create.ts'
import { internal, invalidArgument } from './errors.ts'
import type { Pods } from './pods.ts'
import type { WorkflowStore } from './store.ts'
import { isFailure, isFulfilled } from './workflow.ts'
import type { NodeStatus, Workflow } from './workflow.ts'

const bodySchema = z.object({
  nodeFieldSelector: z.string().default(''),
  restartSuccessful: z.boolean().default(false),
  memoized: z.boolean().default(false),
  parameters: z.array(z.string()).default([]),
  message: z.string().optional(),
})

/** One action of a person or program on a workflow. */
export interface Action {
  readonly workflow: Workflow
  readonly body: z.infer<typeof bodySchema>
  readonly identity: string
  readonly nowMs: number
  readonly store: WorkflowStore
  readonly pods: Pods
}

/** Reads the body of an action; everything in it is optional. */
export const readActionBody = (body: unknown): Action['body'] => bodySchema.parse(body)

const label = (name: string): string => `workflows.argoproj.io/${name}`

function markActor({ workflow, identity }: Action, name: string): void {
  const labels = {
    ...workflow.metadata.labels,
    [label('action')]: name,
    [label('actor')]: actorLabel(identity),
  }
  workflow.metadata.labels = labels
}

function shutDown(strategy: 'Stop' | 'Terminate') {
  return (action: Action): Workflow => {
    const { workflow, store } = action
    const { name, namespace } = workflow.metadata
    if (isFulfilled(workflow.status.phase)) {
      throw internal(`cannot shutdown a completed workflow: workflow: "${name}", namespace: "${namespace}"`)
    }
    workflow.spec.shutdown = strategy
    markActor(action, strategy)
    return store.save(workflow)
  }
}

function suspend(action: Action): Workflow {
  if (isFulfilled(action.workflow.status.phase)) {
    throw invalidArgument('timed out waiting for the condition: cannot suspend completed workflows')
  }
  action.workflow.spec.suspend = true
  markActor(action, 'Suspend')
  return action.store.save(action.workflow)
}

function nodeMatches(node: NodeStatus, selector: string): boolean {
  const values: Record<string, string | undefined> = {
    displayName: node.displayName,
    name: node.name,
    id: node.id,
    templateName: node.templateName,
    phase: node.phase,
  }
  return selector.split(',').every((term) => {
    const [, key = '', operator, value] = /^([^=!]+)(==|=|!=)(.*)$/.exec(term) ?? []
    return operator === '!=' ? values[key] !== value : values[key] === value
  })
}

function resume(action: Action): Workflow {
  const { workflow, body, identity, nowMs, store } = action
  const nodes = Object.values(workflow.status.nodes ?? {})
  const waiting = nodes.filter((node) => node.type === 'Suspend' && node.phase === 'Running')
  const selector = body.nodeFieldSelector
  const chosen = selector === '' ? waiting : waiting.filter((node) => nodeMatches(node, selector))
  if (selector !== '' && chosen.length === 0) {
    throw internal(
      `currently, set only targets suspend nodes: no suspend nodes matching nodeFieldSelector: ${selector}`,
    )
  }
  if (chosen.length === 0 && workflow.spec.suspend !== true) return workflow
  for (const node of chosen) {
    node.phase = 'Succeeded'
    node.message = `Resumed by: map[User:${identity}]`
    node.finishedAt = timeText(nowMs)
  }
  if (selector === '') delete workflow.spec.suspend
  markActor(action, 'Resume')
  return store.save(workflow)
}

function setParameters(workflow: Workflow, parameters: readonly string[]): void {
  for (const text of parameters) {
    const [name = '', ...value] = text.split('=')
    const found = workflow.spec.arguments.parameters?.find((parameter) => parameter.name === name)
    if (found !== undefined) found.value = value.join('=')
  }
}

const isGroup = ({ type }: NodeStatus): boolean => type === 'Steps' || type === 'StepGroup' || type === 'DAG'

function resetNodes({ workflow, body, nowMs, pods }: Action): void {
  const nodes = workflow.status.nodes ?? {}
  const isChosen = (node: NodeStatus): boolean =>
    body.restartSuccessful && body.nodeFieldSelector !== '' && nodeMatches(node, body.nodeFieldSelector)
  const isRemoved = (node: NodeStatus): boolean =>
    node.name.startsWith(`${workflow.metadata.name}.onExit`) ||
    (!isGroup(node) && (isFailure(node.phase) || node.phase === 'Omitted' || isChosen(node)))
  const removed = new Set(
    Object.values(nodes)
      .filter(isRemoved)
      .map(({ id }) => id),
  )
  // The attempts of a Retry node go with it.
  for (const node of Object.values(nodes)) {
    if (node.type === 'Retry' && removed.has(node.id))
      for (const child of node.children ?? []) removed.add(child)
  }
  for (const id of removed) pods.forget(workflow.metadata.uid, id)
  const kept = Object.values(nodes).filter(({ id }) => !removed.has(id))
  workflow.status.nodes = Object.fromEntries(
    kept.map((node) => [node.id, resetNode(node, removed, workflow.metadata.name, timeText(nowMs))]),
  )
}

// A group that failed, or lost a child, runs again; so does the root.
function resetNode(node: NodeStatus, removed: ReadonlySet<string>, rootId: string, now: string): NodeStatus {
  const { children = [], outboundNodes: _outbound, message: _message, ...rest } = node
  const left = children.filter((id) => !removed.has(id))
  const withChildren = left.length === 0 ? {} : { children: left }
  const isReset =
    isGroup(node) && (isFailure(node.phase) || node.id === rootId || left.length < children.length)
  if (isReset) return { ...rest, phase: 'Running', startedAt: now, finishedAt: null, ...withChildren }
  const { children: _children, ...whole } = node
  return { ...whole, ...withChildren }
}

function retry(action: Action): Workflow {
  const { workflow, body, nowMs, store } = action
  const { phase } = workflow.status
  if (phase === 'Succeeded' && !(body.restartSuccessful && body.nodeFieldSelector !== '')) {
    throw invalidArgument(
      'To retry a succeeded workflow, set the options restartSuccessful and nodeFieldSelector',
    )
  }
  if (!isFulfilled(phase)) throw invalidArgument(`Cannot retry a workflow in phase ${phase ?? ''}`)
  setParameters(workflow, body.parameters)
  resetNodes(action)
  const { status, spec, metadata } = workflow
  delete status.phase
  delete status.message
  delete spec.shutdown
  status.startedAt = timeText(nowMs)
  status.finishedAt = null
  for (const condition of status.conditions ?? [])
    if (condition.type === 'Completed') condition.status = 'False'
  markActor(action, 'Retry')
  const { [label('completed')]: _completed, ...labels } = metadata.labels ?? {}
  metadata.labels = labels
  return store.save(workflow)
}

function resubmit(action: Action): Workflow {
  const { workflow, body, identity, nowMs, store } = action
  if (body.memoized && !isFailure(workflow.status.phase)) {
    throw invalidArgument('workflow must be Failed/Error to resubmit in memoized mode')
  }
  const { name, namespace, generateName, labels = {}, annotations = {} } = workflow.metadata
  const copied = Object.entries(labels).filter(([key]) => !key.startsWith('workflows.argoproj.io/'))
  const notes = Object.entries(annotations).filter(([key]) => !key.startsWith('workflows.argoproj.io/'))
  setParameters(workflow, body.parameters)
  const { shutdown: _shutdown, suspend: _suspend, ...spec } = workflow.spec
  return createWorkflow(store, {
    submitted: {
      metadata: {
        generateName: generateName ?? `${name}-`,
        labels: {
          ...Object.fromEntries(copied),
          [label('actor')]: actorLabel(identity),
          [label('resubmitted-from-workflow')]: name,
        },
        ...(notes.length === 0 ? {} : { annotations: Object.fromEntries(notes) }),
      },
      spec,
    },
    namespace,
    identity,
    nowMs,
    isDryRun: false,
  })
}

const actions: Readonly<Record<string, (action: Action) => Workflow>> = {
  stop: shutDown('Stop'),
  terminate: shutDown('Terminate'),
  suspend,
  resume,
  retry,
  resubmit,
}

/** Performs `PUT .../NAME/ACTION`; undefined where there is no such action. */
export function findAction(name: string): ((action: Action) => Workflow) | undefined {
  return actions[name]
}

/** The verbs that the caller needs for an action, as argo-server uses them with the caller's token. */
export function verbsOf(name: string): readonly string[] {
  if (name === 'stop' || name === 'terminate') return ['get', 'patch']
  return name === 'resubmit' ? ['get', 'create'] : ['get', 'update']
}
