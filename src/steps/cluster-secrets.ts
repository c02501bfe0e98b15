import type { CoreV1Api } from '@kubernetes/client-node'
import { z } from 'zod'

import { StepError } from './step-error.ts'

const apiException = z.object({ code: z.number(), body: z.unknown() })

const ownerLabel = 'onboard-bot.dev/onboarding-id'

const failure = (doing: string, error: unknown): StepError => {
  const code = apiException.safeParse(error).data?.code
  if (code === 401 || code === 403) {
    return new StepError(
      'authorisation',
      `The workflow's ServiceAccount may not ${doing} in this namespace. Give it that right.`,
    )
  }
  if (code === 404)
    return new StepError('bad-input', `Cannot ${doing}: the namespace does not exist. Create it first.`)
  return new StepError(
    'remote-down',
    `The Kubernetes API could not ${doing}${code === undefined ? '' : ` (HTTP ${code})`}.`,
  )
}

const isMissing = (error: unknown): boolean => apiException.safeParse(error).data?.code === 404

/** Secrets that outlive a run, in the namespace that is onboarded. Every method throws StepError. */
export class ClusterSecrets {
  readonly #core: CoreV1Api
  readonly #namespace: string
  readonly #onboardingId: string

  private constructor(options: { core: CoreV1Api; namespace: string; onboardingId: string }) {
    this.#core = options.core
    this.#namespace = options.namespace
    this.#onboardingId = options.onboardingId
  }

  static async open(about: { namespace: string; onboardingId: string }): Promise<ClusterSecrets> {
    const { CoreV1Api, KubeConfig } = await import('@kubernetes/client-node')
    const config = new KubeConfig()
    config.loadFromDefault()
    return new ClusterSecrets({ ...about, core: config.makeApiClient(CoreV1Api) })
  }

  /** Undefined when there is none; a Secret that is not ours is refused. */
  async read(name: string): Promise<Readonly<Record<string, string>> | undefined> {
    try {
      const { metadata, data = {} } = await this.#core.readNamespacedSecret({
        name,
        namespace: this.#namespace,
      })
      if (metadata?.labels?.[ownerLabel] !== this.#onboardingId) {
        throw new StepError(
          'refused',
          `A Secret "${name}" is there that this onboarding did not make. Move it away.`,
        )
      }
      return Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
      )
    } catch (error) {
      if (error instanceof StepError) throw error
      if (isMissing(error)) return undefined
      throw failure('read Secrets', error)
    }
  }

  /** Makes it, or makes it anew. */
  async write(name: string, values: Readonly<Record<string, string>>): Promise<void> {
    const known = await this.read(name)
    const metadata = { name, labels: { [ownerLabel]: this.#onboardingId } }
    const body = { metadata, type: 'Opaque', stringData: { ...values } }
    const { namespace } = { namespace: this.#namespace }
    try {
      if (known === undefined) await this.#core.createNamespacedSecret({ namespace, body })
      else await this.#core.replaceNamespacedSecret({ name, namespace, body })
    } catch (error) {
      throw failure('write Secrets', error)
    }
  }

  /** Fine when it is gone; one that is not ours is refused. */
  async remove(name: string): Promise<void> {
    if ((await this.read(name)) === undefined) return
    try {
      await this.#core.deleteNamespacedSecret({ name, namespace: this.#namespace })
    } catch (error) {
      if (!isMissing(error)) throw failure('delete Secrets', error)
    }
  }
}
