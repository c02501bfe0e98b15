import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { BtpWorld } from './btp-world.ts'

// Every run is a process of its own.
vi.setConfig({ testTimeout: 60_000 })

let world: BtpWorld
beforeEach(async () => {
  world = await BtpWorld.start()
})
afterEach(async () => {
  await world.stop()
})

it.each([
  ['sap-btp-operator', 'sap-btp-operator', 'shop-sap-btp-service-operator', ['clientsecret']],
  ['service-broker-proxy', 'shop', 'service-manager-platform', ['username', 'password']],
] as const)(
  'the credentials of %s are in no output and no line of a log',
  async (profile, namespace, name, keys) => {
    const ends = []
    for (const step of ['create-subaccount', 'register-platform', 'install-proxy'])
      ends.push(await world.mustRun([step], { profile }))
    const kept = world.kubernetes.secret(namespace, name) ?? {}
    const { uaa } = JSON.parse(JSON.stringify(world.btp.serviceKey())) as { uaa: { clientsecret: string } }
    const secrets = [...keys.map((key) => kept[key] ?? ''), uaa.clientsecret]
    for (const secret of secrets) {
      expect(secret).not.toBe('')
      for (const { log, outputs } of ends) {
        expect(log).not.toContain(secret)
        expect(JSON.stringify(outputs)).not.toContain(secret)
      }
    }
  },
)
