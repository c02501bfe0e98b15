import { readEnvironment } from '../environment.ts'
import type { Step } from '../step.ts'
import { ClusterObjects } from './cluster-objects.ts'
import { namespaceToUndo } from './own-namespace.ts'
import { refuseWorkloads, workloadEnvironment } from './workloads.ts'

/** Looks for what still runs before anything is taken away: a namespace in use keeps its policies. */
export const checkUnused: Step = async (context) => {
  const environment = readEnvironment(workloadEnvironment, context)
  const objects = await ClusterObjects.open(context)
  const namespace = await namespaceToUndo(objects, environment)
  if (namespace !== undefined) await refuseWorkloads(objects, environment)
  context.log(namespace === undefined ? 'nothing there' : 'unused')
}
