import { z } from 'zod'

import { ownerEnvironment, readEnvironment } from '../environment.ts'
import type { Step } from '../step.ts'
import { ClusterObjects } from './cluster-objects.ts'
import { networkPolicyName, renderNetworkPolicy } from './manifests.ts'
import { applyOwn, ownNamespace, removeOwn } from './own-namespace.ts'

const environmentSchema = ownerEnvironment.extend({ NETWORK: z.enum(['guarded', 'closed', 'open']) })

/** Applies the network policy; `open` means that there is none of ours. */
export const applyNetworkPolicy: Step = async (context) => {
  const environment = readEnvironment(environmentSchema, context)
  const { NAMESPACE, NETWORK } = environment
  const objects = await ClusterObjects.open(context)
  await ownNamespace(objects, environment)
  if (NETWORK === 'open') await removeOwn(objects, networkPolicyName(NAMESPACE), environment)
  else await applyOwn(objects, renderNetworkPolicy(NAMESPACE, NETWORK), environment)
  context.output('network-policy', NETWORK)
  context.log('applied', { network: NETWORK })
}
