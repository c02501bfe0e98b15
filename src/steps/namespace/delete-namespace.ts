import { z } from 'zod'

import { readEnvironment } from '../environment.ts'
import { StepError } from '../step-error.ts'
import type { Step } from '../step.ts'
import { waitUntil } from '../wait-until.ts'
import { ClusterObjects, type Found } from './cluster-objects.ts'
import { isTerminating, namespaceName, namespaceToUndo } from './own-namespace.ts'
import { refuseWorkloads, workloadEnvironment } from './workloads.ts'

const environmentSchema = workloadEnvironment.extend({
  POLL_FIRST_MS: z.coerce.number().int().positive().default(2_000),
  DEADLINE_MS: z.coerce
    .number()
    .int()
    .positive()
    .default(10 * 60_000),
})

/** What Kubernetes says that it waits for, such as finalizers of objects whose controller is gone. */
const whyOf = (found: Found | undefined): string => {
  const messages = found?.status?.conditions?.filter(({ status }) => status === 'True') ?? []
  const said = messages.flatMap(({ message }) => message ?? []).join('; ')
  return said === '' ? '' : ` Kubernetes says: ${said.slice(0, 400)}.`
}

/** Deletes the namespace that carries our label, waits until it is gone, and says what is left after looking. */
export const deleteNamespace: Step = async (context) => {
  const environment = readEnvironment(environmentSchema, context)
  const { signal } = context
  const objects = await ClusterObjects.open(signal)
  const name = namespaceName(environment)
  let last = await namespaceToUndo(objects, environment)
  const first = last?.metadata.uid
  if (last !== undefined && !isTerminating(last)) {
    await refuseWorkloads(objects, environment)
    await objects.delete(name, last)
    context.log('deleting', { namespace: environment.NAMESPACE })
  }
  const look = async (): Promise<'gone' | undefined> => {
    last = await objects.find(name)
    return last === undefined || last.metadata.uid !== first ? 'gone' : undefined
  }
  if (last !== undefined) await untilGone(look, () => whyOf(last), environment, signal)
  const left = await namespaceToUndo(objects, environment)
  const remaining = left === undefined ? [] : [`namespace ${environment.NAMESPACE}`]
  context.output('remaining', JSON.stringify(remaining))
  context.log('looked', { remaining })
}

const untilGone = async (
  look: () => Promise<'gone' | undefined>,
  why: () => string,
  { NAMESPACE, POLL_FIRST_MS, DEADLINE_MS }: z.infer<typeof environmentSchema>,
  signal: AbortSignal,
): Promise<void> => {
  try {
    const late = `The namespace "${NAMESPACE}" is still being deleted.`
    const times = { firstMs: POLL_FIRST_MS, longestMs: 10_000, deadlineMs: DEADLINE_MS }
    await waitUntil(look, { ...times, late, signal })
  } catch (error) {
    if (!(error instanceof StepError && error.kind === 'timed-out')) throw error
    throw new StepError('timed-out', `${error.message}${why()} Clean up again later.`, { cause: error })
  }
}
