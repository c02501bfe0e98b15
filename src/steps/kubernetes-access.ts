import type { Configuration, KubeConfig } from '@kubernetes/client-node'

import { orAborted } from '../or-aborted.ts'
import { thenRetryOrAnew } from './closing.ts'
import { kubernetesError, type Rights } from './kubernetes-error.ts'
import { retrying } from './retrying.ts'
import { StepError } from './step-error.ts'
import type { StepContext } from './step.ts'

/** A call that is not answered by then is tried again (milliseconds). */
const callMs = 15_000

/** Where the client looks when it finds neither a kubeconfig nor a token of a ServiceAccount. */
const nowhere = 'http://localhost:8080'

type Context = Pick<StepContext, 'pace' | 'signal' | 'log'>

/** When a call ends that begins now. */
const endOf = ({ signal }: Context): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(callMs)])

interface Options {
  /** The kubeconfig of the run's Secret; undefined for what the step finds where it runs. */
  readonly kubeconfig?: string | undefined
  /** The file of deploy/ that gives the rights. */
  readonly rights: string
  readonly context: Context
}

const load = (config: KubeConfig, kubeconfig: string | undefined): void => {
  try {
    if (kubeconfig === undefined) config.loadFromDefault()
    else config.loadFromFile(kubeconfig)
  } catch (error) {
    throw new StepError(
      'bad-input',
      kubeconfig === undefined
        ? 'The kubeconfig that KUBECONFIG names cannot be read. Mend it, or leave it out in the template, where the ServiceAccount of the pod will do; then clean up and ask again.'
        : "The kubeconfig of the run's Secret cannot be read. Mend it at its source, then retry.",
      { cause: error },
    )
  }
}

const serverOf = (config: KubeConfig): string => {
  const server = config.getCurrentCluster()?.server
  if (server === undefined)
    throw new StepError(
      'bad-input',
      'The kubeconfig that KUBECONFIG names leads to no cluster: its current-context is missing or names none. Mend it, or leave it out in the template; then clean up and ask again.',
    )
  if (server === nowhere)
    throw new StepError(
      'bad-input',
      `There is no cluster to work on: the pod has no token of a ServiceAccount, and there is no kubeconfig. Let the token be mounted (automountServiceAccountToken), or add the key kubeconfig to the run's Secret; ${thenRetryOrAnew}.`,
    )
  return server
}

/** The way to the Kubernetes API, with calls that end in time and with the step. */
export class KubernetesAccess {
  readonly configuration: Configuration
  readonly server: string
  readonly #rights: Rights
  readonly #context: Context

  private constructor(configuration: Configuration, rights: Rights, context: Context) {
    this.configuration = configuration
    this.server = rights.server
    this.#rights = rights
    this.#context = context
  }

  /** Throws StepError that says what is wrong with the kubeconfig. */
  static async open({ kubeconfig, rights: file, context }: Options): Promise<KubernetesAccess> {
    const { createConfiguration, KubeConfig, ServerConfiguration } = await import('@kubernetes/client-node')
    const config = new KubeConfig()
    load(config, kubeconfig)
    const server = serverOf(config)
    const configuration = createConfiguration({
      baseServer: new ServerConfiguration(server, {}),
      authMethods: { default: config },
      promiseMiddleware: [
        {
          pre: async (request) => {
            request.setSignal(endOf(context))
            return request
          },
          post: async (response) => response,
        },
      ],
    })
    const of = kubeconfig === undefined ? 'the ServiceAccount' : 'the kubeconfig'
    const proxy = config.getCurrentCluster()?.proxyUrl
    return new KubernetesAccess(configuration, { of, file, server, ...(proxy !== '' && { proxy }) }, context)
  }

  /**
   * Makes a call that may be repeated, until it works. `doing` names it in the sentence of the StepError; an error
   * that `isAnswer` takes for an answer is thrown as it is.
   */
  repeat<T>(
    doing: string,
    call: () => Promise<T>,
    isAnswer: (error: unknown) => boolean = () => false,
  ): Promise<T> {
    const attempt = (): Promise<T> =>
      orAborted(call(), endOf(this.#context)).catch((error: unknown) => {
        throw isAnswer(error) ? error : kubernetesError(doing, error, this.#rights)
      })
    return retrying('The Kubernetes API', attempt, this.#context)
  }
}
