import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'

import { startCharts } from '../../sandbox/charts.ts'
import { deployedRules } from '../deploy/deployed-rules.ts'
import { Seed } from './btp-seed.ts'
import { BtpWorld, making, type Profile, undoing } from './btp-world.ts'

// Every run is a process of its own.
vi.setConfig({ testTimeout: 120_000 })

let world: BtpWorld
beforeEach(async () => {
  world = await BtpWorld.start()
})
afterEach(async () => {
  await world.stop()
})

const made: Readonly<Record<Profile, readonly string[]>> = {
  'sap-btp-operator': [
    'access operator-access-73686f700000',
    'binding operator-access-73686f700000',
    'release sap-btp-operator deployed',
    'secret sap-btp-operator/shop-sap-btp-service-operator',
    'subaccount shop-prod',
  ],
  'service-broker-proxy': [
    'platform prod-eu-73686f700000',
    'release service-broker-proxy deployed',
    'secret shop/service-manager-platform',
    'subaccount shop-prod',
  ],
}

describe.each(['sap-btp-operator', 'service-broker-proxy'] as const)(
  'the steps of the profile %s',
  (profile) => {
    it('make everything once, and a second run makes nothing more', async () => {
      await world.mustRun(making, { profile })
      expect(world.inventory()).toEqual(made[profile])
      await world.mustRun(making, { profile })
      expect(world.inventory()).toEqual(made[profile])
      expect(world.btp.calls.filter((call) => call === 'POST /accounts/v1/subaccounts')).toHaveLength(1)
    })

    it('undo everything, and find it done when they run again', async () => {
      await world.mustRun(making, { profile })
      const environment = { REMOVE_OPERATOR: 'yes' }
      for (let round = 0; round < 2; round += 1) {
        const { outputs } = await world.mustRun(undoing, { profile, environment })
        expect(outputs['remaining']).toBe('[]')
        expect(world.inventory()).toEqual([])
      }
    })
  },
)

describe('what a killed run left', () => {
  it.each([
    ['service-broker-proxy', 'pending-install'],
    ['service-broker-proxy', 'uninstalling'],
    ['sap-btp-operator', 'pending-install'],
    ['sap-btp-operator', 'failed'],
  ] as const)('a release of %s that is %s is put right', async (profile, status) => {
    const seed = new Seed(world)
    seed.connection(profile)
    await seed.stuckRelease(profile, status)
    await world.mustRun(['install-proxy'], { profile })
    expect(world.inventory().filter((one) => one.endsWith(' deployed'))).toEqual([
      `release ${profile} deployed`,
    ])
  })

  it('a release that was being upgraded goes back to what worked, and is upgraded then', async () => {
    const seed = new Seed(world)
    seed.connection('service-broker-proxy')
    await seed.release('service-broker-proxy')
    await seed.stuckRelease('service-broker-proxy', 'pending-upgrade')
    await world.mustRun(['install-proxy'], { profile: 'service-broker-proxy' })
    const labels = world.kubernetes.secrets
      .list('shop')
      .filter(({ type }) => type === 'helm.sh/release.v1')
      .map(({ metadata }) => `${metadata.labels?.['version']} ${metadata.labels?.['status']}`)
    expect(labels.toSorted()).toEqual(['1 superseded', '2 superseded', '3 superseded', '4 deployed'])
  })

  it('the password of a platform that nobody kept is made anew', async () => {
    const seed = new Seed(world)
    seed.platform(seed.access())
    const [before] = world.btp.platforms.all()
    const lost = before?.credentials.password
    await world.mustRun(['register-platform'], { profile: 'service-broker-proxy' })
    const kept = world.kubernetes.secret('shop', 'service-manager-platform')
    expect(world.btp.platforms.all()).toHaveLength(1)
    expect(kept?.['password']).toBe(world.btp.platforms.all()[0]?.credentials.password)
    expect(kept?.['password']).not.toBe(lost)
  })

  it('a proxy starts anew with a password that was made anew, once, and no other Deployment does', async () => {
    const profile = 'service-broker-proxy'
    const seed = new Seed(world)
    seed.access()
    const { objects } = world.kubernetes
    const templates = (): readonly unknown[] =>
      ['proxy', 'shop'].map((name) => {
        const found = objects.get({ resource: 'deployments', namespace: 'shop', name })
        return z.object({ template: z.object({ metadata: z.unknown() }) }).parse(found?.['spec']).template
          .metadata
      })
    seed.deployment('proxy', 'service-broker-proxy')
    seed.deployment('shop', undefined)
    const before = templates()
    await world.mustRun(['register-platform', 'install-proxy', 'install-proxy'], { profile })
    expect(templates()).toEqual(before)
    objects.remove({ resource: 'secrets', namespace: 'shop', name: 'service-manager-platform' })
    const { log } = await world.mustRun(['register-platform', 'install-proxy'], { profile })
    expect(log).toContain('starting the proxy with its new credentials')
    const after = templates()
    expect(after).toEqual([
      {
        labels: { app: 'proxy' },
        annotations: { 'onboard-bot.dev/credentials': expect.any(String) as string },
      },
      before[1],
    ])
    await world.mustRun(['register-platform', 'install-proxy'], { profile })
    expect(templates()).toEqual(after)
  })

  it('a subaccount whose creation failed makes room for a new one', async () => {
    new Seed(world).subaccount().isFailed = true
    const [failed] = world.btp.accounts.all()
    await world.mustRun(['create-subaccount'])
    expect(world.inventory()).toEqual(['subaccount shop-prod'])
    expect(world.btp.accounts.all()[0]?.guid).not.toBe(failed?.guid)
  })
})

