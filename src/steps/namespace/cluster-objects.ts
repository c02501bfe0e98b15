import type { KubernetesObject, KubernetesObjectApi } from '@kubernetes/client-node'
import { z } from 'zod'

import { KubernetesAccess } from '../kubernetes-access.ts'
import { statusOf } from '../kubernetes-error.ts'
import type { StepContext } from '../step.ts'

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

const rights = 'deploy/target-cluster/namespace-template.yaml'

/** A plain copy that the client may fill in: it completes what it is given. */
const copyOf = (object: Manifest | ObjectName): KubernetesObject & { metadata: { name: string } } => ({
  ...object,
  metadata: { ...object.metadata },
})

/** Objects of the cluster, by the rights of the step's ServiceAccount. Every method throws StepError. */
export class ClusterObjects {
  readonly #api: KubernetesObjectApi
  readonly #access: KubernetesAccess

  private constructor(api: KubernetesObjectApi, access: KubernetesAccess) {
    this.#api = api
    this.#access = access
  }

  static async open(context: Pick<StepContext, 'pace' | 'signal' | 'log'>): Promise<ClusterObjects> {
    const { KubernetesObjectApi } = await import('@kubernetes/client-node')
    const access = await KubernetesAccess.open({ rights, context })
    return new ClusterObjects(new KubernetesObjectApi(access.configuration), access)
  }

  /** Undefined when it is not there. */
  async find(name: ObjectName): Promise<Found | undefined> {
    return this.#access.repeat(`get ${name.kind} "${name.metadata.name}"`, async () => {
      try {
        return foundSchema.parse(await this.#api.read(copyOf(name)))
      } catch (error) {
        if (statusOf(error) === 404) return undefined
        throw error
      }
    })
  }

  /** Makes an object unless one of its name is there; who made that one is for the caller to look at. */
  async create(manifest: Manifest): Promise<void> {
    await this.#access.repeat(`create ${manifest.kind} "${manifest.metadata.name}"`, async () => {
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
    await this.#access.repeat(`apply ${manifest.kind} "${manifest.metadata.name}"`, () =>
      this.#api.patch(spec, undefined, undefined, fieldManager, true, PatchStrategy.ServerSideApply),
    )
  }

  /** Deletes the very object that was looked at; fine when it is gone. */
  async delete(name: ObjectName, { metadata: { uid } }: Found): Promise<void> {
    await this.#access.repeat(`delete ${name.kind} "${name.metadata.name}"`, async () => {
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
    return this.#access.repeat(`list ${kind.kind} objects in "${namespace}"`, async () => {
      try {
        const { items } = await this.#api.list(kind.apiVersion, kind.kind, namespace)
        return z.array(foundSchema).parse(items)
      } catch (error) {
        if (statusOf(error) === 404 || isUnknownKind(error)) return []
        throw error
      }
    })
  }
}

const isUnknownKind = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('Unrecognized API version and kind')
