import type {
  ApiextensionsV1Api,
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  VersionApi,
} from '@kubernetes/client-node'

import { writeKubeconfig } from './kubeconfig.ts'
import { KubernetesAccess } from './kubernetes-access.ts'
import { statusOf } from './kubernetes-error.ts'
import { PassingError } from './retrying.ts'
import { StepError } from './step-error.ts'
import type { StepContext } from './step.ts'

/** Whether the Kubernetes API says that there is no such thing, which is no "may not look". */
export const isMissing = (error: unknown): boolean => statusOf(error) === 404

export const isThereAlready = (error: unknown): boolean => statusOf(error) === 409

const isAnswer = (error: unknown): boolean => isMissing(error) || isThereAlready(error)

const rights = 'deploy/target-cluster/sap-btp-template.yaml'

/** The cluster that is onboarded: by the kubeconfig of the run's Secret, else as the pod's own ServiceAccount. */
export class Cluster {
  readonly core: CoreV1Api
  readonly apps: AppsV1Api
  readonly custom: CustomObjectsApi
  readonly extensions: ApiextensionsV1Api
  readonly version: VersionApi
  /** For programs that need it; undefined inside the cluster. */
  readonly kubeconfig: string | undefined
  readonly #access: KubernetesAccess

  private constructor(options: {
    apis: Pick<Cluster, 'core' | 'apps' | 'custom' | 'extensions' | 'version'>
    kubeconfig: string | undefined
    access: KubernetesAccess
  }) {
    this.core = options.apis.core
    this.apps = options.apis.apps
    this.custom = options.apis.custom
    this.extensions = options.apis.extensions
    this.version = options.apis.version
    this.kubeconfig = options.kubeconfig
    this.#access = options.access
  }

  /** Throws StepError, also when what answers at the address of a kubeconfig is no Kubernetes. */
  static async open(context: StepContext): Promise<Cluster> {
    const cluster = await Cluster.#connect(context)
    // A step that runs in the cluster itself shows that it is there.
    if (cluster.kubeconfig !== undefined) await cluster.#mustBeKubernetes()
    return cluster
  }

  /** The same; undefined where nothing answers at its address, as that of a cluster that is gone. */
  static async openIfThere(context: StepContext): Promise<Cluster | undefined> {
    try {
      return await Cluster.open(context)
    } catch (error) {
      const cause = error instanceof StepError ? error.cause : undefined
      if (cause instanceof PassingError && cause.isUnreachable) return undefined
      throw error
    }
  }

  static async #connect(context: StepContext): Promise<Cluster> {
    const kubeconfig = writeKubeconfig(context)
    const { ApiextensionsV1Api, AppsV1Api, CoreV1Api, CustomObjectsApi, VersionApi } =
      await import('@kubernetes/client-node')
    const access = await KubernetesAccess.open({ kubeconfig, rights, context })
    const apis = {
      core: new CoreV1Api(access.configuration),
      apps: new AppsV1Api(access.configuration),
      custom: new CustomObjectsApi(access.configuration),
      extensions: new ApiextensionsV1Api(access.configuration),
      version: new VersionApi(access.configuration),
    }
    return new Cluster({ apis, kubeconfig, access })
  }

  /** Another server says of everything that it is not there, which would read as "nothing is left". */
  async #mustBeKubernetes(): Promise<void> {
    const version = await this.#access
      .repeat(
        'read its version',
        () => this.version.getCode(),
        (error) => [403, 404].includes(statusOf(error) ?? 0),
      )
      .catch((error: unknown) => {
        // Not everybody may ask: the calls that follow tell of the rights.
        if (statusOf(error) === 403) return { gitVersion: 'unknown' }
        if (statusOf(error) === 404) return undefined
        throw error
      })
    if (typeof version?.gitVersion === 'string') return
    throw new StepError(
      'bad-input',
      `There is no Kubernetes API at ${new URL(this.#access.server).host}. Check the server in the kubeconfig of the run's Secret, then retry.`,
    )
  }

  /**
   * Calls the API until it works; `doing` names the call in the sentence of the StepError. What is missing, there
   * already or changed by others is thrown as the API says it.
   */
  call<T>(doing: string, ask: () => Promise<T>): Promise<T> {
    return this.#access.repeat(doing, ask, isAnswer)
  }

  /** Undefined when there is none. */
  async find<T>(doing: string, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.call(doing, ask)
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }
}
