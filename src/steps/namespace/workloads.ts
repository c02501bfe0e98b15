import { z } from 'zod'

import { StepError } from '../step-error.ts'
import type { ClusterObjects, Found } from './cluster-objects.ts'
import { undoEnvironment } from './own-namespace.ts'

const kind = z
  .string()
  .regex(/^[-a-z0-9./]+\/[A-Z][A-Za-z]+$/, 'must be kinds such as v1/Pod or apps/v1/Deployment')
  .transform((text) => {
    const end = text.lastIndexOf('/')
    return { apiVersion: text.slice(0, end), kind: text.slice(end + 1) }
  })

/** What the steps are told that look for what still runs. */
export const workloadEnvironment = undoEnvironment.extend({
  /** What counts as work that people would miss; a team adds its own kinds in the template. */
  WORKLOADS: z
    .string()
    .transform((text) => text.split(/\s+/).filter((word) => word !== ''))
    .pipe(z.array(kind).min(1)),
  ON_WORKLOADS: z.enum(['refuse', 'delete']),
})
type Environment = z.infer<typeof workloadEnvironment>

// What a controller made is counted with its controller; a pod that has ended is no work any more.
const counts = ({ metadata, status }: Found): boolean =>
  metadata.ownerReferences?.some(({ controller }) => controller === true) !== true &&
  status?.phase !== 'Succeeded' &&
  status?.phase !== 'Failed'

const namesOf = async (objects: ClusterObjects, { WORKLOADS, NAMESPACE }: Environment): Promise<string[]> => {
  const names: string[] = []
  for (const one of WORKLOADS) {
    const found = await objects.list(one, NAMESPACE)
    names.push(...found.filter(counts).map(({ metadata }) => `${one.kind} ${metadata.name}`))
  }
  return names
}

const shown = 10

/** Refuses when something still runs in the namespace, unless the onboarding says that it goes too. Throws StepError. */
export const refuseWorkloads = async (objects: ClusterObjects, environment: Environment): Promise<void> => {
  if (environment.ON_WORKLOADS === 'delete') return
  const names = await namesOf(objects, environment)
  if (names.length === 0) return
  const more = names.length > shown ? ` and ${names.length - shown} more` : ''
  throw new StepError(
    'refused',
    `The namespace "${environment.NAMESPACE}" is still in use: ${names.slice(0, shown).join(', ')}${more}. Remove them, then clean up again.`,
  )
}
