import type { CoreV1Api, V1Pod, V1Service } from '@kubernetes/client-node'

import { RemoteError } from '../onboarding/ports/remote-error.ts'
import { remoteError } from './errors.ts'

/** A port of a Service. */
export interface ServiceAddress {
  readonly namespace: string
  readonly name: string
  readonly port: number
}

/** Where a port-forward ends. */
export interface PodPort {
  readonly namespace: string
  readonly pod: string
  readonly port: number
}

const isReady = ({ metadata, status }: V1Pod): boolean =>
  metadata?.deletionTimestamp === undefined &&
  (status?.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True')

const startedAt = ({ metadata }: V1Pod): number => metadata?.creationTimestamp?.getTime() ?? 0

const numberOf = (target: number | string, pod: V1Pod): number | undefined =>
  typeof target === 'number'
    ? target
    : (pod.spec?.containers ?? []).flatMap(({ ports = [] }) => ports).find(({ name }) => name === target)
        ?.containerPort

const targetOf = (service: V1Service, { namespace, name, port }: ServiceAddress): number | string => {
  const found = (service.spec?.ports ?? []).find((one) => one.port === port)
  if (found !== undefined) return found.targetPort ?? port
  throw new RemoteError(`Kubernetes: the Service ${namespace}/${name} has no port ${port}`, {
    code: 'invalid',
  })
}

/** The newest ready pod behind the Service, and the port that it listens on. Throws RemoteError. */
export const findTarget = async (core: CoreV1Api, address: ServiceAddress): Promise<PodPort> => {
  const { namespace, name } = address
  const what = `find the pods of the Service ${namespace}/${name}`
  try {
    const service = await core.readNamespacedService({ name, namespace })
    const target = targetOf(service, address)
    const labels = Object.entries(service.spec?.selector ?? {})
    if (labels.length === 0)
      throw new RemoteError(`Kubernetes: ${what}: it selects none`, { code: 'invalid' })
    const labelSelector = labels.map(([label, value]) => `${label}=${value}`).join(',')
    const { items } = await core.listNamespacedPod({ namespace, labelSelector })
    const pod = items.filter(isReady).toSorted((a, b) => startedAt(b) - startedAt(a))[0]
    const podName = pod?.metadata?.name
    if (pod === undefined || podName === undefined) {
      const text = `Kubernetes: ${what}: none of ${items.length} is ready`
      throw new RemoteError(text, { code: 'unavailable' })
    }
    const port = numberOf(target, pod)
    if (port !== undefined) return { namespace, pod: podName, port }
    throw new RemoteError(`Kubernetes: ${what}: ${podName} has no port named ${target}`, { code: 'invalid' })
  } catch (error) {
    throw remoteError(what, error)
  }
}
