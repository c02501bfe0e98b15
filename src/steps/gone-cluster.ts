import { z } from 'zod'

import { Cluster } from './cluster.ts'
import { yesOrNo } from './environment.ts'
import type { StepContext } from './step.ts'

/** Whether a clean-up may leave out what is in a cluster that is gone. */
export const goneClusterEnvironment = z.object({ SKIP_GONE_CLUSTER: yesOrNo })

/**
 * The cluster in which things are undone; undefined, with a warning in the log, where it is gone and the template
 * allows to leave it out. Throws StepError.
 */
export const openForUndoing = async (
  { SKIP_GONE_CLUSTER: isSkipped }: z.infer<typeof goneClusterEnvironment>,
  context: StepContext,
): Promise<Cluster | undefined> => {
  if (!isSkipped) return Cluster.open(context)
  const cluster = await Cluster.openIfThere(context)
  if (cluster === undefined) {
    const why = 'nothing answers at its address, and skip-gone-cluster allows it'
    context.log('left out what is in the cluster', { level: 'warn', why })
  }
  return cluster
}
