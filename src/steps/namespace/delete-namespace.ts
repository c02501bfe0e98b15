import { readEnvironment } from '../environment.ts'
import { StepError } from '../step-error.ts'
import type { Step, StepContext } from '../step.ts'
import { waitInPace } from '../wait-until.ts'
import { ClusterObjects, type Found } from './cluster-objects.ts'
import { isTerminating, namespaceName, namespaceToUndo } from './own-namespace.ts'
import { refuseWorkloads, workloadEnvironment } from './workloads.ts'

/** What Kubernetes says that it waits for, such as finalizers of objects whose controller is gone. */
const whyOf = (found: Found | undefined): string => {
  const messages = found?.status?.conditions?.filter(({ status }) => status === 'True') ?? []
  const said = messages.flatMap(({ message }) => message ?? []).join('; ')
  return said === '' ? '' : ` Kubernetes says: ${said.slice(0, 400)}.`
}

/** Deletes the namespace that carries our label, waits until it is gone, and says what is left after looking. */
export const deleteNamespace: Step = async (context) => {
  const environment = readEnvironment(workloadEnvironment, context)
  const objects = await ClusterObjects.open(context)
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
  if (last !== undefined)
    await untilGone(look, { namespace: environment.NAMESPACE, why: () => whyOf(last) }, context)
  const left = await namespaceToUndo(objects, environment)
  const remaining = left === undefined ? [] : [`namespace ${environment.NAMESPACE}`]
  context.output('remaining', JSON.stringify(remaining))
  context.log('looked', { remaining })
}

const untilGone = async (
  look: () => Promise<'gone' | undefined>,
  { namespace, why }: { namespace: string; why: () => string },
  context: StepContext,
): Promise<void> => {
  try {
    await waitInPace(look, { late: `The namespace "${namespace}" is still being deleted.` }, context)
  } catch (error) {
    if (!(error instanceof StepError && error.kind === 'timed-out') || context.signal.aborted) throw error
    throw new StepError('timed-out', `${error.message}${why()} Clean up again later.`, { cause: error })
  }
}
