import { gunzipSync, gzipSync } from 'node:zlib'

import { z } from 'zod'

import type { Cluster } from './cluster.ts'

const releaseSchema = z.object({
  name: z.string(),
  namespace: z.string(),
  version: z.number(),
  info: z.object({
    first_deployed: z.string(),
    last_deployed: z.string(),
    description: z.string(),
    status: z.string(),
    rollback_revision: z.number().optional(),
  }),
  chart: z.object({ metadata: z.object({ name: z.string(), version: z.string(), appVersion: z.string() }) }),
  config: z.record(z.string(), z.unknown()),
  labels: z.record(z.string(), z.string()),
})
export type Release = z.infer<typeof releaseSchema>

const secretList = z.object({
  items: z.array(z.object({ data: z.object({ release: z.string() }) })),
})

/** helm's own encoding, which Kubernetes' base64 then wraps once more. */
const encode = (release: Release): string =>
  Buffer.from(gzipSync(JSON.stringify(release)).toString('base64')).toString('base64')

const decode = (text: string): Release => {
  const zipped = Buffer.from(Buffer.from(text, 'base64').toString(), 'base64')
  return releaseSchema.parse(JSON.parse(gunzipSync(zipped).toString()))
}

const bySeconds = (): string => String(Math.floor(Date.now() / 1_000))

/** Releases as helm keeps them: one Secret `sh.helm.release.v1.NAME.vN` per revision. */
export class Releases {
  readonly #cluster: Cluster
  readonly #path: string

  constructor(cluster: Cluster, namespace: string) {
    this.#cluster = cluster
    this.#path = `/api/v1/namespaces/${namespace}/secrets`
  }

  /** The revisions of a release, or of all, oldest first. */
  async revisions(name?: string): Promise<readonly Release[]> {
    const selector = name === undefined ? 'owner=helm' : `name=${name},owner=helm`
    const query = `?labelSelector=${encodeURIComponent(selector)}`
    const { items } = secretList.parse(await this.#cluster.call('GET', `${this.#path}${query}`))
    return items.map(({ data }) => decode(data.release)).toSorted((a, b) => a.version - b.version)
  }

  async create(release: Release): Promise<void> {
    await this.#cluster.call('POST', this.#path, this.#secretOf(release, { createdAt: bySeconds() }))
  }

  async update(release: Release): Promise<void> {
    const path = `${this.#path}/${this.#nameOf(release)}`
    await this.#cluster.call('PUT', path, this.#secretOf(release, { modifiedAt: bySeconds() }))
  }

  async remove(release: Release): Promise<void> {
    await this.#cluster.call('DELETE', `${this.#path}/${this.#nameOf(release)}`)
  }

  #nameOf({ name, version }: Release): string {
    return `sh.helm.release.v1.${name}.v${version}`
  }

  #secretOf(release: Release, times: object): object {
    const { name, version, info, labels } = release
    const own = { owner: 'helm', name, status: info.status, version: String(version) }
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'helm.sh/release.v1',
      metadata: { name: this.#nameOf(release), labels: { ...labels, ...times, ...own } },
      data: { release: encode(release) },
    }
  }
}
