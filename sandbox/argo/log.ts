import { internal } from './errors.ts'
import type { Pods } from './pods.ts'
import type { WorkflowStore } from './store.ts'
import type { Stream } from './stream.ts'
import { isFulfilled } from './workflow.ts'
import type { Workflow } from './workflow.ts'

interface LogOptions {
  readonly store: WorkflowStore
  readonly pods: Pods
  readonly workflow: Workflow
  readonly query: URLSearchParams
}

function readPattern(query: URLSearchParams): RegExp {
  const grep = query.get('grep') ?? ''
  try {
    return new RegExp(grep)
  } catch {
    throw internal(`error parsing regexp: ${grep}`)
  }
}

/**
 * Feeds a log: without `logOptions.container` nothing comes, as pods have several containers. With
 * `logOptions.follow` it goes on until the workflow has ended.
 */
export function startLog(stream: Stream, { store, pods, workflow, query }: LogOptions): void {
  const { uid, name, namespace } = workflow.metadata
  if (query.get('logOptions.container') !== 'main') return stream.end()
  const wanted = query.get('podName')
  const pattern = readPattern(query)
  const tail = Number(query.get('logOptions.tailLines') ?? Infinity)
  const sent = new Map<string, number>()
  const flush = (): void => {
    for (const { podName, lines } of pods.ofWorkflow(uid)) {
      if (wanted !== null && wanted !== '' && podName !== wanted) continue
      const from = sent.get(podName) ?? Math.max(lines.length - tail, 0)
      for (const content of lines.slice(from)) {
        if (pattern.test(content)) stream.send({ content, podName })
      }
      sent.set(podName, lines.length)
    }
  }
  flush()
  if (query.get('logOptions.follow') !== 'true') return stream.end()
  const isOver = (): boolean => isFulfilled(store.get(namespace, name)?.status.phase ?? 'Deleted')
  if (workflow.status.phase !== undefined && isOver()) return stream.end()
  const look = (): void => {
    flush()
    const current = store.get(namespace, name)
    if (current === undefined || isFulfilled(current.status.phase)) stream.end()
  }
  const stops = [pods.onChange(flush), store.onEvent(look)]
  stream.onClose(() => {
    for (const stop of stops) stop()
  })
}
