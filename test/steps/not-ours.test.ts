import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { Seed } from './btp-seed.ts'
import { BtpWorld, type Ended, making, undoing } from './btp-world.ts'

// Every run is a process of its own.
vi.setConfig({ testTimeout: 60_000 })

let world: BtpWorld
let seed: Seed
beforeEach(async () => {
  world = await BtpWorld.start()
  seed = new Seed(world)
})
afterEach(async () => {
  await world.stop()
})

const proxy = { profile: 'service-broker-proxy' } as const
const foreignProxy = 'release service-broker-proxy deployed'

/** Runs the onboarding until a step fails; gives its end and what the steps said that they made. */
const makeUntilItFails = async (
  options: Parameters<BtpWorld['run']>[1] = {},
): Promise<{ ended: Ended | undefined; made: Record<string, string> }> => {
  const made: Record<string, string> = {}
  for (const step of making) {
    const ended = await world.run(step, { ...options, environment: made })
    for (const [name, value] of Object.entries(ended.outputs))
      made[name.toUpperCase().replaceAll('-', '_')] = value
    if (ended.code !== 0) return { ended, made }
  }
  return { ended: undefined, made }
}

/** Runs the whole clean-up; gives what its steps warned of, and what remains. */
const cleanUp = async (
  options: Parameters<BtpWorld['run']>[1] = {},
): Promise<{ warnings: readonly unknown[]; remaining: string | undefined }> => {
  const ended: Ended[] = []
  for (const step of undoing) ended.push(await world.mustRun([step], options))
  const lines = ended.flatMap(({ log }) => log.trim().split('\n'))
  const said = lines.map((line) => JSON.parse(line) as { level?: string; message: string; what?: string })
  const warnings = said
    .filter(({ level }) => level === 'warn')
    .map(({ message, what }) => `${message}: ${what}`)
  return { warnings: [...new Set(warnings)], remaining: ended.at(-1)?.outputs['remaining'] }
}

describe("somebody else's thing in the place of ours, where the onboarding never made one,", () => {
  it('is left alone with its brokers when nothing was made at all, and nothing of ours is left', async () => {
    await seed.release('service-broker-proxy', 'other')
    seed.broker('sm-theirs', { name: 'sm-theirs', namespace: 'shop' })
    world.btp.faults.takenSubdomains.add('shop-prod')
    const { ended } = await makeUntilItFails(proxy)
    expect(ended?.code).toBe(4)
    const { warnings, remaining } = await cleanUp(proxy)
    expect(remaining).toBe('[]')
    expect(warnings).toEqual(['not ours: left alone: release "service-broker-proxy" in "shop"'])
    expect(world.inventory()).toEqual([foreignProxy])
    expect(world.kubernetes.objects.keys().filter(({ name }) => name === 'sm-theirs')).toHaveLength(2)
  })

  it('keeps no clean-up from our own things: a release that stopped install-proxy stays, ours goes', async () => {
    await seed.release('service-broker-proxy', 'other')
    const { ended, made } = await makeUntilItFails(proxy)
    expect(ended?.code).toBe(7)
    expect(made['PLATFORM_ID']).toMatch(/./)
    expect(world.inventory()).toHaveLength(4)
    const { remaining } = await cleanUp({ ...proxy, environment: made })
    expect(remaining).toBe('[]')
    expect(world.inventory()).toEqual([foreignProxy])
  })

  it('keeps no clean-up from our own things: a connection that stopped register-platform stays, ours goes', async () => {
    seed.connection('sap-btp-operator', 'somebody-else')
    const { ended, made } = await makeUntilItFails()
    expect(ended?.code).toBe(7)
    expect(world.inventory()).toContain('subaccount shop-prod')
    const { warnings, remaining } = await cleanUp({ environment: made })
    expect(remaining).toBe('[]')
    expect(warnings).toEqual([
      'not ours: left alone: Secret "shop-sap-btp-service-operator" in "sap-btp-operator"',
    ])
    expect(world.inventory()).toEqual(['secret sap-btp-operator/shop-sap-btp-service-operator'])
  })

  it('is left alone where it is a platform that has our name and not our label', async () => {
    seed.platform(seed.access(), {})
    const { log } = await world.mustRun(['unregister-platform'], {
      ...proxy,
      environment: { PLATFORM_ID: 'another' },
    })
    expect(log).toContain('not ours: left alone')
    expect(world.btp.platforms.all()).toHaveLength(1)
  })
})

describe("a thing that the onboarding made, and whose label says that it is nobody's,", () => {
  it('is left alone: that is the cure where somebody else has taken the place', async () => {
    await seed.release('service-broker-proxy', 'none')
    const { remaining } = await cleanUp({
      ...proxy,
      environment: { RELEASE: 'shop/service-broker-proxy', PLATFORM_ID: 'platform-1' },
    })
    expect(remaining).toBe('[]')
    expect(world.inventory()).toEqual([foreignProxy])
  })
})

describe('a release whose making was killed before it was said', () => {
  it.each(['3.22', '4.3'])('carries our label, and the clean-up removes it (helm %s)', async (version) => {
    await world.mustRun(making.slice(0, 2), proxy)
    world.setHelm({ version, install: 'hang' })
    let killAfter = 3
    while (!world.inventory().includes('release service-broker-proxy pending-install')) {
      const { code, outputs } = await world.run('install-proxy', { ...proxy, killAfter })
      expect([code, outputs]).toEqual([undefined, {}])
      killAfter += 1
    }
    world.setHelm({ version })
    await cleanUp(proxy)
    expect(world.inventory()).toEqual([])
  })
})
