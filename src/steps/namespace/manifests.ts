import type { Manifest, ObjectName } from './cluster-objects.ts'

/** Names are derived, so that a step that runs again, and the undoing, find what there is. */
const name = 'onboarding'

const named = (apiVersion: string, kind: string, namespace: string): ObjectName => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
})

export const quotaName = (namespace: string): ObjectName => named('v1', 'ResourceQuota', namespace)
export const limitRangeName = (namespace: string): ObjectName => named('v1', 'LimitRange', namespace)
export const networkPolicyName = (namespace: string): ObjectName =>
  named('networking.k8s.io/v1', 'NetworkPolicy', namespace)
export const roleBindingName = (namespace: string, role: string): ObjectName => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: `${name}-${role}`, namespace },
})

/** The ClusterRoles that Kubernetes ships for people of a namespace. */
export const roles = ['edit', 'view'] as const

/** What all pods of the namespace may take together. */
export const renderQuota = (
  namespace: string,
  { cpu, memory, pods }: { cpu: string; memory: string; pods: string },
): Manifest => ({
  ...quotaName(namespace),
  spec: { hard: { 'requests.cpu': cpu, 'requests.memory': memory, 'limits.memory': memory, pods } },
})

/** What a container gets that says nothing itself: with a quota in place it could not start else. */
export const renderLimitRange = (
  namespace: string,
  container: { cpuRequest: string; memoryRequest: string; memoryLimit: string },
): Manifest => ({
  ...limitRangeName(namespace),
  spec: {
    limits: [
      {
        type: 'Container',
        defaultRequest: { cpu: container.cpuRequest, memory: container.memoryRequest },
        default: { memory: container.memoryLimit },
      },
    ],
  },
})

const ownPods = { podSelector: {} }
const dns = ['UDP', 'TCP'].map((protocol) => ({ protocol, port: 53 }))

/** `guarded`: only the namespace's own pods reach its pods. `closed`: and these reach only each other, and DNS. */
export const renderNetworkPolicy = (namespace: string, network: 'guarded' | 'closed'): Manifest => ({
  ...networkPolicyName(namespace),
  spec: {
    podSelector: {},
    ingress: [{ from: [ownPods] }],
    ...(network === 'guarded'
      ? { policyTypes: ['Ingress'] }
      : { policyTypes: ['Ingress', 'Egress'], egress: [{ to: [ownPods] }, { ports: dns }] }),
  },
})

export interface Subject {
  readonly kind: 'Group' | 'User'
  readonly name: string
}

export const renderRoleBinding = (
  namespace: string,
  role: (typeof roles)[number],
  subjects: readonly Subject[],
): Manifest => ({
  ...roleBindingName(namespace, role),
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: subjects.map((subject) => ({ ...subject, apiGroup: 'rbac.authorization.k8s.io' })),
})
