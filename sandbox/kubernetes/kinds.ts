/** A kind that the sandbox keeps. */
export interface Kind {
  readonly apiVersion: string
  readonly kind: string
  readonly resource: string
  readonly isNamespaced: boolean
}

const namespaced = (apiVersion: string, resource: string, kind: string): Kind => ({
  apiVersion,
  kind,
  resource,
  isNamespaced: true,
})

const rbac = 'rbac.authorization.k8s.io/v1'

const kinds: readonly Kind[] = [
  { apiVersion: 'v1', kind: 'Namespace', resource: 'namespaces', isNamespaced: false },
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    resource: 'customresourcedefinitions',
    isNamespaced: false,
  },
  namespaced('v1', 'secrets', 'Secret'),
  namespaced('v1', 'configmaps', 'ConfigMap'),
  namespaced('v1', 'services', 'Service'),
  namespaced('v1', 'pods', 'Pod'),
  namespaced('v1', 'serviceaccounts', 'ServiceAccount'),
  namespaced('v1', 'resourcequotas', 'ResourceQuota'),
  namespaced('v1', 'limitranges', 'LimitRange'),
  namespaced('v1', 'persistentvolumeclaims', 'PersistentVolumeClaim'),
  namespaced('apps/v1', 'deployments', 'Deployment'),
  namespaced('apps/v1', 'statefulsets', 'StatefulSet'),
  namespaced('apps/v1', 'daemonsets', 'DaemonSet'),
  namespaced('batch/v1', 'jobs', 'Job'),
  namespaced('batch/v1', 'cronjobs', 'CronJob'),
  namespaced('networking.k8s.io/v1', 'networkpolicies', 'NetworkPolicy'),
  namespaced(rbac, 'rolebindings', 'RoleBinding'),
]

/** The kind of a resource; undefined where the sandbox has none. */
export const kindOf = ({
  group,
  version,
  resource,
}: {
  group: string
  version: string
  resource: string
}): Kind | undefined => {
  const apiVersion = group === '' ? version : `${group}/${version}`
  return kinds.find((kind) => kind.apiVersion === apiVersion && kind.resource === resource)
}

/** What `/api/v1` and `/apis/GROUP/VERSION` say of their resources; undefined for every other path. */
export const discovery = (path: string): object | undefined => {
  const [, root, ...rest] = path.split('/')
  const groupVersion = rest.join('/')
  const isCore = root === 'api' && groupVersion === 'v1'
  if (!isCore && !(root === 'apis' && rest.length === 2)) return undefined
  const resources = kinds.filter(({ apiVersion }) => apiVersion === groupVersion)
  if (resources.length === 0) return undefined
  return {
    kind: 'APIResourceList',
    ...(isCore ? {} : { apiVersion: 'v1' }),
    groupVersion,
    resources: resources.map(({ resource, kind, isNamespaced }) => ({
      name: resource,
      singularName: kind.toLowerCase(),
      namespaced: isNamespaced,
      kind,
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    })),
  }
}
