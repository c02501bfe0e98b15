import { spawn } from 'node:child_process'
import { gunzipSync, gzipSync } from 'node:zlib'

import type { Subaccount } from '../../sandbox/btp/subaccounts.ts'
import type { BtpWorld, Profile } from './btp-world.ts'

/** What earlier steps leave, put there without running them. */
export class Seed {
  readonly #world: BtpWorld
  readonly #id: string

  constructor(world: BtpWorld) {
    this.#world = world
    this.#id = world.onboardingId()
  }

  /** A finished subaccount of this onboarding. */
  subaccount(subdomain = 'shop-prod'): Subaccount {
    const { accounts } = this.#world.btp
    const labels = { 'onboarding-id': [this.#id] }
    accounts.create({ displayName: 'Shop', subdomain, region: 'eu10', labels })
    const made = accounts.all().at(-1)
    if (made === undefined) throw new Error('nothing was created')
    made.looks = 10
    return made
  }

  /** A subaccount whose Service Manager we have access to. */
  access(): Subaccount {
    const made = this.subaccount()
    this.#world.btp.access.create(made.guid)
    return made
  }

  platform(subaccount: Subaccount, labels: object = { onboarding_id: [this.#id] }): void {
    const body = { name: 'prod-eu-73686f700000', type: 'kubernetes', labels }
    this.#world.btp.platforms.create(subaccount.guid, body)
  }

  operatorAccess(subaccount: Subaccount): void {
    const { instances } = this.#world.btp
    const body = {
      name: 'operator-access-73686f700000',
      service_offering_name: 'service-manager',
      service_plan_name: 'service-operator-access',
      labels: { onboarding_id: [this.#id] },
    }
    instances.create(subaccount.guid, body, false)
    const made = instances.access().at(-1)
    instances.bind(subaccount.guid, { name: body.name, service_instance_id: made?.id ?? '' })
  }

  /** The Secret that register-platform keeps; `owner` is whose label it carries. */
  connection(profile: Profile, owner = this.#id): void {
    const isOperator = profile === 'sap-btp-operator'
    const namespace = isOperator ? 'sap-btp-operator' : 'shop'
    const name = isOperator ? 'shop-sap-btp-service-operator' : 'service-manager-platform'
    if (isOperator) this.#world.kubernetes.createNamespace(namespace)
    const data = { username: 'dXNlcg==', password: 'c2VjcmV0LXBhc3N3b3Jk', url: 'aHR0cDovL3g=' }
    const metadata = { name, labels: { 'onboard-bot.dev/onboarding-id': owner } }
    const body = { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata, data }
    this.#world.kubernetes.objects.create({ resource: 'secrets', namespace, name }, body, 'seed')
  }

  /** A release as helm leaves it; `owner` is whose label it carries. */
  async release(
    profile: Profile,
    owner = profile === 'sap-btp-operator' ? 'shared' : this.#id,
  ): Promise<void> {
    const isOperator = profile === 'sap-btp-operator'
    const [name, namespace] = isOperator
      ? ['sap-btp-operator', 'sap-btp-operator']
      : ['service-broker-proxy', 'shop']
    const labels = `onboard-bot.dev/onboarding-id=${owner}`
    const child = spawn(
      'helm',
      ['upgrade', '--install', name, name, '--namespace', namespace, '--labels', labels],
      { env: this.#world.environment({ profile }), stdio: 'ignore' },
    )
    const code = await new Promise((resolve) => child.once('close', resolve))
    if (code !== 0) throw new Error('helm failed')
  }

  /** The Deployment of a release, as its controller leaves it. */
  deployment(name: string, release: string | undefined): void {
    const annotations = release === undefined ? {} : { 'meta.helm.sh/release-name': release }
    const body = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, annotations },
      spec: { replicas: 1, template: { metadata: { labels: { app: name } } } },
      status: { replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
    }
    this.#world.kubernetes.objects.create({ resource: 'deployments', namespace: 'shop', name }, body, 'seed')
  }

  /** A release that a killed helm left, in `status`. */
  async stuckRelease(profile: Profile, status: string): Promise<void> {
    await this.release(profile)
    const { objects } = this.#world.kubernetes
    const key = objects.keys().findLast(({ name }) => name.startsWith('sh.helm.release.v1.'))
    const found = key && objects.get(key)
    if (key === undefined || found === undefined) throw new Error('there is no release')
    const text = Buffer.from(
      String((found['data'] as Record<string, string>)['release']),
      'base64',
    ).toString()
    const release = JSON.parse(gunzipSync(Buffer.from(text, 'base64')).toString()) as { info: object }
    const changed = JSON.stringify({ ...release, info: { ...release.info, status } })
    const data = { release: Buffer.from(gzipSync(changed).toString('base64')).toString('base64') }
    const labels = { ...found.metadata.labels, status }
    objects.replace(key, { ...found, metadata: { ...found.metadata, labels }, data }, 'seed')
  }

  /** A service instance that the operator made in a namespace. */
  instanceInCluster(name: string, namespace = 'shop'): void {
    const { objects } = this.#world.kubernetes
    const definition = 'serviceinstances.services.cloud.sap.com'
    const key = { resource: 'customresourcedefinitions', namespace: '', name: definition }
    const annotations = {
      'meta.helm.sh/release-name': 'sap-btp-operator',
      'meta.helm.sh/release-namespace': 'sap-btp-operator',
    }
    if (objects.get(key) === undefined)
      objects.create(key, { metadata: { name: definition, annotations } }, 'seed')
    const body = { apiVersion: 'services.cloud.sap.com/v1', kind: 'ServiceInstance', metadata: { name } }
    objects.create({ resource: 'serviceinstances', namespace, name }, body, 'seed')
  }

  /** A broker that a proxy made, with its Secret where that is in the namespace. */
  broker(name: string, secretRef: { readonly name: string; readonly namespace: string }): void {
    const { objects } = this.#world.kubernetes
    const spec = { url: 'https://sm.test/v1/osb/1', authInfo: { basic: { secretRef } } }
    objects.create(
      { resource: 'clusterservicebrokers', namespace: '', name },
      { metadata: { name }, spec },
      'seed',
    )
    if (secretRef.namespace !== 'shop') return
    const body = { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { name: secretRef.name } }
    objects.create({ resource: 'secrets', namespace: 'shop', name: secretRef.name }, body, 'seed')
  }

  definition(name: string, annotations: Readonly<Record<string, string>> = {}): void {
    const key = { resource: 'customresourcedefinitions', namespace: '', name }
    this.#world.kubernetes.objects.create(key, { metadata: { name, annotations } }, 'seed')
  }
}
