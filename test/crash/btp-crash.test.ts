import { afterEach, describe, expect, it } from 'vitest'

import { Seed } from '../steps/btp-seed.ts'
import { BtpWorld, type Profile } from '../steps/btp-world.ts'

let world: BtpWorld
afterEach(async () => {
  await world.stop()
})

type Kind = 'subaccount' | 'access' | 'connection' | 'release'

const names: Readonly<Record<Profile, Readonly<Record<Kind, readonly string[]>>>> = {
  'sap-btp-operator': {
    subaccount: ['subaccount shop-prod'],
    access: ['access operator-access-73686f700000', 'binding operator-access-73686f700000'],
    connection: ['secret sap-btp-operator/shop-sap-btp-service-operator'],
    release: ['release sap-btp-operator deployed'],
  },
  'service-broker-proxy': {
    subaccount: ['subaccount shop-prod'],
    access: ['platform prod-eu-73686f700000'],
    connection: ['secret shop/service-manager-platform'],
    release: ['release service-broker-proxy deployed'],
  },
}

/** Each step, with what is there before it and after it. */
const rows: readonly (readonly [step: string, before: readonly Kind[], after: readonly Kind[]])[] = [
  ['create-subaccount', [], ['subaccount']],
  ['register-platform', ['subaccount'], ['subaccount', 'access', 'connection']],
  [
    'install-proxy',
    ['subaccount', 'access', 'connection'],
    ['subaccount', 'access', 'connection', 'release'],
  ],
  [
    'uninstall-proxy',
    ['subaccount', 'access', 'connection', 'release'],
    ['subaccount', 'access', 'connection'],
  ],
  ['unregister-platform', ['subaccount', 'access', 'connection'], ['subaccount']],
  ['delete-subaccount', ['subaccount'], []],
]

const plant = async (profile: Profile, kinds: readonly Kind[]): Promise<void> => {
  const seed = new Seed(world)
  if (!kinds.includes('subaccount')) return
  const subaccount = kinds.includes('access') ? seed.access() : seed.subaccount()
  if (kinds.includes('access')) {
    if (profile === 'sap-btp-operator') seed.operatorAccess(subaccount)
    else seed.platform(subaccount)
  }
  if (kinds.includes('connection')) seed.connection(profile)
  if (kinds.includes('release')) await seed.release(profile)
}

/** The operator's connection goes with the first step of the undoing, before the operator may go. */
const expected = (profile: Profile, step: string, kinds: readonly Kind[]): readonly string[] =>
  kinds
    .filter(
      (kind) => !(kind === 'connection' && step === 'uninstall-proxy' && profile === 'sap-btp-operator'),
    )
    .flatMap((kind) => names[profile][kind])
    .toSorted()

const environment = { REMOVE_OPERATOR: 'yes' }

describe.each(['sap-btp-operator', 'service-broker-proxy'] as const)('of the profile %s', (profile) => {
  it.each(rows)(
    '%s, killed after any of its requests and run again, ends as if it had not been',
    async (step, before, after) => {
      for (let killAfter = 1; ; killAfter += 1) {
        world = await BtpWorld.start()
        await plant(profile, before)
        const first = await world.run(step, { profile, environment, killAfter })
        const wasKilled = first.code === undefined
        const last = wasKilled ? await world.run(step, { profile, environment }) : first
        const at = `killed after request ${killAfter}`
        expect([at, last.code, last.message]).toEqual([at, 0, ''])
        expect([at, ...world.inventory()]).toEqual([at, ...expected(profile, step, after)])
        if (!wasKilled) break
        await world.stop()
      }
    },
  )
})

