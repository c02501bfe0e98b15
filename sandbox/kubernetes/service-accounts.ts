import { executorRules } from './identities.ts'
import type { Rule } from './identities.ts'
import type { ObjectStore } from './objects.ts'

/** The ServiceAccounts of the bot and of the workflows, these with the rights of Argo's executor. */
export function createServiceAccounts(
  objects: ObjectStore,
  rules: Map<string, Rule[]>,
  namespace: string,
): void {
  const workflows = ['onboard-steps', 'onboard-namespaces']
  for (const name of ['onboard-bot', ...workflows])
    objects.create({ resource: 'serviceaccounts', namespace, name }, { kind: 'ServiceAccount' }, 'sandbox')
  for (const name of workflows)
    rules.set(`system:serviceaccount:${namespace}:${name}`, executorRules(namespace))
}