describe('lists that lag behind creations', () => {
  it.each([
    ['with the id that the failed step said', 3, true],
    ['with that id, however long they lag', 1_000, true],
    ['without any id', 3, false],
  ])('hide no failed subaccount from its clean-up %s', async (_, laggingLists, isKnown) => {
    Object.assign(world.btp.faults, { laggingLists, failsCreation: true })
    const { code, outputs } = await world.run('create-subaccount')
    expect(code).toBe(4)
    expect(world.inventory()).toEqual(['subaccount shop-prod'])
    const environment = { SUBACCOUNT_ID: isKnown ? (outputs['subaccount-id'] ?? '') : '' }
    const undone = await world.mustRun(undoing, { environment })
    expect(world.inventory()).toEqual([])
    expect(undone.outputs['remaining']).toBe('[]')
  })

  it.each([
    ['unregister-platform', 'without any id'],
    ['delete-subaccount', 'without any id'],
    ['unregister-platform', 'after another one that is gone'],
    ['delete-subaccount', 'after another one that is gone'],
  ])('are looked at patiently by %s %s', async (step, how) => {
    const seed = new Seed(world)
    const subaccount = step === 'delete-subaccount' ? seed.subaccount() : seed.access()
    subaccount.hiddenLists = 3
    const environment = { SUBACCOUNT_ID: how === 'without any id' ? '' : 'gone' }
    await world.mustRun([step], { environment })
    expect(world.inventory()).toEqual(step === 'delete-subaccount' ? [] : ['subaccount shop-prod'])
    expect(world.btp.calls.some((call) => call.startsWith('DELETE /accounts'))).toBe(true)
  })

  it('hide nothing that is left: what a list shows only after the deletion is named', async () => {
    const known = new Seed(world).subaccount('shop-one')
    const late = new Seed(world).subaccount('shop-two')
    late.hiddenLists = 1
    const environment = { SUBACCOUNT_ID: known.guid }
    const { outputs } = await world.mustRun(['delete-subaccount'], { environment })
    expect(outputs['remaining']).toContain(late.guid)
    expect(outputs['remaining']).not.toContain(known.guid)
  })

  it('hide nothing that is left: what was forced away is named by its id', async () => {
    const subaccount = new Seed(world).subaccount()
    subaccount.hiddenLists = 1_000
    const environment = { SUBACCOUNT_ID: subaccount.guid, FORCE_DELETE: 'yes' }
    const { outputs } = await world.mustRun(['delete-subaccount'], { environment })
    expect(outputs['remaining']).toContain(subaccount.guid)
  })

  it('are waited for when the subdomain is taken after an answer that was lost', async () => {
    world.btp.faults.laggingLists = 20
    world.btp.faults.lostAnswers.push('POST /accounts')
    const { code, outputs } = await world.run('create-subaccount')
    expect([code, outputs['subaccount-id']]).toEqual([0, world.btp.accounts.all()[0]?.guid])
  })

  it('leave open whose a subdomain is that was taken after an answer that was lost', async () => {
    world.btp.faults.laggingLists = 1_000
    world.btp.faults.lostAnswers.push('POST /accounts')
    const { code, message, outputs } = await world.run('create-subaccount')
    expect([code, message]).toEqual([
      6,
      'SAP BTP says that the subdomain "shop-prod" is taken in eu10. It did not answer before whether it created the subaccount, so nobody knows yet whether that is ours. Retry later.',
    ])
    expect(outputs['subaccount-id']).toBe('unknown')
  })

  it('keep the clean-up from saying that nothing is left, where nobody knows what was made', async () => {
    new Seed(world).subaccount().hiddenLists = 1_000
    const environment = { SUBACCOUNT_ID: 'unknown' }
    const { outputs, log } = await world.mustRun(undoing, { environment })
    expect(outputs['remaining']).toBe('')
    expect(log).toContain('never said whether it made the subaccount')
    expect(world.inventory()).toEqual(['subaccount shop-prod'])
  })

  it('are looked at for longer by the clean-up where nobody knows what was made', async () => {
    new Seed(world).subaccount().hiddenLists = 12
    const environment = { SUBACCOUNT_ID: 'unknown' }
    const { outputs } = await world.mustRun(undoing, { environment })
    expect(outputs['remaining']).toBe('[]')
    expect(world.inventory()).toEqual([])
  })

  it.each([
    ['is not known while the answer is lost', 'unknown', { status: 0 }],
    ['is none once it was refused', '', { status: 403 }],
  ])('the id of a subaccount %s', async (_, id, answer) => {
    world.btp.faults.planned.push({ on: 'POST /accounts', times: 99, ...answer })
    const { code, outputs } = await world.run('create-subaccount')
    expect([code, outputs['subaccount-id']]).toEqual([answer.status === 0 ? 5 : 3, id])
  })

  it('the id of a subaccount is not known when the pod is killed while it is asked for', async () => {
    let outputs: Readonly<Record<string, string>> = {}
    for (let killAfter = 1; ; killAfter += 1) {
      ;({ outputs } = await world.run('create-subaccount', { killAfter }))
      if (world.btp.accounts.all().length > 0) break
    }
    expect(outputs['subaccount-id']).toBe('unknown')
  })

  it.each([
    ['with the id of the step before', 1_000, true],
    ['without any id', 3, false],
  ])('do not keep the platform from being registered %s', async (_, laggingLists, isKnown) => {
    world.btp.faults.laggingLists = laggingLists
    const { outputs } = await world.mustRun(['create-subaccount'])
    const environment = { SUBACCOUNT_ID: isKnown ? (outputs['subaccount-id'] ?? '') : '' }
    await world.mustRun(['register-platform'], { environment })
    expect(world.inventory()).toContain('access operator-access-73686f700000')
  })

  it.each(['register-platform', 'unregister-platform', 'delete-subaccount'])(
    'are no reason for %s to touch what has the id and not our label',
    async (step) => {
      const foreign = world.btp.accounts.add('other')
      const ended = await world.run(step, { environment: { SUBACCOUNT_ID: foreign.guid } })
      expect(ended.code).toBe(7)
      expect(ended.message).toContain(`"other" (${foreign.guid}) does not carry the label of this onboarding`)
      expect(world.inventory()).toEqual(['subaccount other'])
    },
  )
})

