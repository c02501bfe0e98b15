import type { V1Secret } from '@kubernetes/client-node'

import { type Cluster, isMissing, isThereAlready } from './cluster.ts'
import { type Claimed, ownerLabel } from './ownership.ts'
import type { Connection } from './profile.ts'
import { StepError } from './step-error.ts'

const platformAnnotation = 'onboard-bot.dev/platform-id'

interface Kept {
  readonly platform: string | undefined
  readonly values: Readonly<Record<string, string>>
  /** Another one after every change. */
  readonly version: string
}

/** The Secret with a namespace's credentials for the Service Manager; it outlives the run. Every method throws StepError. */
export class ConnectionSecret {
  readonly #cluster: Cluster
  readonly #connection: Connection

  constructor(cluster: Cluster, connection: Connection) {
    this.#cluster = cluster
    this.#connection = connection
  }

  /** Undefined when there is none; one that is not ours is refused. */
  async read(): Promise<Kept | undefined> {
    const { name, namespace, onboardingId } = this.#connection
    const found = await this.#find()
    if (found === undefined) return undefined
    if (found.metadata?.labels?.[ownerLabel] !== onboardingId) {
      throw new StepError(
        'refused',
        `The Secret "${name}" in "${namespace}" was not made by this onboarding: its label ${ownerLabel} is not ${onboardingId}. Whoever made it may need it: clean up, then ask again for another namespace; or retry when they have removed it.`,
      )
    }
    const values = Object.entries(found.data ?? {}).map(([key, value]) => [
      key,
      Buffer.from(value, 'base64').toString(),
    ])
    return {
      platform: found.metadata.annotations?.[platformAnnotation],
      version: found.metadata.resourceVersion ?? '',
      values: Object.fromEntries(values),
    }
  }

  /** Makes it, or makes it anew. The operator's namespace is made where it is missing; a product's never is. */
  async write(platform: string, values: Readonly<Record<string, string>>): Promise<void> {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const said = await this.#tryToWrite(platform, values)
      if (said === 'written') return
      if (said === 'no namespace') await this.#makeNamespace()
      // There already, or gone meanwhile: the next attempt looks anew.
    }
    const { name, namespace } = this.#connection
    throw new StepError(
      'conflict',
      `The Secret "${name}" in "${namespace}" is changed by others. Look who else writes it, then retry.`,
    )
  }

  async #tryToWrite(
    platform: string,
    values: Readonly<Record<string, string>>,
  ): Promise<'written' | 'no namespace' | 'there'> {
    const { name, namespace, onboardingId } = this.#connection
    const isThere = (await this.read()) !== undefined
    const metadata = {
      name,
      labels: { [ownerLabel]: onboardingId },
      annotations: { [platformAnnotation]: platform },
    }
    const body = { metadata, type: 'Opaque', stringData: { ...values } }
    const { core } = this.#cluster
    try {
      await this.#cluster.call(`write Secrets in "${namespace}"`, () =>
        isThere
          ? core.replaceNamespacedSecret({ name, namespace, body })
          : core.createNamespacedSecret({ namespace, body }),
      )
      return 'written'
    } catch (error) {
      // Replacing, it is the Secret itself that went meanwhile.
      if (isMissing(error)) return isThere ? 'there' : 'no namespace'
      if (isThereAlready(error)) return 'there'
      throw error
    }
  }

  /** What has its name, whosever it is; undefined when nothing has. */
  async claimed(): Promise<Claimed | undefined> {
    const { name, namespace } = this.#connection
    const found = await this.#find()
    const owner = found?.metadata?.labels?.[ownerLabel]
    return found && { what: `Secret "${name}" in "${namespace}"`, labelled: { name, namespace }, owner }
  }

  /** Fine when it is gone; what is not ours stays. */
  async remove(isOurs: (claimed: Claimed) => boolean | Promise<boolean>): Promise<void> {
    const claimed = await this.claimed()
    if (claimed === undefined || !(await isOurs(claimed))) return
    const { name, namespace } = this.#connection
    await this.#cluster.find(`delete Secrets in "${namespace}"`, () =>
      this.#cluster.core.deleteNamespacedSecret({ name, namespace }),
    )
  }

  #find(): Promise<V1Secret | undefined> {
    const { name, namespace } = this.#connection
    return this.#cluster.find(`read Secrets in "${namespace}"`, () =>
      this.#cluster.core.readNamespacedSecret({ name, namespace }),
    )
  }

  async #makeNamespace(): Promise<void> {
    const { namespace, isShared } = this.#connection
    if (!isShared)
      throw new StepError('bad-input', `There is no namespace "${namespace}". Create it, then retry.`)
    try {
      await this.#cluster.call(`create the namespace "${namespace}"`, () =>
        this.#cluster.core.createNamespace({ body: { metadata: { name: namespace } } }),
      )
    } catch (error) {
      if (!isThereAlready(error)) throw error
    }
  }
}
