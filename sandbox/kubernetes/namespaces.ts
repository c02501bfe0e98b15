import type { Clock } from '../../src/clock.ts'
import { isObject, objectAt, textAt, timeText } from './json.ts'
import type { JsonObject } from './json.ts'
import type { ObjectStore, StoredObject } from './objects.ts'
import { KubernetesError } from './status.ts'

const namespaceKey = (name: string): { resource: string; namespace: string; name: string } => ({
  resource: 'namespaces',
  namespace: '',
  name,
})

/** What Kubernetes adds to a namespace that is made. */
export const completeNamespace = (name: string, body: JsonObject): JsonObject => {
  const metadata = objectAt(body, 'metadata')
  const labels = { 'kubernetes.io/metadata.name': name, ...objectAt(metadata, 'labels') }
  return {
    kind: 'Namespace',
    apiVersion: 'v1',
    ...body,
    metadata: { ...metadata, labels },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  }
}

const isTerminating = (namespace: StoredObject): boolean =>
  textAt(objectAt(namespace, 'status'), 'phase') === 'Terminating'

/** Refuses new content in a namespace that is being deleted, as the API server does. */
export function refuseTerminating(
  store: ObjectStore,
  about: { namespace: string; resource: string; name: string },
): void {
  const namespace = store.get(namespaceKey(about.namespace))
  if (namespace === undefined || !isTerminating(namespace)) return
  throw new KubernetesError(
    403,
    'Forbidden',
    `${about.resource} "${about.name}" is forbidden: unable to create new content in namespace ${about.namespace} because it is being terminated`,
    {
      name: about.name,
      kind: about.resource,
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${about.namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    },
  )
}

const stuckCondition = {
  type: 'NamespaceFinalizersRemaining',
  status: 'True',
  reason: 'SomeFinalizersRemain',
  message:
    'Some content in the namespace has finalizers remaining: example.com/finalizer in 1 resource instances',
}

export interface NamespaceDeleter {
  /** Begins the deletion: the namespace is `Terminating` until its content is gone. */
  readonly delete: (name: string) => StoredObject
  /** Namespaces whose content does not go, as with a finalizer that nobody removes. */
  readonly stuck: Set<string>
  readonly stop: () => void
}

/** Deletes namespaces as Kubernetes does: first `Terminating`, then the content, then the namespace itself. */
export function createNamespaceDeleter(store: ObjectStore, clock: Clock, delayMs: number): NamespaceDeleter {
  const stuck = new Set<string>()
  const waiting = new Map<string, () => void>()

  const mark = (name: string, conditions: readonly object[]): StoredObject => {
    const { metadata, ...rest } = store.get(namespaceKey(name)) ?? { metadata: {} }
    const deletionTimestamp = timeText(clock.now())
    const status = { phase: 'Terminating', ...(conditions.length > 0 && { conditions }) }
    const { resourceVersion: _version, ...kept } = isObject(metadata) ? metadata : {}
    const body = { ...rest, metadata: { ...kept, deletionTimestamp }, status }
    return store.replace(namespaceKey(name), body, 'kube-apiserver')
  }
  const finish = (name: string): void => {
    if (stuck.has(name)) {
      mark(name, [stuckCondition])
      waiting.set(
        name,
        clock.after(delayMs, () => finish(name)),
      )
      return
    }
    waiting.delete(name)
    for (const key of store.keys().filter(({ namespace }) => namespace === name)) store.remove(key)
    store.remove(namespaceKey(name))
  }
  return {
    stuck,
    delete: (name) => {
      const marked = mark(name, [])
      if (!waiting.has(name))
        waiting.set(
          name,
          clock.after(delayMs, () => finish(name)),
        )
      return marked
    },
    stop: () => {
      for (const cancel of waiting.values()) cancel()
    },
  }
}