describe('the operator is one for the cluster:', () => {
  it('an onboarding beside another adds its own Secret, and takes only that away', async () => {
    const environment = { REMOVE_OPERATOR: 'yes' }
    await world.mustRun(making)
    await world.mustRun(making, { namespace: 'billing' })
    expect(world.inventory().filter((one) => one.startsWith('release'))).toEqual([
      'release sap-btp-operator deployed',
    ])
    const { log } = await world.mustRun(['uninstall-proxy'], { environment })
    expect(log).toContain('"message":"the operator stays","reason":"in use by 1 other connection"')
    expect(world.inventory()).toContain('release sap-btp-operator deployed')
    expect(world.inventory()).toContain('secret sap-btp-operator/billing-sap-btp-service-operator')
    expect(world.inventory()).not.toContain('secret sap-btp-operator/shop-sap-btp-service-operator')
  })

  it('one that is deployed is left as it is, whatever version and values the template names', async () => {
    await world.mustRun(making)
    const environment = { OPERATOR_CHART_VERSION: 'v9', OPERATOR_CHART_VALUES: '{ cluster: { id: other } }' }
    await world.mustRun(['install-proxy'], { environment })
    const revisions = world.kubernetes.secrets
      .list('sap-btp-operator')
      .filter(({ type }) => type === 'helm.sh/release.v1')
    expect(revisions.map(({ metadata }) => metadata.labels?.['version'])).toEqual(['1'])
  })

  it('one that somebody else installed in its namespace is used, and never removed', async () => {
    const seed = new Seed(world)
    seed.connection('sap-btp-operator')
    await seed.release('sap-btp-operator', 'platform-team')
    await world.mustRun(['install-proxy', 'uninstall-proxy'], { environment: { REMOVE_OPERATOR: 'yes' } })
    expect(world.inventory()).toEqual(['release sap-btp-operator deployed'])
  })
})

describe('the rights of deploy/target-cluster/sap-btp-template.yaml', () => {
  it('are enough where the operator is there already', async () => {
    const rules = [...deployedRules('sap-btp-template.yaml')]
    world.kubernetes.rules.set(world.kubernetes.identity('onboard-steps'), rules)
    world.useRights('onboard-steps')
    new Seed(world).definition('serviceinstances.services.cloud.sap.com', {
      'meta.helm.sh/release-name': 'operator',
      'meta.helm.sh/release-namespace': 'sap-btp-operator',
    })
    // There is no release of the name that ours would have.
    expect((await world.mustRun(making)).outputs).toEqual({})
    const { outputs } = await world.mustRun(undoing)
    expect(outputs['remaining']).toBe('[]')
    expect(world.inventory()).toEqual([])
  })
})

