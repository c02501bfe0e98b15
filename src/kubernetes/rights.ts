/** A right as a rule of a Role grants it. */
export interface Right {
  readonly group: string
  /** With its subresource: `pods/log`. */
  readonly resource: string
  readonly verbs: readonly string[]
  /** The only object that is meant; every one when absent. */
  readonly name?: string
  readonly why: string
}

/** What argo-server does in the workflows' namespace with the token that the bot gives it. */
export const argoRights: readonly Right[] = [
  {
    group: 'argoproj.io',
    resource: 'workflows',
    verbs: ['create', 'get', 'list', 'watch', 'update', 'patch'],
    why: 'submits and follows workflows, retries (update) and stops (patch) them',
  },
  {
    group: '',
    resource: 'pods',
    verbs: ['list', 'watch', 'delete'],
    why: 'a log is read from the pods; a retry deletes those of the steps that failed',
  },
  { group: '', resource: 'pods/log', verbs: ['get'], why: 'the last lines of a failed step' },
]

/** What the bot itself calls there with the cluster's kubeconfig. */
export const kubernetesRights = (serviceAccount: string | undefined): readonly Right[] => [
  {
    group: '',
    resource: 'secrets',
    verbs: ['create', 'get', 'patch', 'delete'],
    why: 'one Secret for each run',
  },
  ...(serviceAccount === undefined
    ? []
    : [
        {
          group: '',
          resource: 'serviceaccounts/token',
          verbs: ['create'],
          name: serviceAccount,
          why: 'short-lived tokens for argo-server',
        },
      ]),
]

/** What the bot calls where argo-server's Service is, with the kubeconfig, if it is reached by port-forward. */
export const portForwardRights = (service: string): readonly Right[] => [
  { group: '', resource: 'services', verbs: ['get'], name: service, why: 'leads to the pods of argo-server' },
  { group: '', resource: 'pods', verbs: ['list'], why: 'a ready one of them is connected to' },
  {
    group: '',
    resource: 'pods/portforward',
    verbs: ['get', 'create'],
    why: 'connects to argo-server',
  },
]

/** What only `doctor` calls, with the cluster's kubeconfig; without it the bot works and some checks are skipped. */
export const doctorRights: readonly Right[] = [
  { group: '', resource: 'namespaces', verbs: ['get'], why: 'whether the namespace exists' },
  {
    group: '',
    resource: 'serviceaccounts',
    verbs: ['get'],
    why: 'whether the ServiceAccounts of the workflows exist',
  },
  {
    group: 'authorization.k8s.io',
    resource: 'localsubjectaccessreviews',
    verbs: ['create'],
    why: 'whether those ServiceAccounts have the rights of Argo’s executor',
  },
]

/** What Argo's executor does in every pod as the workflow's ServiceAccount (Argo Workflows: "Workflow RBAC"). */
export const executorRights: readonly Right[] = [
  {
    group: 'argoproj.io',
    resource: 'workflowtaskresults',
    verbs: ['create', 'patch'],
    why: 'reports the outputs of a step',
  },
]

const makes = ['get', 'create', 'patch', 'delete']
const roles = 'rbac.authorization.k8s.io'

/** What the steps of the template "namespace" do in the whole cluster. */
export const namespaceTemplateRights: readonly Right[] = [
  { group: '', resource: 'namespaces', verbs: ['get', 'create', 'delete'], why: 'makes them' },
  { group: '', resource: 'resourcequotas', verbs: makes, why: 'limits them' },
  { group: '', resource: 'limitranges', verbs: makes, why: 'limits their pods' },
  { group: 'networking.k8s.io', resource: 'networkpolicies', verbs: makes, why: 'closes them' },
  { group: roles, resource: 'rolebindings', verbs: makes, why: 'lets teams in' },
  { group: roles, resource: 'clusterroles', verbs: ['bind'], name: 'edit', why: 'lets teams in' },
  { group: roles, resource: 'clusterroles', verbs: ['bind'], name: 'view', why: 'lets teams in' },
  ...[
    ['', 'pods'],
    ['', 'persistentvolumeclaims'],
    ['apps', 'deployments'],
    ['apps', 'statefulsets'],
    ['apps', 'daemonsets'],
    ['batch', 'jobs'],
    ['batch', 'cronjobs'],
  ].map(([group = '', resource = '']) => ({
    group,
    resource,
    verbs: ['list'],
    why: 'deletes nothing in use',
  })),
]

/** What the steps of the template "sap-btp" do in the whole cluster, where the operator is there already. */
export const sapBtpTemplateRights: readonly Right[] = [
  {
    group: '',
    resource: 'secrets',
    verbs: ['get', 'list', 'create', 'update', 'delete'],
    why: "the connection of a namespace, and helm's records",
  },
  { group: '', resource: 'namespaces', verbs: ['create'], why: "helm's --create-namespace" },
  {
    group: 'apiextensions.k8s.io',
    resource: 'customresourcedefinitions',
    verbs: ['get'],
    why: 'whether the operator is there',
  },
  {
    group: 'services.cloud.sap.com',
    resource: 'serviceinstances',
    verbs: ['list'],
    why: 'whether it is used',
  },
  ...['clusterservicebrokers', 'servicebrokers'].map((resource) => ({
    group: 'servicecatalog.k8s.io',
    resource,
    verbs: ['list', 'delete'],
    why: 'what a proxy leaves',
  })),
]
