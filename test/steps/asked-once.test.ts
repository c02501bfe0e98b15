import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

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

const posts = (): readonly string[] =>
  world.btp.calls.filter((call) => call.startsWith('POST ') && !call.includes('/oauth/token'))

const asked = {
  'sap-btp-operator': [
    'POST /accounts/v1/subaccounts',
    'POST /accounts/v1/subaccounts/*/serviceManagementBinding',
    'POST /v1/service_instances?async=true',
    'POST /v1/service_bindings',
  ],
  'service-broker-proxy': [
    'POST /accounts/v1/subaccounts',
    'POST /accounts/v1/subaccounts/*/serviceManagementBinding',
    'POST /v1/platforms',
  ],
} as const

const withoutIds = (call: string): string => call.replace(/\/subaccounts\/[^/]+/, '/subaccounts/*')

describe.each(['sap-btp-operator', 'service-broker-proxy'] as const)('%s', (profile) => {
  const steps = ['create-subaccount', 'register-platform']

  it('looks before it asks SAP BTP for anything: a second run asks for nothing', async () => {
    await world.mustRun([...steps, ...steps], { profile })
    expect(posts().map(withoutIds)).toEqual(asked[profile])
  })

  it('looks after an answer that was lost, and asks for nothing twice', async () => {
    world.btp.faults.lostAnswers.push('POST /accounts', 'POST /accounts', 'POST /v1/')
    await world.mustRun(steps, { profile })
    expect(posts().map(withoutIds)).toEqual(asked[profile])
  })
})