describe('a cluster that is gone', () => {
  const nowhere = (server: string, more: object = {}): string =>
    JSON.stringify({
      'current-context': 'gone',
      contexts: [{ name: 'gone', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server, ...more } }],
      users: [{ name: 'u', user: { token: 'x' } }],
    })
  const gone = nowhere('https://127.0.0.1:10')

  it.each(['sap-btp-operator', 'service-broker-proxy'] as const)(
    'is left out with a warning where that is allowed, and nobody says that nothing is left in it (%s)',
    async (profile) => {
      await world.mustRun(making, { profile })
      const environment = { TARGET_KUBECONFIG: gone, SKIP_GONE_CLUSTER: 'yes', RETRY_WITHIN_MS: '200' }
      const inCluster = world.inventory().filter((one) => /^(?:release|secret) /.test(one))
      for (const step of undoing) {
        const { log, outputs } = await world.mustRun([step], { profile, environment })
        expect(log).toContain('"message":"left out what is in the cluster","level":"warn"')
        expect(outputs).toEqual(step === 'delete-subaccount' ? { remaining: '' } : {})
      }
      expect(world.inventory()).toEqual(inCluster)
    },
  )

  const leftOut = { TARGET_KUBECONFIG: gone, SKIP_GONE_CLUSTER: 'yes', RETRY_WITHIN_MS: '200' }

  it('takes along the instances that its operator made, whatever id it gave the cluster', async () => {
    const seed = new Seed(world)
    const subaccount = seed.access()
    seed.operatorAccess(subaccount)
    const { instances, calls } = world.btp
    const [access] = instances.access()
    for (const cluster of ['prod-eu', 'prod-eu', 'random-7'])
      instances.addByOperator(subaccount.guid, `db-${instances.all().length}`, cluster)
    const { log } = await world.mustRun(undoing.slice(0, 2), { environment: leftOut })
    expect(log).toContain('made","level":"warn","names":["db-1","db-2","db-3"],"count":3')
    expect(instances.all()).toEqual([])
    expect(calls.filter((call) => call.includes('/clusters/'))).toEqual([
      `DELETE /v1/platforms/${access?.id}/clusters/prod-eu`,
      `DELETE /v1/platforms/${access?.id}/clusters/random-7`,
    ])
    await world.mustRun(undoing, { environment: leftOut })
    expect(world.inventory()).toEqual([])
  })

  it('takes along the instances that its proxy made', async () => {
    const profile = 'service-broker-proxy'
    const seed = new Seed(world)
    const subaccount = seed.access()
    seed.platform(subaccount)
    const [platform] = world.btp.platforms.all()
    world.btp.instances.add(subaccount.guid, 'orders-db', platform?.id)
    world.btp.faults.connectedDeletions = 2
    const { log } = await world.mustRun(['unregister-platform'], { profile, environment: leftOut })
    expect(log).toContain('made","level":"warn","names":["orders-db"],"count":1')
    expect(world.btp.instances.all()).toEqual([])
    await world.mustRun(undoing, { profile, environment: leftOut })
    expect(world.inventory()).toEqual([])
  })

  it('does not take along what the access of somebody else made: that stops the clean-up by name', async () => {
    const seed = new Seed(world)
    const subaccount = seed.access()
    world.btp.instances.addByOperator(subaccount.guid, 'orders-db', 'test-eu')
    seed.operatorAccess(subaccount)
    const ended = await world.run('unregister-platform', { environment: leftOut })
    expect([ended.code, ended.message]).toEqual([
      4,
      '1 service instance is still in use in the subaccount "Shop": orders-db. Delete it, then clean up again.',
    ])
    expect(world.inventory()).toContain('access operator-access-73686f700000')
  })

  it.each(['sap-btp-operator', 'service-broker-proxy'] as const)(
    'takes nothing along while the subaccount has an instance that it did not make (%s)',
    async (profile) => {
      const seed = new Seed(world)
      const subaccount = seed.access()
      const { instances, platforms } = world.btp
      if (profile === 'sap-btp-operator') seed.operatorAccess(subaccount)
      else seed.platform(subaccount)
      instances.addByOperator(subaccount.guid, 'orders-db', 'prod-eu')
      if (profile === 'service-broker-proxy')
        instances.add(subaccount.guid, 'proxy-db', platforms.all()[0]?.id)
      instances.add(subaccount.guid, 'cockpit-db')
      const before = instances.all()
      const ended = await world.run('unregister-platform', { profile, environment: leftOut })
      expect(ended.code).toBe(4)
      expect(ended.message).toContain('cockpit-db. Delete')
      expect(ended.message).not.toContain('proxy-db')
      expect(instances.all()).toEqual(before)
    },
  )

  it('is none while it answers: its instances stop the clean-up, whatever the template allows', async () => {
    const seed = new Seed(world)
    const subaccount = seed.access()
    seed.operatorAccess(subaccount)
    world.btp.instances.addByOperator(subaccount.guid, 'orders-db', 'prod-eu')
    const environment = { ...leftOut, TARGET_KUBECONFIG: world.kubernetes.kubeconfig('admin') }
    const ended = await world.run('unregister-platform', { environment })
    expect(ended.message).toBe(
      '1 service instance is still in use in the subaccount "Shop": orders-db. Delete it, then clean up again.',
    )
    expect(world.btp.calls.filter((call) => call.includes('/clusters/'))).toEqual([])
  })

  it('does not hide what is left in SAP BTP', async () => {
    new Seed(world).subaccount()
    const environment = {
      TARGET_KUBECONFIG: gone,
      SKIP_GONE_CLUSTER: 'yes',
      FORCE_DELETE: 'yes',
      RETRY_WITHIN_MS: '200',
    }
    const { outputs } = await world.mustRun(['delete-subaccount'], { environment })
    expect(outputs['remaining']).toMatch(
      /^\["subaccount .*deleted by force: SAP BTP keeps it for seven days, .*Clean up again after that."\]$/,
    )
  })

  it.each(undoing)('stops %s where the template does not allow to leave it out', async (step) => {
    const environment = { TARGET_KUBECONFIG: gone, RETRY_WITHIN_MS: '200' }
    const ended = await world.run(step, { environment })
    expect(ended.code).toBe(5)
    expect(ended.message).toContain('127.0.0.1:10 refuses the connection')
    expect(ended.outputs).toEqual({})
  })

  it.each<[string, number, (() => Record<string, string>) | undefined]>([
    ['answers that it has trouble', 5, undefined],
    [
      'does not take the credentials',
      3,
      () => ({
        TARGET_KUBECONFIG: world.kubernetes.kubeconfig('admin').replace(/token: .*/, 'token: other'),
      }),
    ],
    [
      'is behind a proxy that is gone',
      5,
      () => ({
        TARGET_KUBECONFIG: nowhere('https://k8s.test', { 'proxy-url': 'http://bob:top-secret@127.0.0.1:9' }),
      }),
    ],
    [
      'speaks no TLS',
      5,
      () => ({ TARGET_KUBECONFIG: nowhere(world.kubernetes.url.replace('http:', 'https:')) }),
    ],
  ])('is none that %s', async (what, code, environmentOf) => {
    if (environmentOf === undefined)
      world.kubernetes.faults.answers.push({ request: 'GET /', status: 503, message: 'no', times: 99 })
    const environment = {
      SKIP_GONE_CLUSTER: 'yes',
      RETRY_WITHIN_MS: '200',
      TARGET_KUBECONFIG: world.kubernetes.kubeconfig('admin'),
      ...environmentOf?.(),
    }
    const ended = await world.run('uninstall-proxy', { environment })
    expect([what, ended.code]).toEqual([what, code])
  })

  it('is not the one that the step runs in, whatever it says', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onboard-bot-gone-'))
    writeFileSync(join(folder, 'kubeconfig'), gone)
    const environment = {
      SKIP_GONE_CLUSTER: 'yes',
      KUBECONFIG: join(folder, 'kubeconfig'),
      RETRY_WITHIN_MS: '200',
    }
    const ended = await world.run('uninstall-proxy', { environment })
    rmSync(folder, { recursive: true })
    expect(ended.code).toBe(5)
    expect(ended.message).toContain('127.0.0.1:10 refuses the connection')
  })
})

