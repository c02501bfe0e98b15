import { readEnvironment } from '../environment.ts'
import type { Step } from '../step.ts'
import { ClusterObjects, type ObjectName } from './cluster-objects.ts'
import { limitRangeName, networkPolicyName, quotaName, roleBindingName, roles } from './manifests.ts'
import { namespaceToUndo, removeOwn, undoEnvironment } from './own-namespace.ts'

/** A step that takes away what carries our label; what is not there is done already. */
const removing =
  (namesIn: (namespace: string) => readonly ObjectName[]): Step =>
  async (context) => {
    const environment = readEnvironment(undoEnvironment, context)
    const objects = await ClusterObjects.open(context)
    if ((await namespaceToUndo(objects, environment)) !== undefined) {
      for (const name of namesIn(environment.NAMESPACE)) await removeOwn(objects, name, environment)
    }
    context.log('gone')
  }

/** Takes the roles away, newest first: from then on nobody adds anything. */
export const unbindRoles = removing((namespace) => roles.map((role) => roleBindingName(namespace, role)))

export const removeNetworkPolicy = removing((namespace) => [networkPolicyName(namespace)])

/** Takes the quota away before the defaults that it needs. */
export const removeLimits = removing((namespace) => [quotaName(namespace), limitRangeName(namespace)])
