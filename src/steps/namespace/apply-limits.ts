import { z } from 'zod'

import { counted } from '../counted.ts'
import { ownerEnvironment, readEnvironment } from '../environment.ts'
import type { Step } from '../step.ts'
import { ClusterObjects } from './cluster-objects.ts'
import { renderLimitRange, renderQuota } from './manifests.ts'
import { applyOwn, ownNamespace } from './own-namespace.ts'

const cpu = z.string().regex(/^(?:[1-9]\d{0,3}|[1-9]\d{0,6}m)$/, 'must be cores such as 4, or 500m')
const memory = z.string().regex(/^[1-9]\d{0,5}(?:Mi|Gi|Ti)$/, 'must be an amount such as 512Mi or 8Gi')

const environmentSchema = ownerEnvironment.extend({
  CPU: cpu,
  MEMORY: memory,
  PODS: z.string().regex(/^[1-9]\d{0,4}$/, 'must be a number such as 20'),
  CONTAINER_CPU_REQUEST: cpu,
  CONTAINER_MEMORY_REQUEST: memory,
  CONTAINER_MEMORY_LIMIT: memory,
})

/** Applies what the namespace may take together, and what a container gets that asks for nothing. */
export const applyLimits: Step = async (context) => {
  const environment = readEnvironment(environmentSchema, context)
  const { NAMESPACE, CPU, MEMORY, PODS } = environment
  const objects = await ClusterObjects.open(context)
  await ownNamespace(objects, environment)
  const container = {
    cpuRequest: environment.CONTAINER_CPU_REQUEST,
    memoryRequest: environment.CONTAINER_MEMORY_REQUEST,
    memoryLimit: environment.CONTAINER_MEMORY_LIMIT,
  }
  // The defaults first: from the moment of the quota on, pods without limits are refused.
  await applyOwn(objects, renderLimitRange(NAMESPACE, container), environment)
  await applyOwn(objects, renderQuota(NAMESPACE, { cpu: CPU, memory: MEMORY, pods: PODS }), environment)
  context.output('quota', `${CPU} CPU, ${MEMORY} memory, ${counted(Number(PODS), 'pod')}`)
  context.log('applied')
}
