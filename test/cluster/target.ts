import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

import {
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  KubernetesObjectApi,
  type KubernetesObject,
  PatchStrategy,
  RbacAuthorizationV1Api,
  type V1Pod,
} from '@kubernetes/client-node'
import { loadAll } from 'js-yaml'
import { vi } from 'vitest'
import { z } from 'zod'

import { repositoryRoot } from '../../sandbox/world.ts'
import { installationLabel } from '../../src/runner/workflow-metadata.ts'
import { doAll, type Tasks } from './do-all.ts'
import { readKubeconfig } from './kubeconfig.ts'
import type { ClusterSite, Disturbed } from './site.ts'

const workflowSchema = z.object({
  metadata: z.object({ name: z.string(), uid: z.string() }),
  status: z.object({ phase: z.string().optional() }).optional(),
})
type Workflow = z.infer<typeof workflowSchema>
const listSchema = z.object({ items: z.array(workflowSchema) })

/** What a run that was killed has left is found by it. */
const testLabel = { 'onboard-bot.dev/test': 'cluster' }

const run = promisify(execFile)

const isStatus = (status: number, error: unknown): boolean =>
  z.object({ code: z.literal(status) }).safeParse(error).success

/** Waits for a call; an answer with this status is as good. */
const unless = async (status: number, call: Promise<unknown>): Promise<void> => {
  try {
    await call
  } catch (error) {
    if (!isStatus(status, error)) throw error
  }
}

/** One real cluster, with an administrator's rights. Everything made here carries the suffix of this run. */
export class Target {
  readonly site: ClusterSite
  readonly installation: string
  readonly #config: KubeConfig
  readonly #made: KubernetesObject[] = []
  readonly #suffix: string

  constructor(site: ClusterSite, suffix = randomBytes(3).toString('hex')) {
    this.site = site
    this.#suffix = suffix
    this.installation = `test-${suffix}`
    this.#config = readKubeconfig(site.context)
  }

  /** Another cluster for the same run of the tests. */
  beside(site: ClusterSite): Target {
    return new Target(site, this.#suffix)
  }

  /** The name that one of deploy's ServiceAccounts has in this run. */
  named(name: string): string {
    return `${name}-${this.#suffix}`
  }

  /** Applies files of `deploy/target-cluster`, with the names of this run. */
  async grant(files: readonly string[]): Promise<void> {
    const objects = this.#config.makeApiClient(KubernetesObjectApi)
    for (const file of files) {
      const text = readFileSync(join(repositoryRoot, 'deploy/target-cluster', file), 'utf8')
      const renamed = text
        .replaceAll(/\bonboard-[a-z-]+(?=\]|$)/gm, (name) => this.named(name))
        .replaceAll(/\bshared\b/g, this.site.namespace)
      for (const document of loadAll(renamed)) {
        const object = document as KubernetesObject
        const isOfNamespace = object.kind?.startsWith('Cluster') !== true
        object.metadata = Object.assign(object.metadata ?? {}, {
          ...(isOfNamespace && { namespace: this.site.namespace }),
          labels: testLabel,
        })
        this.#made.push(object)
        // A second context may lead to the same cluster: what is there already is ours, by its suffix.
        await unless(409, objects.create(object))
      }
    }
  }

  /** What a test has made, should it still be there then. */
  removeAtTheEnd(object: KubernetesObject): void {
    this.#made.push(object)
  }

  async make(object: KubernetesObject): Promise<void> {
    object.metadata = Object.assign(object.metadata ?? {}, { labels: testLabel })
    this.removeAtTheEnd(object)
    await this.#config.makeApiClient(KubernetesObjectApi).create(object)
  }

  /** An object as Kubernetes has it; undefined when there is none. */
  async find(apiVersion: string, kind: string, name: string, namespace?: string): Promise<unknown> {
    const objects = this.#config.makeApiClient(KubernetesObjectApi)
    const metadata = { name, ...(namespace !== undefined && { namespace }) }
    try {
      return await objects.read({ apiVersion, kind, metadata })
    } catch (error) {
      if (isStatus(404, error)) return undefined
      throw error
    }
  }

