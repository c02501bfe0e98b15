import type { ApiextensionsV1Api, CoreV1Api, CustomObjectsApi } from '@kubernetes/client-node'
import { z } from 'zod'

import { writeKubeconfig } from './kubeconfig.ts'
import { PassingError, retrying } from './retrying.ts'
import { StepError } from './step-error.ts'
import type { StepContext } from './step.ts'

const apiException = z.object({ code: z.number() })

const codeOf = (error: unknown): number | undefined => apiException.safeParse(error).data?.code

/** Whether the Kubernetes API says that there is no such thing, which is no "may not look". */
export const isMissing = (error: unknown): boolean => codeOf(error) === 404

export const isThereAlready = (error: unknown): boolean => codeOf(error) === 409

const passing = new Set([408, 429, 500, 502, 503, 504])

const failureOf = (doing: string, error: unknown): unknown => {
  if (error instanceof StepError) return error
  const code = codeOf(error)
  if (code === 401 || code === 403) {
    return new StepError(
      'authorisation',
      `The ServiceAccount of the workflow may not ${doing}. Give it that right, then retry.`,
    )
  }
  if (code === undefined || passing.has(code)) {
    return new PassingError(code === undefined ? 'it does not answer' : `it answers HTTP ${code}`, {
      cause: error,
    })
  }
  return error
}

/** The cluster that is onboarded: by the kubeconfig of the run's Secret, else as the pod's own ServiceAccount. */
export class Cluster {
  readonly core: CoreV1Api
  readonly custom: CustomObjectsApi
  readonly extensions: ApiextensionsV1Api
  /** For programs that need it; undefined inside the cluster. */
  readonly kubeconfig: string | undefined
  readonly #context: StepContext

  private constructor(options: {
    apis: Pick<Cluster, 'core' | 'custom' | 'extensions'>
    kubeconfig: string | undefined
    context: StepContext
  }) {
    this.core = options.apis.core
    this.custom = options.apis.custom
    this.extensions = options.apis.extensions
    this.kubeconfig = options.kubeconfig
    this.#context = options.context
  }

  static async open(context: StepContext): Promise<Cluster> {
    const kubernetes = await import('@kubernetes/client-node')
    const config = new kubernetes.KubeConfig()
    const kubeconfig = writeKubeconfig(context)
    if (kubeconfig === undefined) config.loadFromDefault()
    else config.loadFromFile(kubeconfig)
    const apis = {
      core: config.makeApiClient(kubernetes.CoreV1Api),
      custom: config.makeApiClient(kubernetes.CustomObjectsApi),
      extensions: config.makeApiClient(kubernetes.ApiextensionsV1Api),
    }
    return new Cluster({ apis, kubeconfig, context })
  }

  /**
   * Calls the API until it works; `doing` names the call in the sentence of the StepError. What is missing, there
   * already or changed by others is thrown as the API says it.
   */
  call<T>(doing: string, ask: () => Promise<T>): Promise<T> {
    return retrying(
      'The Kubernetes API',
      () =>
        ask().catch((error: unknown) => {
          throw failureOf(doing, error)
        }),
      this.#context,
    )
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