describe('a subaccount whose access to the Service Manager is gone', () => {
  it('is looked into all the same: what others have in it stops the clean-up by name', async () => {
    const subaccount = new Seed(world).subaccount()
    for (let index = 0; index < 250; index += 1) world.btp.instances.add(subaccount.guid, `db-${index}`)
    const ended = await world.run('unregister-platform')
    expect(ended.message).toBe(
      '250 service instances are still in use in the subaccount "Shop": db-0, db-1, db-2, db-3, db-4, db-5, db-6, db-7, db-8, db-9 and 240 more. Delete them, then clean up again.',
    )
    expect(ended.code).toBe(4)
  })

  it('is given up with what is ours in it, and no access is left', async () => {
    const subaccount = new Seed(world).subaccount()
    new Seed(world).platform(subaccount)
    await world.mustRun(['unregister-platform'], { profile: 'service-broker-proxy' })
    expect(world.inventory()).toEqual(['subaccount shop-prod'])
    expect(world.btp.access.has(subaccount.guid)).toBe(false)
  })

  it('is not called empty where access is refused: its deletion then tells what is in it', async () => {
    const subaccount = new Seed(world).subaccount()
    world.btp.instances.add(subaccount.guid, 'orders-db')
    world.btp.faults.planned.push({ on: 'POST /accounts/v1/subaccounts/', status: 403, times: 99 })
    const { log } = await world.mustRun(['unregister-platform'])
    expect(log).toContain('"message":"could not look into the subaccount","level":"warn"')
    expect(log).toContain('"message":"gone, where it could look"')
    const ended = await world.run('delete-subaccount')
    expect(ended.code).toBe(4)
    expect(ended.message).toMatch(/is still in use: it has service instances\. Remove them/)
  })

  it('is not asked for access where its creation failed: nothing can be in it', async () => {
    new Seed(world).subaccount().isFailed = true
    await world.mustRun(['unregister-platform', 'delete-subaccount'])
    expect(world.inventory()).toEqual([])
    expect(world.btp.calls.filter((call) => call.startsWith('POST /accounts'))).toEqual([])
  })
})

describe('the access of an operator that takes too long', () => {
  it('is an output all the same, so that a clean-up knows of it', async () => {
    new Seed(world).subaccount()
    const labels = { onboarding_id: [world.onboardingId()] }
    const body = { items: [{ id: 'access-1', name: 'access', ready: false, labels }] }
    world.btp.faults.planned.push({ on: 'GET /v1/service_instances', status: 200, body, times: 999 })
    const { code, outputs } = await world.run('register-platform')
    expect([code, outputs['operator-access-id']]).toEqual([6, 'access-1'])
  })
})

describe('a service instance that others have in the subaccount', () => {
  it.each(['sap-btp-operator', 'service-broker-proxy'] as const)(
    'stops the clean-up by name before anything is taken away (%s)',
    async (profile) => {
      const { outputs } = await world.mustRun(['create-subaccount'], { profile })
      await world.mustRun(making.slice(1), { profile })
      world.btp.instances.add(outputs['subaccount-id'] ?? '', 'orders-db')
      const ended = await world.run('uninstall-proxy', { profile })
      expect([ended.code, ended.message]).toEqual([
        4,
        '1 service instance is still in use in the subaccount "Shop": orders-db. Delete it, then clean up again.',
      ])
      expect(world.inventory()).toEqual(made[profile])
      // A deletion by force takes it along.
      await world.mustRun(['uninstall-proxy'], { profile, environment: { FORCE_DELETE: 'yes' } })
    },
  )
})

