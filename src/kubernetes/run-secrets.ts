import type { V1Secret } from '@kubernetes/client-node'

import { RemoteError } from '../onboarding/ports/remote-error.ts'
import type { RunSecrets } from '../onboarding/ports/run-secrets.ts'
import type { Cluster } from './cluster.ts'
import { remoteError } from './errors.ts'

/** The namespace of a cluster in which its workflows and their Secrets are. */
export interface SecretPlace {
  readonly cluster: () => Promise<Cluster>
  readonly namespace: string
}

interface Options {
  readonly places: ReadonlyMap<string, SecretPlace>
  readonly label: { readonly name: string; readonly value: string }
}

const encoded = (data: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]))

/** Calls for one run's Secret at a time; every method throws RemoteError. */
class ClusterSecrets {
  readonly #place: SecretPlace
  readonly #label: Options['label']

  constructor(place: SecretPlace, label: Options['label']) {
    this.#place = place
    this.#label = label
  }

  /** Undefined when there is none; a Secret of somebody else is refused. */
  async find(name: string): Promise<V1Secret | undefined> {
    const { core } = await this.#place.cluster()
    try {
      const secret = await core.readNamespacedSecret({ name, namespace: this.#place.namespace })
      if (secret.metadata?.labels?.[this.#label.name] === this.#label.value) return secret
      throw new RemoteError(`a Secret named ${name} is there and is not ours`, {
        code: 'exists',
        cure: 'Remove or rename that Secret.',
      })
    } catch (error) {
      const known = remoteError(`read the Secret ${name}`, error)
      if (known.code === 'not-found') return undefined
      throw known
    }
  }

  async create(name: string, data: Readonly<Record<string, string>>): Promise<void> {
    const { core } = await this.#place.cluster()
    const metadata = { name, labels: { [this.#label.name]: this.#label.value } }
    const body = { metadata, type: 'Opaque', immutable: true, data: encoded(data) }
    try {
      await core.createNamespacedSecret({ namespace: this.#place.namespace, body })
    } catch (error) {
      throw remoteError(`create the Secret ${name}`, error)
    }
  }

  async own(name: string, workflow: { name: string; uid: string }): Promise<void> {
    const found = await this.find(name)
    if (found === undefined) return
    const { PatchStrategy, setHeaderOptions } = await import('@kubernetes/client-node')
    const { core } = await this.#place.cluster()
    const owner = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', ...workflow }
    // Only the very object that was looked at: Kubernetes refuses a patch that names another uid.
    const body = { metadata: { uid: found.metadata?.uid, ownerReferences: [owner] } }
    const options = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)
    try {
      await core.patchNamespacedSecret({ name, namespace: this.#place.namespace, body }, options)
    } catch (error) {
      throw remoteError(`give the Secret ${name} its owner`, error)
    }
  }

  async remove(name: string): Promise<void> {
    const found = await this.find(name)
    if (found === undefined) return
    const { core } = await this.#place.cluster()
    const uid = found.metadata?.uid
    try {
      // Only the very object that was looked at.
      const body = uid === undefined ? {} : { preconditions: { uid } }
      await core.deleteNamespacedSecret({ name, namespace: this.#place.namespace, body })
    } catch (error) {
      const known = remoteError(`delete the Secret ${name}`, error)
      if (known.code !== 'not-found') throw known
    }
  }
}

const decoded = ({ data = {} }: V1Secret): Record<string, string> =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  )

/** One Secret per run, immutable while it lives; a Secret without our label is never touched. No right to list is needed. */
export const createRunSecrets = ({ places, label }: Options): RunSecrets => {
  const at = (cluster: string): ClusterSecrets => {
    const place = places.get(cluster)
    if (place !== undefined) return new ClusterSecrets(place, label)
    throw new RemoteError(`the cluster ${cluster} is not in the configuration any more`, {
      code: 'unreachable',
    })
  }
  return {
    make: async (cluster, name, data) => {
      await at(cluster).remove(name)
      await at(cluster).create(name, data)
    },
    own: async (cluster, name, workflow) => at(cluster).own(name, workflow),
    read: async (cluster, name) => {
      const secret = await at(cluster).find(name)
      return secret && decoded(secret)
    },
    remove: async (cluster, name) => at(cluster).remove(name),
  }
}
