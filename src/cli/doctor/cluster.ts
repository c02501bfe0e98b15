import type { KubernetesServer } from '../../kubernetes/inspection.ts'
import type { Right } from '../../kubernetes/rights.ts'
import { type Check, check } from './check.ts'

/** Whose token a call carries: the kubeconfig's, or the one that argo-server gets. */
export type Bearer = 'kubernetes' | 'argo'

/** Whose right, and where. */
export interface RightPlace {
  readonly bearer: Bearer
  readonly namespace: string
}

/** A workflow file of a template that is offered on a cluster. */
export interface OfferedFile {
  readonly template: string
  readonly kind: 'onboard' | 'cleanup'
  readonly path: string
}

/** What is asked of one cluster. Every method throws RemoteError. */
export interface ClusterProbes {
  readonly server: () => Promise<KubernetesServer>
  readonly whoAmI: (bearer: Bearer) => Promise<string>
  readonly namespaceExists: () => Promise<boolean>
  /** The resources of Argo Workflows that the cluster knows. */
  readonly argoResources: () => Promise<readonly string[]>
  /** Gets a token for argo-server. */
  readonly token: () => Promise<void>
  readonly argoVersion: () => Promise<string>
  /** Lists workflows, and gives the one namespace that Argo looks after. */
  readonly argoAccess: () => Promise<string | undefined>
  /** The verbs of a right that are denied. */
  readonly denied: (place: RightPlace, right: Right) => Promise<readonly string[]>
  readonly serviceAccountExists: (name: string) => Promise<boolean>
  readonly deniedToServiceAccount: (name: string, right: Right) => Promise<readonly string[]>
  /** Has argo-server check a workflow file, filled with values; nothing is created. */
  readonly dryRun: (file: OfferedFile) => Promise<void>
}

/** What the configuration says about a cluster's argo-server. */
export interface ArgoAbout {
  readonly url: string
  readonly isVerified: boolean
  /** The Service that a port-forward goes to, where no URL is given. */
  readonly service?: { readonly name: string; readonly namespace: string }
  readonly serviceAccount?: string
  readonly tokenFile?: string
}

/** What the configuration says about one cluster. */
export interface ClusterAbout {
  readonly name: string
  /** Why nothing new begins there. */
  readonly paused?: string
  /** The namespace of its workflows. */
  readonly namespace: string
  /** By the ServiceAccount of the bot's own pod, and no kubeconfig. */
  readonly isInCluster: boolean
  /** kubectl, with what the bot reaches the cluster by. */
  readonly kubectl: string
  readonly argo: ArgoAbout
  readonly files: readonly OfferedFile[]
  /** The ServiceAccounts that those workflows run as, and whose they are. */
  readonly serviceAccounts: readonly { readonly name: string; readonly templates: readonly string[] }[]
}

/** A check of one cluster; its name, and those that it needs, are made ids of that cluster. */
export const clusterCheck = <Fact>(
  { name: cluster }: ClusterAbout,
  description: Omit<Parameters<typeof check<Fact>>[0], 'id' | 'area'> & { readonly name: string },
): Check => {
  const idOf = (name: string): string => `cluster/${cluster}/${name}`
  const { name, needs = [], ...rest } = description
  return check({ ...rest, id: idOf(name), area: `Cluster ${cluster}`, needs: needs.map(idOf) })
}