describe('the service catalogue that a proxy serves', () => {
  it.each([true, false])(
    'is looked for once the proxy runs, and its absence is a warning: %s',
    async (isThere) => {
      const seed = new Seed(world)
      if (isThere) seed.definition('clusterservicebrokers.servicecatalog.k8s.io')
      seed.connection('service-broker-proxy')
      const { log } = await world.mustRun(['install-proxy'], { profile: 'service-broker-proxy' })
      expect(log.includes('has no servicecatalog.k8s.io')).toBe(!isThere)
    },
  )
})

describe('what a proxy made while it ran', () => {
  it('goes with it: brokers of this namespace and their Secrets, and no others', async () => {
    const seed = new Seed(world)
    seed.definition('clusterservicebrokers.servicecatalog.k8s.io')
    seed.broker('sm-orders-1', { name: 'broker-1', namespace: 'shop' })
    seed.broker('sm-orders-2', { name: 'broker-2', namespace: 'billing' })
    seed.broker('orders-3', { name: 'broker-3', namespace: 'shop' })
    const { log } = await world.mustRun(['uninstall-proxy'], { profile: 'service-broker-proxy' })
    expect(log).toContain('"brokers":["sm-orders-1"]')
    const left = world.kubernetes.objects
      .keys()
      .filter(({ resource, name }) => resource === 'clusterservicebrokers' || name.startsWith('broker-'))
    expect(left.map(({ name }) => name)).toEqual(['sm-orders-2', 'orders-3', 'broker-3'])
  })
})

describe('a remote that works again', () => {
  it.each(['seconds', 'http-date', 'sap-date', 'reset', 'none'] as const)(
    'is asked again when it says (%s)',
    async (form) => {
      Object.assign(world.btp.faults, { rateLimited: 1, rateLimitForm: form })
      const began = Date.now()
      await world.mustRun(['create-subaccount'], { environment: { RETRY_WITHIN_MS: '10000' } })
      expect(world.inventory()).toEqual(['subaccount shop-prod'])
      if (form !== 'none') expect(Date.now() - began).toBeGreaterThan(900)
    },
  )

  it.each([
    ['the answer to a creation is lost', (): unknown => world.btp.faults.lostAnswers.push('POST /accounts')],
    [
      'a creation is answered by 500 after it was carried out',
      (): unknown => world.btp.faults.planned.push({ on: 'POST /accounts', status: 500, isCarriedOut: true }),
    ],
    [
      'lists lag behind a creation that is accepted without a body',
      (): unknown => {
        world.btp.faults.laggingLists = 3
        return world.btp.faults.planned.push({ on: 'POST /accounts', status: 202, isCarriedOut: true })
      },
    ],
    [
      'lists lag behind a creation whose answer is lost',
      (): unknown => {
        world.btp.faults.laggingLists = 3
        return world.btp.faults.lostAnswers.push('POST /accounts')
      },
    ],
    ['tokens are over at once', (): unknown => (world.btp.faults.tokenSeconds = 1)],
    [
      'the token is revoked in the middle',
      (): unknown => world.btp.faults.planned.push({ on: 'GET /accounts', status: 401 }),
    ],
    [
      'a state is unknown for a while',
      (): unknown => {
        world.btp.faults.planned.push({
          on: 'GET /accounts/v1/subaccounts/',
          status: 200,
          body: { guid: 'x', state: 'POLISHING' },
        })
        return undefined
      },
    ],
    [
      'an entitlement lock answers 400',
      (): unknown =>
        world.btp.faults.planned.push({
          on: 'GET /accounts',
          status: 400,
          body: { error: { code: 30_004, message: 'locked' } },
        }),
    ],
  ])('there is one subaccount though %s', async (_, breakIt) => {
    breakIt()
    await world.mustRun(['create-subaccount'])
    expect(world.inventory()).toEqual(['subaccount shop-prod'])
  })

  it.each([
    ['the new token service is not known yet', (): unknown => (world.btp.faults.coldTokenCalls = 2)],
    ['the plan is not visible yet', (): unknown => (world.btp.faults.hiddenPlanCalls = 2)],
    ['the answer is lost', (): unknown => world.btp.faults.lostAnswers.push('POST /v1/service_instances')],
    ['the answer is lost', (): unknown => world.btp.faults.lostAnswers.push('POST /v1/service_bindings')],
    [
      'the access is made by somebody else at the same time',
      (): unknown => {
        const { access, accounts } = world.btp
        return access.create(accounts.all()[0]?.guid ?? '')
      },
    ],
  ])('there is one access for the operator though %s', async (_, breakIt) => {
    new Seed(world).subaccount()
    breakIt()
    await world.mustRun(['register-platform'])
    expect(world.inventory()).toEqual(made['sap-btp-operator'].filter((one) => !one.startsWith('release')))
  })

  it.each([
    'Error: Kubernetes cluster unreachable: Get "https://x/version": dial tcp: connect: connection refused',
    'Error: query: failed to query with labels: Get "https://x/api": net/http: TLS handshake timeout',
  ])('helm is run again when it could not begin: %s', async (says) => {
    const profile = 'service-broker-proxy'
    new Seed(world).connection(profile)
    world.failHelm(2, says)
    const { log } = await world.mustRun(['install-proxy'], { profile })
    expect(log.match(/"because":"helm cannot reach it"/g)).toHaveLength(2)
    expect(world.inventory()).toContain('release service-broker-proxy deployed')
    world.failHelm(2, says)
    await world.mustRun(['uninstall-proxy'], { profile })
    expect(world.inventory()).not.toContain('release service-broker-proxy deployed')
  })

  it('a quota that is not counted yet is waited for', async () => {
    new Seed(world).subaccount()
    const request = 'POST /api/v1/namespaces/shop/secrets'
    const message = 'secrets "x" is forbidden: status unknown for quota: q, resources: secrets'
    world.kubernetes.faults.answers.push({ request, status: 403, message, times: 2 })
    await world.mustRun(['register-platform'], { profile: 'service-broker-proxy' })
    expect(world.inventory()).toContain('secret shop/service-manager-platform')
  })

  it('a platform is deleted as soon as its proxy is no longer connected', async () => {
    new Seed(world).platform(new Seed(world).access())
    world.btp.faults.connectedDeletions = 3
    await world.mustRun(['unregister-platform'], { profile: 'service-broker-proxy' })
    expect(world.inventory()).toEqual(['subaccount shop-prod'])
  })

  it('a deletion by force is an outcome of its own that says what it blocks and for how long, and is not asked for without the word', async () => {
    new Seed(world).subaccount()
    const { outputs } = await world.mustRun(['delete-subaccount'], { environment: { FORCE_DELETE: 'yes' } })
    expect(JSON.parse(outputs['remaining'] ?? '')).toEqual([
      expect.stringMatching(
        /^subaccount "Shop" \(.*\), which was deleted by force: SAP BTP keeps it for seven days, in which neither its subdomain nor this namespace can be onboarded again\. Clean up again after that\.$/,
      ),
    ])
    expect(world.btp.calls.filter((call) => call.includes('forceDelete=true'))).toHaveLength(1)
  })
})

