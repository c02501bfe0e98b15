import { isDeepStrictEqual } from 'node:util'

import type { Workflow } from './workflow.ts'

export interface StoredEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly version: number
  readonly object: Workflow
  /** The object as it was before: a watcher sees DELETED when it leaves the selection. */
  readonly before: Workflow | undefined
}

export interface WorkflowStore {
  readonly get: (namespace: string, name: string) => Workflow | undefined
  readonly list: (namespace?: string) => Workflow[]
  readonly add: (workflow: Workflow) => Workflow
  /** Stores `workflow` if it differs from what is stored, and tells the watchers. */
  readonly save: (workflow: Workflow) => Workflow
  readonly remove: (namespace: string, name: string) => Workflow | undefined
  readonly onEvent: (listener: (event: StoredEvent) => void) => () => void
  /** Events after `version`, or undefined where they are no longer kept. */
  readonly eventsAfter: (version: number) => StoredEvent[] | undefined
  readonly version: () => number
  readonly oldestVersion: () => number
  /** Forgets all events, as a compaction of etcd does. */
  readonly compact: () => void
  readonly hasUid: (uid: string) => boolean
}

const keptEvents = 2000

type EventLog = Pick<WorkflowStore, 'onEvent' | 'eventsAfter' | 'oldestVersion'> & {
  readonly emit: (event: StoredEvent) => void
  readonly forgetUntil: (version: number) => void
}

function createEventLog(firstVersion: number): EventLog {
  const listeners = new Set<(event: StoredEvent) => void>()
  let events: StoredEvent[] = []
  let oldest = firstVersion
  return {
    emit: (event) => {
      events.push(event)
      if (events.length > keptEvents) oldest = events.shift()?.version ?? oldest
      for (const listener of listeners) listener(event)
    },
    forgetUntil: (version) => {
      events = []
      oldest = version
    },
    onEvent: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    eventsAfter: (after) => (after < oldest ? undefined : events.filter((event) => event.version > after)),
    oldestVersion: () => oldest,
  }
}

/** Workflows by namespace and name, with growing versions and a window of past events. */
export function createWorkflowStore(nextVersion: () => string, firstVersion: number): WorkflowStore {
  const workflows = new Map<string, Workflow>()
  const { emit: record, forgetUntil, ...log } = createEventLog(firstVersion)
  let version = firstVersion
  const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`

  const emit = (type: StoredEvent['type'], object: Workflow, before: Workflow | undefined): void => {
    record({ type, version, object, before })
  }
  const stamp = (workflow: Workflow, generation: number): Workflow => {
    const resourceVersion = nextVersion()
    version = Number(resourceVersion)
    return { ...workflow, metadata: { ...workflow.metadata, resourceVersion, generation } }
  }
  const get = (namespace: string, name: string): Workflow | undefined => {
    const found = workflows.get(keyOf(namespace, name))
    return found === undefined ? undefined : structuredClone(found)
  }
  return {
    get,
    list: (namespace) =>
      [...workflows.values()]
        .filter((workflow) => namespace === undefined || workflow.metadata.namespace === namespace)
        .map((workflow) => structuredClone(workflow)),
    add: (workflow) => {
      const stored = stamp(structuredClone(workflow), 1)
      workflows.set(keyOf(stored.metadata.namespace, stored.metadata.name), stored)
      emit('ADDED', stored, undefined)
      return structuredClone(stored)
    },
    save: (workflow) => {
      const { namespace, name } = workflow.metadata
      const before = workflows.get(keyOf(namespace, name))
      if (before === undefined || before.metadata.uid !== workflow.metadata.uid) return workflow
      if (isDeepStrictEqual(before, workflow)) return workflow
      const stored = stamp(structuredClone(workflow), before.metadata.generation + 1)
      workflows.set(keyOf(namespace, name), stored)
      emit('MODIFIED', stored, before)
      return structuredClone(stored)
    },
    remove: (namespace, name) => {
      const before = workflows.get(keyOf(namespace, name))
      if (before === undefined) return undefined
      workflows.delete(keyOf(namespace, name))
      emit('DELETED', stamp(before, before.metadata.generation), before)
      return before
    },
    ...log,
    version: () => version,
    compact: () => forgetUntil(version),
    hasUid: (uid) => [...workflows.values()].some((workflow) => workflow.metadata.uid === uid),
  }
}
