import type { NodePhase, Workflow } from './workflow.ts'

/** What may go wrong with every pod; each is told in the words of a real cluster. */
export const podFaults = [
  'image-pull',
  'secret',
  'quota',
  'unschedulable',
  'service-account',
  'executor-rights',
  'deadline',
  'deleted',
  'killed',
] as const
export type PodFault = (typeof podFaults)[number]

/** A pod that cannot start waits and says why; one that cannot be has an end at once. */
export interface PodTrouble {
  readonly message: string
  readonly end?: NodePhase
  /** The pod never was: the cluster took no such object. */
  readonly isRefused?: true
  /** The program ended by itself, although its pod did not. */
  readonly exitCode?: string
}

interface About {
  readonly workflow: Workflow
  readonly podName: string
  readonly image: string
}

const unresolved = (image: string): string => {
  const [host = '', ...path] = image.split('/')
  const [name = '', tag = 'latest'] = path.join('/').split(':')
  const url = `https://${host}/v2/${name}/manifests/${tag}`
  return `failed to pull and unpack image "${image}": failed to resolve reference "${image}": failed to do request: Head "${url}": dial tcp: lookup ${host}: no such host`
}

const troubles: Readonly<Record<PodFault, (about: About) => PodTrouble>> = {
  'image-pull': ({ image }) => ({ message: `ErrImagePull: ${unresolved(image)}` }),
  secret: () => ({ message: 'CreateContainerConfigError: secret "missing-secret" not found' }),
  quota: ({ podName }) => ({
    message: `pods "${podName}" is forbidden: exceeded quota: pods, requested: pods=1, used: pods=10, limited: pods=10`,
  }),
  unschedulable: () => ({ message: 'Unschedulable: 0/1 nodes are available: 1 Insufficient memory.' }),
  'service-account': ({ workflow, podName }) => {
    const name = workflow.spec.serviceAccountName ?? 'default'
    const { namespace } = workflow.metadata
    return {
      message: `pods "${podName}" is forbidden: error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
      end: 'Error',
      isRefused: true,
    }
  },
  'executor-rights': ({ workflow }) => {
    const { namespace } = workflow.metadata
    const who = `system:serviceaccount:${namespace}:${workflow.spec.serviceAccountName ?? 'default'}`
    return {
      message: `wait: Error (exit code 64): workflowtaskresults.argoproj.io is forbidden: User "${who}" cannot create resource "workflowtaskresults" in API group "argoproj.io" in the namespace "${namespace}"`,
      end: 'Error',
      exitCode: '0',
    }
  },
  deadline: () => ({ message: 'Step exceeded its deadline', end: 'Failed' }),
  deleted: () => ({ message: 'pod deleted', end: 'Error' }),
  killed: () => ({ message: 'main: Error (exit code 137)', end: 'Failed', exitCode: '137' }),
}

/** What a fault does to a pod. */
export const podTrouble = (fault: PodFault, about: About): PodTrouble => troubles[fault](about)