describe.each(['sap-btp-operator', 'service-broker-proxy'] as const)(
  'of a cluster that is gone (%s)',
  (profile) => {
    it('unregister-platform, killed after any of its requests and run again, leaves none of its instances', async () => {
      const kubeconfig = {
        'current-context': 'gone',
        contexts: [{ name: 'gone', context: { cluster: 'c', user: 'u' } }],
        clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:10' } }],
        users: [{ name: 'u', user: { token: 'x' } }],
      }
      const environment = {
        TARGET_KUBECONFIG: JSON.stringify(kubeconfig),
        SKIP_GONE_CLUSTER: 'yes',
        RETRY_WITHIN_MS: '200',
      }
      for (let killAfter = 1; ; killAfter += 1) {
        world = await BtpWorld.start()
        await plant(profile, ['subaccount', 'access'])
        const { accounts, instances, platforms } = world.btp
        const guid = accounts.all()[0]?.guid ?? ''
        if (profile === 'sap-btp-operator') instances.addByOperator(guid, 'orders-db', 'prod-eu')
        else instances.add(guid, 'orders-db', platforms.all()[0]?.id)
        const first = await world.run('unregister-platform', { profile, environment, killAfter })
        const wasKilled = first.code === undefined
        const last = wasKilled ? await world.run('unregister-platform', { profile, environment }) : first
        const at = `killed after request ${killAfter}`
        expect([at, last.code, last.message]).toEqual([at, 0, ''])
        expect([at, ...world.inventory(), ...instances.all()]).toEqual([at, 'subaccount shop-prod'])
        if (!wasKilled) break
        await world.stop()
      }
    })
  },
)

describe('of a proxy whose password was made anew', () => {
  it('install-proxy, killed after any of its requests and run again, starts it with that', async () => {
    const profile = 'service-broker-proxy'
    const key = { resource: 'deployments', namespace: 'shop', name: 'proxy' }
    for (let killAfter = 1; ; killAfter += 1) {
      world = await BtpWorld.start()
      const seed = new Seed(world)
      seed.connection(profile)
      await seed.release(profile)
      seed.deployment('proxy', 'service-broker-proxy')
      const first = await world.run('install-proxy', { profile, killAfter })
      const wasKilled = first.code === undefined
      if (wasKilled) await world.mustRun(['install-proxy'], { profile })
      const { objects } = world.kubernetes
      const secret = objects.get({ resource: 'secrets', namespace: 'shop', name: 'service-manager-platform' })
      expect([killAfter, objects.get(key)?.['spec']]).toMatchObject([
        killAfter,
        {
          template: {
            metadata: { annotations: { 'onboard-bot.dev/credentials': secret?.metadata.resourceVersion } },
          },
        },
      ])
      if (!wasKilled) break
      await world.stop()
    }
  })
})

describe('told to end', () => {
  it('a step that waits says so at once, and goes on when it runs again', async () => {
    world = await BtpWorld.start()
    world.btp.faults.stuckLooks = 1_000
    const began = Date.now()
    const ended = await world.run('create-subaccount', {
      // The first look; the next one would come after a minute.
      killAfter: 4,
      signal: 'SIGTERM',
      environment: { POLL_FIRST_MS: '60000', READY_WITHIN_MS: '600000' },
    })
    expect(ended.message).toBe('The step was told to end before it was done. Retry to go on from here.')
    expect(ended.code).toBe(6)
    expect(Date.now() - began).toBeLessThan(30_000)
    world.btp.faults.stuckLooks = 0
    await world.mustRun(['create-subaccount'])
    expect(world.inventory()).toEqual(['subaccount shop-prod'])
  })

  it('a step that a cluster gives no answer says so at once', async () => {
    world = await BtpWorld.start()
    world.kubernetes.faults.isHanging = true
    const began = Date.now()
    const ended = await world.run('uninstall-proxy', { killAfter: 1, signal: 'SIGTERM' })
    expect(ended.message).toBe(
      'The step was told to end before it was done. Clean up again to go on from here.',
    )
    expect(ended.code).toBe(6)
    expect(Date.now() - began).toBeLessThan(10_000)
  })

  it('helm takes back what it was installing, and the next run installs it', async () => {
    world = await BtpWorld.start()
    const seed = new Seed(world)
    seed.connection('service-broker-proxy')
    world.setHelm({ install: 'hang' })
    const profile = 'service-broker-proxy'
    const ended = await world.run('install-proxy', { profile, killAfter: 5, signal: 'SIGTERM' })
    expect(ended.message).toBe('The step was told to end before it was done. Retry to go on from here.')
    expect(world.inventory()).toEqual(['secret shop/service-manager-platform'])
    world.setHelm({})
    await world.mustRun(['install-proxy'], { profile })
    expect(world.inventory()).toEqual([
      'release service-broker-proxy deployed',
      'secret shop/service-manager-platform',
    ])
  })
})
