import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { Seed } from './btp-seed.ts'
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

/** Lists answer with this, whatever was asked for. */
const answer = (on: string, body: object): void => {
  world.btp.faults.planned.push({ on, status: 200, body, times: 99 })
}

const others = { onboarding_id: ['other'] }

describe('a list that answers with what is labelled for somebody else', () => {
  it('gives create-subaccount nothing to adopt', async () => {
    const foreign = world.btp.accounts.add('other')
    answer('labelSelector', {
      value: [{ guid: foreign.guid, state: 'OK', labels: { 'onboarding-id': ['other'] } }],
    })
    const { outputs } = await world.mustRun(['create-subaccount'])
    expect(outputs['subaccount-id']).not.toBe(foreign.guid)
    expect(world.inventory()).toEqual(['subaccount other', 'subaccount shop-prod'])
  })

  it('gives delete-subaccount nothing to delete', async () => {
    const foreign = world.btp.accounts.add('other')
    answer('labelSelector', {
      value: [{ guid: foreign.guid, state: 'OK', labels: { 'onboarding-id': ['other'] } }],
    })
    const { outputs } = await world.mustRun(['delete-subaccount'])
    expect(outputs['remaining']).toBe('[]')
    expect(world.inventory()).toEqual(['subaccount other'])
  })

  it('gives unregister-platform no platform to delete', async () => {
    new Seed(world).platform(new Seed(world).access(), others)
    const [foreign] = world.btp.platforms.all()
    answer('labelQuery', { items: [{ id: foreign?.id, name: 'other', labels: others }] })
    answer('fieldQuery=name+eq', { items: [] })
    await world.run('unregister-platform', { profile: 'service-broker-proxy' })
    expect(world.btp.platforms.all()).toHaveLength(1)
  })

  it('gives register-platform no platform to take over', async () => {
    new Seed(world).platform(new Seed(world).access(), others)
    const [foreign] = world.btp.platforms.all()
    const password = foreign?.credentials.password
    answer('labelQuery', { items: [{ id: foreign?.id, name: 'other', labels: others }] })
    const ended = await world.run('register-platform', { profile: 'service-broker-proxy' })
    expect(ended.code).toBe(7)
    expect(world.btp.platforms.all().map(({ credentials }) => credentials.password)).toEqual([password])
  })

  it('gives unregister-platform no instance to delete', async () => {
    const subaccount = new Seed(world).access()
    const foreign = world.btp.instances.add(subaccount.guid, 'orders-db')
    answer('labelQuery', { items: [{ id: foreign.id, name: 'orders-db', labels: others }] })
    const ended = await world.run('unregister-platform')
    expect([ended.code, ended.message]).toEqual([
      4,
      expect.stringContaining('in the subaccount "Shop": orders-db.'),
    ])
    expect(world.btp.calls.filter((call) => call.startsWith('DELETE /v1/'))).toEqual([])
  })
})
