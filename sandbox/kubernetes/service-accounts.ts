import { namespaceTemplateRights, type Right, sapBtpTemplateRights } from '../../src/kubernetes/rights.ts'
import { executorRules } from './identities.ts'
import type { Rule } from './identities.ts'
import type { ObjectStore } from './objects.ts'

const everywhere = ({ group, resource, verbs, name }: Right): Rule => ({
  verbs,
  groups: [group],
  resources: [resource],
  ...(name !== undefined && { names: [name] }),
})

/** The ServiceAccounts of the bot and of the workflows, these with the rights of their files in deploy/target-cluster. */
export function createServiceAccounts(
  objects: ObjectStore,
  rules: Map<string, Rule[]>,
  namespace: string,
): void {
  const workflows = {
    'onboard-steps': sapBtpTemplateRights,
    'onboard-namespaces': namespaceTemplateRights,
  }
  for (const name of ['onboard-bot', ...Object.keys(workflows)])
    objects.create({ resource: 'serviceaccounts', namespace, name }, { kind: 'ServiceAccount' }, 'sandbox')
  for (const [name, rights] of Object.entries(workflows)) {
    const who = `system:serviceaccount:${namespace}:${name}`
    rules.set(who, [...executorRules(namespace), ...rights.map(everywhere)])
  }
}