describe('the values of a chart', () => {
  it('keep what only looks like a name that the step fills in', async () => {
    const values = world.tellingHelm()
    new Seed(world).connection('service-broker-proxy')
    const environment = {
      PROXY_CHART_VALUES: "{ a: '${dollar}{password}', b: '${HOME}', c: '${namespace}' }",
    }
    await world.run('install-proxy', { profile: 'service-broker-proxy', environment })
    expect(values()).toEqual({ a: '${password}', b: '${HOME}', c: 'shop' })
  })
})

describe('what helm tells when it fails', () => {
  it('is shown without the credentials and without what was generated, also in base64', async () => {
    const values = world.tellingHelm()
    new Seed(world).connection('service-broker-proxy')
    const environment = {
      PROXY_CHART_VALUES: "{ p: '${password}', g: '${generated}' }",
    }
    const ended = await world.run('install-proxy', { profile: 'service-broker-proxy', environment })
    const { p, g } = z.object({ p: z.string(), g: z.string().min(32) }).parse(values())
    expect(ended.code).toBe(4)
    expect(ended.message).toContain(
      'helm failed on the release "service-broker-proxy" in "shop": {"p":"[secret]","g":"[secret]"}',
    )
    for (const secret of [p, g]) {
      expect(ended.log).not.toContain(secret)
      expect(ended.log).not.toContain(Buffer.from(secret).toString('base64'))
    }
  })
})

describe('a chart repository that wants credentials', () => {
  it.each(['3.22', '4.3'])(
    'gets them from helm, which has them from a file alone (helm %s)',
    async (version) => {
      const charts = await startCharts('bob', 'pw+/100%')
      try {
        const profile = 'service-broker-proxy'
        new Seed(world).connection(profile)
        const record = world.recordHelm()
        world.setHelm({ version })
        const environment = { PROXY_CHART: 'proxy', PROXY_CHART_REPOSITORY: charts.url }
        const { log } = await world.mustRun(['install-proxy'], { profile, environment })
        expect(world.inventory()).toContain('release service-broker-proxy deployed')
        expect(charts.served).toEqual(['/charts/index.yaml'])
        expect(record()).toContain('upgrade --install service-broker-proxy charts/proxy')
        expect(record()).toContain('repositories: 600')
        for (const text of [record(), log]) expect(text).not.toMatch(/bob|pw\+|pw%2B|100%/)
      } finally {
        await charts.close()
      }
    },
  )

  it.each(['3.22', '4.3'])(
    'and does not get the right ones is told without them (helm %s)',
    async (version) => {
      const charts = await startCharts('bob', 'right')
      try {
        const profile = 'service-broker-proxy'
        new Seed(world).connection(profile)
        world.setHelm({ version })
        const environment = {
          PROXY_CHART: 'proxy',
          PROXY_CHART_REPOSITORY: charts.url.replace('right', 'wrong'),
        }
        const ended = await world.run('install-proxy', { profile, environment })
        expect([ended.code, ended.message]).toEqual([
          3,
          'The repository of the chart does not let helm in. Renew its credentials in the Secret that the template takes them from, then retry; or name a repository in the template that helm may read, then clean up and ask again.',
        ])
        expect(ended.log).not.toMatch(/bob|wrong/)
      } finally {
        await charts.close()
      }
    },
  )
})

