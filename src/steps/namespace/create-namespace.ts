import { ownerEnvironment, readEnvironment } from '../environment.ts'
import { StepError } from '../step-error.ts'
import type { Step } from '../step.ts'
import { waitInPace } from '../wait-until.ts'
import { ClusterObjects, type Found } from './cluster-objects.ts'
import { type About, foreign, isOwn, isTerminating, labelled, namespaceName } from './own-namespace.ts'

const refuseReserved = ({ NAMESPACE }: About): void => {
  if (NAMESPACE !== 'default' && !NAMESPACE.startsWith('kube-')) return
  throw new StepError(
    'refused',
    `"${NAMESPACE}" is a namespace of Kubernetes itself. Choose another name: clean up, then ask again.`,
  )
}

/** Creates the namespace, or goes on with the one that carries our label. */
export const createNamespace: Step = async (context) => {
  const environment = readEnvironment(ownerEnvironment, context)
  refuseReserved(environment)
  const objects = await ClusterObjects.open(context)
  const name = namespaceName(environment)
  const ready = async (): Promise<Found | undefined> => {
    const found = await objects.find(name)
    if (found === undefined) {
      // Somebody may be quicker, and an answer may be lost: whose it is then says the label.
      await objects.create(labelled({ ...name }, environment))
      return objects.find(name)
    }
    if (!isOwn(found, environment)) throw foreign(environment)
    context.log(isTerminating(found) ? 'waiting' : 'found', { namespace: environment.NAMESPACE })
    return isTerminating(found) ? undefined : found
  }
  const late = `The namespace "${environment.NAMESPACE}" is still being deleted after an earlier clean-up. Retry later.`
  const namespace = await waitInPace(ready, { late }, context)
  if (!isOwn(namespace, environment)) throw foreign(environment)
  context.output('namespace-uid', namespace.metadata.uid)
  context.log('ready', { namespace: environment.NAMESPACE })
}