  /** A kubeconfig of the bot's own ServiceAccount, as YAML. */
  async kubeconfig(): Promise<string> {
    const name = this.named('onboard-bot')
    const { namespace } = this.site
    const { status } = await this.#core.createNamespacedServiceAccountToken({
      name,
      namespace,
      body: { spec: { audiences: [], expirationSeconds: 7_200 } },
    })
    const bot = new KubeConfig()
    const cluster = this.#config.getCurrentCluster()
    if (cluster === null) throw new Error(`the context ${this.site.context} names no cluster`)
    const { caFile, caData = caFile && readFileSync(caFile).toString('base64') } = cluster
    bot.loadFromClusterAndUser(
      { ...cluster, ...(caData !== undefined && { caData }) },
      { name, token: status?.token ?? '' },
    )
    return bot.exportConfig()
  }

  async revoke(): Promise<void> {
    const name = this.named('onboard-bot')
    await this.#rbac.deleteNamespacedRoleBinding({ name, namespace: this.site.namespace })
  }

  async grantAgain(): Promise<void> {
    const binding = this.#made.find(
      ({ kind, metadata }) => kind === 'RoleBinding' && metadata?.name === this.named('onboard-bot'),
    )
    if (binding === undefined) throw new Error('nothing was granted')
    await this.#config.makeApiClient(KubernetesObjectApi).create(binding)
  }

  /** The workflows of this run of the tests, read from Kubernetes itself. */
  async workflows(): Promise<readonly Workflow[]> {
    const { items } = listSchema.parse(
      await this.#custom.listNamespacedCustomObject({
        ...this.#workflowKind,
        labelSelector: `${installationLabel}=${this.installation}`,
      }),
    )
    return items
  }

  async deleteWorkflow(name: string): Promise<void> {
    await unless(404, this.#custom.deleteNamespacedCustomObject({ ...this.#workflowKind, name }))
  }

  /** As Stop on Argo's page does. */
  async stopInArgo(name: string): Promise<void> {
    const { group, version, namespace } = this.#workflowKind
    const workflow = { apiVersion: `${group}/${version}`, kind: 'Workflow', metadata: { name, namespace } }
    const body = { ...workflow, spec: { shutdown: 'Stop' } }
    const objects = this.#config.makeApiClient(KubernetesObjectApi)
    await objects.patch(body, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch)
  }

  /** The phase of the pod of a workflow's step; undefined while there is none. */
  async podPhase(workflow: string, step: string): Promise<string | undefined> {
    return (await this.#pod(workflow, step))?.status?.phase
  }

  async podUid(workflow: string, step: string): Promise<string | undefined> {
    return (await this.#pod(workflow, step))?.metadata?.uid
  }

  async deletePod(workflow: string, step: string): Promise<void> {
    const name = (await this.#pod(workflow, step))?.metadata?.name
    if (name === undefined) throw new Error(`${workflow} has no pod for ${step}`)
    await this.#core.deleteNamespacedPod({ name, namespace: this.site.namespace, gracePeriodSeconds: 0 })
  }

  async #pod(workflow: string, step: string): Promise<V1Pod | undefined> {
    const { items } = await this.#core.listNamespacedPod({
      namespace: this.site.namespace,
      labelSelector: `workflows.argoproj.io/workflow=${workflow}`,
    })
    return items.find(({ metadata }) => metadata?.name?.startsWith(`${workflow}-${step}-`))
  }

  /** The Secrets of the runs of this run of the tests. */
  secrets(): Promise<readonly string[]> {
    return this.secretsIn(this.site.namespace, `${installationLabel}=${this.installation}`)
  }

  async secretsIn(namespace: string, labelSelector: string): Promise<readonly string[]> {
    const { items } = await this.#core.listNamespacedSecret({ namespace, labelSelector })
    return items.flatMap(({ metadata }) => metadata?.name ?? [])
  }

  /** Ends every pod of a Deployment, or runs the site's command; resolves when it is ready again. */
  async restart(program: Disturbed): Promise<void> {
    if ('restart' in program) {
      await this.#run(program.restart)
      return
    }
    if (!('deployment' in program)) throw new Error('the site does not say how it is restarted')
    const { namespace } = this.site
    const { spec } = await this.#apps.readNamespacedDeployment({ name: program.deployment, namespace })
    const labels = Object.entries(spec?.selector.matchLabels ?? {}).map((pair) => pair.join('='))
    const pods = { namespace, labelSelector: labels.join(',') }
    const before = await this.#core.listNamespacedPod(pods)
    const old = before.items.map(({ metadata }) => metadata?.uid)
    await this.#core.deleteCollectionNamespacedPod(pods)
    await vi.waitFor(
      async () => {
        const { items } = await this.#core.listNamespacedPod(pods)
        if (items.some(({ metadata }) => old.includes(metadata?.uid))) throw new Error('still ending')
      },
      { timeout: 120_000, interval: 500 },
    )
    await this.#ready(program.deployment)
  }

  async stop(program: Disturbed): Promise<void> {
    if ('stop' in program) await this.#run(program.stop)
    else if ('deployment' in program) await this.#scale(program.deployment, 0)
  }

  async start(program: Disturbed): Promise<void> {
    if ('start' in program) await this.#run(program.start)
    else if ('deployment' in program) {
      await this.#scale(program.deployment, 1)
      await this.#ready(program.deployment)
    }
  }

  /** Removes whatever this run has made. What cannot be removed keeps nothing else; then one error names it all. */
  async clean(): Promise<void> {
    const { namespace } = this.site
    const objects = this.#config.makeApiClient(KubernetesObjectApi)
    const made = this.#made.splice(0).toReversed()
    await doAll([
      [
        `the workflows in ${namespace}`,
        async () => {
          const names = (await this.workflows()).map(({ metadata }) => metadata.name)
          await doAll(names.map((name) => [name, () => this.deleteWorkflow(name)]))
        },
      ],
      [
        `the Secrets in ${namespace}`,
        async () => {
          const tasks: Tasks = (await this.secrets()).map((name) => [
            name,
            () => unless(404, this.#core.deleteNamespacedSecret({ name, namespace })),
          ])
          await doAll(tasks)
        },
      ],
      ...made.map((object): Tasks[number] => [
        `${object.kind} ${object.metadata?.name}`,
        () => unless(404, objects.delete(object)),
      ]),
    ])
  }

  async #scale(name: string, replicas: number): Promise<void> {
    const { namespace } = this.site
    const scale = await this.#apps.readNamespacedDeploymentScale({ name, namespace })
    scale.spec = { replicas }
    await this.#apps.replaceNamespacedDeploymentScale({ name, namespace, body: scale })
    if (replicas === 0) await this.#ready(name, 0)
  }

  async #ready(name: string, wanted = 1): Promise<void> {
    const { namespace } = this.site
    await vi.waitFor(
      async () => {
        const { metadata, status } = await this.#apps.readNamespacedDeployment({ name, namespace })
        const { readyReplicas = 0, replicas = 0, observedGeneration = 0 } = status ?? {}
        const isSeen = observedGeneration >= (metadata?.generation ?? 0)
        if (isSeen && readyReplicas === wanted && replicas === wanted) return
        throw new Error(`${name}: ${readyReplicas} of ${wanted} are ready`)
      },
      { timeout: 120_000, interval: 500 },
    )
  }

  async #run([program = '', ...words]: readonly string[]): Promise<void> {
    await run(program, words, { timeout: 120_000 })
  }

  get #core(): CoreV1Api {
    return this.#config.makeApiClient(CoreV1Api)
  }

  get #apps(): AppsV1Api {
    return this.#config.makeApiClient(AppsV1Api)
  }

  get #rbac(): RbacAuthorizationV1Api {
    return this.#config.makeApiClient(RbacAuthorizationV1Api)
  }

  get #custom(): CustomObjectsApi {
    return this.#config.makeApiClient(CustomObjectsApi)
  }

  get #workflowKind(): { group: string; version: string; namespace: string; plural: string } {
    return { group: 'argoproj.io', version: 'v1alpha1', namespace: this.site.namespace, plural: 'workflows' }
  }
}
