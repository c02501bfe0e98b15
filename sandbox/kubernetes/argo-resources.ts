/** The resources of Argo Workflows (manifests/base/crds of 4.1), with the verbs of any custom resource. */
const kinds: Readonly<Record<string, string>> = {
  clusterworkflowtemplates: 'ClusterWorkflowTemplate',
  cronworkflows: 'CronWorkflow',
  workflowartifactgctasks: 'WorkflowArtifactGCTask',
  workfloweventbindings: 'WorkflowEventBinding',
  workflows: 'Workflow',
  workflowtaskresults: 'WorkflowTaskResult',
  workflowtasksets: 'WorkflowTaskSet',
  workflowtemplates: 'WorkflowTemplate',
}

const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']
const groupVersion = 'argoproj.io/v1alpha1'

/** What discovery says of the resources of Argo Workflows; undefined for every other path, and where none is installed. */
export function discoverArgo(path: string, missing: ReadonlySet<string>): object | undefined {
  if (path !== `/apis/${groupVersion}`) return undefined
  const resources = Object.entries(kinds)
    .filter(([name]) => !missing.has(name))
    .map(([name, kind]) => ({
      name,
      singularName: kind.toLowerCase(),
      namespaced: name !== 'clusterworkflowtemplates',
      kind,
      verbs,
    }))
  if (resources.length === 0) return undefined
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources }
}
