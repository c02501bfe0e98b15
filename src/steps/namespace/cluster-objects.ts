import type { KubernetesObject, KubernetesObjectApi } from '@kubernetes/client-node'
import { z } from 'zod'

import { PassingError, retrying } from '../retrying.ts'
import { StepError } from '../step-error.ts'
import type { StepContext } from '../step.ts'
import { isPassing, kubernetesError, retryAfterMs, statusOf } from './kubernetes-error.ts'

/** Which object is meant. */
export interface ObjectName {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

/** An object as it is to be; what it does not name is left to others. */
export interface Manifest extends ObjectName {
  readonly metadata: ObjectName['metadata'] & {
    readonly uid?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

const foundSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    uid: z.string(),
    labels: z.record(z.string(), z.string()).optional(),
    ownerReferences: z.array(z.looseObject({ controller: z.boolean().optional() })).optional(),
  }),
  status: z
    .looseObject({
      phase: z.string().optional(),
      conditions: z
        .array(z.looseObject({ type: z.string(), status: z.string(), message: z.string().optional() }))
        .optional(),
    })
    .optional(),
})

/** An object of the cluster, as far as a step looks at it. */
export type Found = z.infer<typeof foundSchema>

/** Whose fields they are that a step applies. */
const fieldManager = 'onboard-bot'

/** A call that is not answered by then is tried again (milliseconds). */
const callMs = 15_000

type Context = Pick<StepContext, 'pace' | 'signal' | 'log'>

/** A plain copy that the client may fill in: it completes what it is given. */
const copyOf = (object: Manifest | ObjectName): KubernetesObject & { metadata: { name: string } } => ({
  ...object,
  metadata: { ...object.metadata },
})

/** Objects of the cluster, by the rights of the step's ServiceAccount. Every method throws StepError. */
export class ClusterObjects {
  readonly #api: KubernetesObjectApi
  readonly #context: Context

  private constructor(api: KubernetesObjectApi, context: Context) {
    this.#api = api
    this.#context = context
  }

  static async open(context: Context): Promise<ClusterObjects> {
    const { createConfiguration, KubeConfig, KubernetesObjectApi, ServerConfiguration } =
      await import('@kubernetes/client-node')
    const config = new KubeConfig()
    try {
      config.loadFromDefault()
    } catch (error) {
      throw new StepError(
        'bad-input',
        'The kubeconfig that KUBECONFIG names cannot be read. Mend it, or leave it out: the ServiceAccount of the pod is then used.',
        { cause: error },
      )
    }
    const limited = createConfiguration({
      baseServer: new ServerConfiguration(config.getCurrentCluster()?.server ?? '', {}),
      authMethods: { default: config },
      promiseMiddleware: [
        {
          pre: async (request) => {
            request.setSignal(AbortSignal.any([context.signal, AbortSignal.timeout(callMs)]))
            return request
          },
          post: async (response) => response,
        },
      ],
    })
    return new ClusterObjects(new KubernetesObjectApi(limited), context)
  }

  /** Undefined when it is not there. */
  async find(name: ObjectName): Promise<Found | undefined> {
    const found = await this.#repeat(`get ${name.kind} "${name.metadata.name}"`, async () => {
      try {
        return await this.#api.read(copyOf(name))
      } catch (error) {
        if (statusOf(error) === 404) return undefined
        throw error
      }
    })
    return found === undefined ? undefined : foundSchema.parse(found)
  }

  /** Makes an object unless one of its name is there; who made that one is for the caller to look at. */
  async create(manifest: Manifest): Promise<void> {
    await this.#repeat(`create ${manifest.kind} "${manifest.metadata.name}"`, async () => {
      try {
        await this.#api.create(copyOf(manifest), undefined, undefined, fieldManager)
      } catch (error) {
        if (statusOf(error) !== 409) throw error
      }
    })
  }

  /** Makes the object, or brings it to what the manifest says; one that is so already is not touched. */
  async apply(manifest: Manifest): Promise<void> {
    const { PatchStrategy } = await import('@kubernetes/client-node')
    const spec = copyOf(manifest)
    await this.#repeat(`apply ${manifest.kind} "${manifest.metadata.name}"`, () =>
      this.#api.patch(spec, undefined, undefined, fieldManager, true, PatchStrategy.ServerSideApply),
    )
  }

  /** Deletes the very object that was looked at; fine when it is gone. */
  async delete(name: ObjectName, { metadata: { uid } }: Found): Promise<void> {
    await this.#repeat(`delete ${name.kind} "${name.metadata.name}"`, async () => {
      try {
        const body = { preconditions: { uid } }
        await this.#api.delete(copyOf(name), undefined, undefined, undefined, undefined, undefined, body)
      } catch (error) {
        if (statusOf(error) !== 404) throw error
      }
    })
  }

  /** All objects of a kind in a namespace; none where the cluster does not know the kind. */
  async list(kind: { apiVersion: string; kind: string }, namespace: string): Promise<readonly Found[]> {
    return this.#repeat(`list ${kind.kind} objects in "${namespace}"`, async () => {
      try {
        const { items } = await this.#api.list(kind.apiVersion, kind.kind, namespace)
        return z.array(foundSchema).parse(items)
      } catch (error) {
        if (statusOf(error) === 404 || isUnknownKind(error)) return []
        throw error
      }
    })
  }

  /** Every call of this class may be repeated: what passes (429, 5xx, no answer) is tried again. */
  #repeat<T>(doing: string, call: () => Promise<T>): Promise<T> {
    const attempt = async (): Promise<T> => {
      try {
        return await call()
      } catch (error) {
        const status = statusOf(error)
        if (!isPassing(error)) throw status === undefined ? error : kubernetesError(doing, error)
        const why = status === undefined ? 'it does not answer' : `it answers HTTP ${status}`
        throw new PassingError(why, { waitMs: retryAfterMs(error), cause: error })
      }
    }
    return retrying('The Kubernetes API', attempt, this.#context)
  }
}

const isUnknownKind = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('Unrecognized API version and kind')
