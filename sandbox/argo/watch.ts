import type { Clock } from '../../src/clock.ts'
import { parseLabelSelector, SelectorError } from '../kubernetes/labels.ts'
import { ArgoError, internal, invalidArgument, workflowNotFound } from './errors.ts'
import type { StoredEvent, WorkflowStore } from './store.ts'
import type { Stream } from './stream.ts'
import type { Workflow } from './workflow.ts'

export interface WatchOptions {
  readonly store: WorkflowStore
  readonly clock: Clock
  /** Undefined watches every namespace. */
  readonly namespace: string | undefined
  readonly query: URLSearchParams
  readonly bookmarkMs: number
}

type Matches = (workflow: Workflow) => boolean

function readMatches({ store, namespace, query }: WatchOptions): Matches {
  const selector = query.get('listOptions.labelSelector') ?? ''
  const name = /(?:^|,)metadata\.name==?([^,]*)/.exec(query.get('listOptions.fieldSelector') ?? '')?.[1]
  if (name !== undefined && store.get(namespace ?? '', name) === undefined) throw workflowNotFound(name)
  try {
    const hasLabels = parseLabelSelector(selector)
    return ({ metadata }) =>
      (namespace === undefined || metadata.namespace === namespace) &&
      (name === undefined || metadata.name === name) &&
      hasLabels(metadata.labels ?? {})
  } catch (error) {
    if (error instanceof SelectorError) throw invalidArgument(error.message)
    throw error
  }
}

// To a watcher an object that leaves its selection is deleted, and one that enters it is added.
function eventFor(event: StoredEvent, matches: Matches): { type: string; object: Workflow } | undefined {
  const isIn = event.type !== 'DELETED' && matches(event.object)
  const wasIn = event.before !== undefined && matches(event.before)
  if (isIn) return { type: wasIn ? 'MODIFIED' : 'ADDED', object: event.object }
  return wasIn ? { type: 'DELETED', object: event.object } : undefined
}

function bookmark(version: number, isEndOfSnapshot: boolean): object {
  const annotations = isEndOfSnapshot ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}
  return {
    type: 'BOOKMARK',
    object: {
      metadata: { resourceVersion: String(version), ...annotations },
      spec: { arguments: {} },
      status: { startedAt: null, finishedAt: null },
    },
  }
}

function missedEvents(store: WorkflowStore, version: string | null): StoredEvent[] | undefined {
  if (version === null || version === '' || version === '0') return undefined
  if (!/^\d+$/.test(version)) {
    throw internal(
      `resourceVersion: Invalid value: "${version}": strconv.ParseUint: parsing "${version}": invalid syntax`,
    )
  }
  const missed = store.eventsAfter(Number(version))
  if (missed === undefined) {
    throw invalidArgument(`too old resource version: ${version} (${store.oldestVersion()})`)
  }
  return missed
}

/** Feeds a watch: the current state or what was missed since a version, then every change. */
export function startWatch(stream: Stream, options: WatchOptions): void {
  const { store, clock, query, bookmarkMs } = options
  const matches = readMatches(options)
  const missed = missedEvents(store, query.get('listOptions.resourceVersion'))
  // A version that is still to come means that nothing is shown until then.
  const from = missed === undefined ? 0 : Number(query.get('listOptions.resourceVersion'))
  const show = (event: StoredEvent): void => {
    const seen = event.version > from ? eventFor(event, matches) : undefined
    if (seen !== undefined) stream.send(seen)
  }
  if (missed === undefined) {
    for (const object of store.list().filter(matches)) stream.send({ type: 'ADDED', object })
  } else for (const event of missed) show(event)
  const wantsBookmarks = query.get('listOptions.allowWatchBookmarks') === 'true'
  if (wantsBookmarks && query.get('listOptions.sendInitialEvents') === 'true') {
    stream.send(bookmark(store.version(), true))
  }
  const stops = [store.onEvent(show)]
  if (wantsBookmarks)
    stops.push(repeat(clock, bookmarkMs, () => stream.send(bookmark(store.version(), false))))
  const timeoutSeconds = Number(query.get('listOptions.timeoutSeconds') ?? 0)
  if (timeoutSeconds > 0) {
    // The end of a Kubernetes watch reaches the client as this error; it is no rate limit.
    stops.push(clock.after(timeoutSeconds * 1000, () => stream.end(new ArgoError(8, 429, 'EOF'))))
  }
  stream.onClose(() => {
    for (const stop of stops) stop()
  })
}

function repeat(clock: Clock, everyMs: number, act: () => void): () => void {
  let cancel = clock.after(everyMs, function again() {
    act()
    cancel = clock.after(everyMs, again)
  })
  return () => cancel()
}