describe('what helm gets', () => {
  it.each([
    ['sap-btp-operator', 'OPERATOR', 'sap-btp-operator'],
    ['service-broker-proxy', 'PROXY', 'shop'],
  ] as const)(
    'is the chart of the profile %s as the template names it',
    async (profile, which, namespace) => {
      new Seed(world).connection(profile)
      const record = world.recordHelm()
      const environment = {
        [`${which}_CHART`]: 'own-chart',
        [`${which}_CHART_VERSION`]: 'v1.2.3',
        [`${which}_CHART_REPOSITORY`]: 'https://charts.test',
        HELM_TIMEOUT: '7s',
      }
      await world.mustRun(['install-proxy'], { profile, environment })
      expect(record()).toMatch(
        new RegExp(
          `upgrade --install ${profile} own-chart --version v1\\.2\\.3 --repo https://charts\\.test --namespace ${namespace} .*--wait --timeout 7s`,
        ),
      )
    },
  )

  it('is no word to take "may not look" for "not there"', async () => {
    const record = world.recordHelm()
    await new Seed(world).release('service-broker-proxy')
    await world.mustRun(['uninstall-proxy'], { profile: 'service-broker-proxy' })
    expect(record()).toContain('uninstall service-broker-proxy')
    expect(record()).not.toContain('--ignore-not-found')
  })

  it.each(['3.22', '4.3'])(
    'is no secret on its command line or in its environment (helm %s)',
    async (version) => {
      const seed = new Seed(world)
      seed.connection('service-broker-proxy')
      const record = world.recordHelm()
      world.setHelm({ version })
      const environment = { TARGET_KUBECONFIG: world.kubernetes.kubeconfig('admin') }
      const { log, outputs } = await world.mustRun(['install-proxy'], {
        profile: 'service-broker-proxy',
        environment,
      })
      const seen = record()
      expect(seen).toContain(version === '3.22' ? '--atomic' : '--rollback-on-failure')
      for (const secret of ['secret-password', 'clientsecret', world.kubernetes.token('admin')]) {
        expect(seen).not.toContain(secret)
        expect(log).not.toContain(secret)
      }
      expect(seen).toContain('values file: 600')
      expect(seen).toContain('kubeconfig: 600')
      expect(seen).not.toContain('kubeconfig: 644')
      expect(outputs).toEqual({ release: 'shop/service-broker-proxy' })
    },
  )
})

it('a state that nobody knows is warned of once, however often it is seen', async () => {
  world.btp.faults.shownState = 'POLISHING'
  const { log } = await world.run('create-subaccount')
  expect(log.match(/"state":"POLISHING"/g)?.length).toBeGreaterThan(1)
  expect(log.match(/"level":"warn"/g)).toHaveLength(1)
})

const accountsError = (code: number): object => ({ error: { code, message: 'no' } })

describe('what a support desk asks for is in the log', () => {
  it.each([
    ['503', 'create-subaccount', { on: 'GET /accounts', status: 503, body: '<html>' }],
    ['429', 'create-subaccount', { on: 'GET /accounts', status: 429 }],
    [
      'a quota that is used up',
      'create-subaccount',
      { on: 'POST /accounts', status: 400, body: { message: 'quota' } },
    ],
    [
      'a taken subdomain',
      'create-subaccount',
      { on: 'POST /accounts', status: 409, body: accountsError(20_007) },
    ],
    ['a creation whose answer is not clear', 'create-subaccount', { on: 'POST /accounts', status: 500 }],
    [
      'a subaccount that is in use',
      'delete-subaccount',
      { on: 'DELETE /accounts', status: 409, body: accountsError(70_011) },
    ],
  ])('after %s', async (_, step, answer) => {
    if (step === 'delete-subaccount') new Seed(world).subaccount()
    const headers = { 'x-correlationid': 'id-of-the-answer' }
    world.btp.faults.planned.push({ ...answer, headers })
    const { log } = await world.run(step)
    expect(log).toMatch(
      new RegExp(`"answered by an error".*"status":${answer.status},"correlationId":"id-of-the-answer"`),
    )
  })

  it('after a creation that fails: of the call that asked for it, and of the look that shows it', async () => {
    world.btp.faults.failsCreation = true
    const { log } = await world.run('create-subaccount')
    expect(log).toMatch(/"asked for the subaccount","correlationId":"[-\da-f]{36}"/)
    expect(log).toMatch(
      /"the subaccount has failed",.*"state":"CREATION_FAILED","correlationId":"[-\da-f]{36}"/,
    )
  })
})

it.each([
  ['no', undefined, 'NOT_USED_FOR_PRODUCTION'],
  ['yes', 'yes', 'USED_FOR_PRODUCTION'],
])('whether a subaccount is for production is told as the template has it: %s', async (_, said, shown) => {
  await world.mustRun(['create-subaccount'], { environment: { USED_FOR_PRODUCTION: said } })
  expect(world.btp.accounts.all().map(({ usedForProduction }) => usedForProduction)).toEqual([shown])
})
