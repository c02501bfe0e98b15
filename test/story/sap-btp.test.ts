import { setTimeout as sleep } from 'node:timers/promises'

import { afterEach, describe, expect, it, vi } from 'vitest'

import { Play } from './play.ts'

// The bot and every step are processes of their own.
vi.setConfig({ testTimeout: 240_000 })

let play: Play
afterEach(async ({ task }) => {
  if (process.env['SHOW_THREADS'] !== undefined) console.log(`## ${task.name}\n\n${play.threadText()}\n`)
  await play.end()
})

const values = 'display-name=Shop subdomain=shop-prod'

const begin = async (profile = 'sap-btp-operator'): Promise<void> => {
  play = await Play.begin()
  await play.ask('shop', `${values} profile=${profile}`)
  await play.offered('Approve')
}

const approve = (): Promise<void> => play.click('U0BEN', 'Approve')

const isDone = (): Promise<void> =>
  play.until('everything is done', () => play.threadText().includes('Everything is done'))

const says = (...words: readonly string[]): Promise<void> =>
  play.until(`the thread says ${words.join(' ')}`, () =>
    words.every((word) => play.threadText().includes(word)),
  )

/** The last line of the thread: the card says it before. */
const isClean = (): Promise<void> => says('✨ Cleaned up: nothing is left.')

/** Slack does not tell of it: the release is there, and nothing moves. */
const helmWaits = async (): Promise<void> => {
  while (play.world.inventory().releases.length === 0) await sleep(50)
}

const oneOfEach = (): void => {
  const { subaccounts, platforms } = play.world.inventory()
  expect(subaccounts).toEqual(['shop-prod'])
  expect(platforms).toHaveLength(1)
}

describe('before anybody decides', () => {
  it('the card shows what a clean-up may do that it does not do by itself', async () => {
    play = await Play.begin()
    await play.ask('shop', `${values} force-delete=yes skip-gone-cluster=yes`)
    await play.offered('Approve')
    const card = play.cardText()
    expect(card).toMatch(/force-delete\W+yes/i)
    expect(card).toMatch(/skip-gone-cluster\W+yes/i)
    expect(card).toMatch(/remove-operator\W+no/i)
  })
})

describe('with SAP BTP in trouble', () => {
  it('a subdomain that another customer has is named, with what to do', async () => {
    await begin()
    play.world.btp.faults.takenSubdomains.add('shop-prod')
    await approve()
    await says(
      '"Create the subaccount" failed:',
      'The subdomain "shop-prod" is taken in eu10 by another customer of SAP BTP. Clean up, then ask again with another subdomain.',
      '[Clean up] [Retry]',
    )
    await play.click('U0ADA', 'Clean up')
    await isClean()
    expect(play.world.inventory().subaccounts).toEqual([])
  })

  it('calls that are limited wait as long as they are told, and everything is done', async () => {
    await begin()
    Object.assign(play.world.btp.faults, { rateLimited: 2, rateLimitForm: 'sap-date' })
    await approve()
    await isDone()
    oneOfEach()
    expect(play.threadText()).not.toContain('failed')
  })

  it('calls that ask to come again in a few seconds are made again then, and everything is done', async () => {
    await begin()
    const headers = { 'retry-after': '4' }
    play.world.btp.faults.planned.push({ on: 'GET /accounts', status: 429, headers })
    await approve()
    await isDone()
    oneOfEach()
    expect(play.threadText()).not.toContain('failed')
  })

  it('calls that ask to come again in an hour fail the step at once, and Retry goes on when they are taken', async () => {
    await begin()
    const headers = { 'retry-after': '3600' }
    play.world.btp.faults.planned.push({ on: 'GET /accounts', status: 429, headers })
    await approve()
    await says(
      '"Create the subaccount" failed:',
      'The SAP BTP accounts service is not available (it limits calls, and asks to come again in 60 minutes). Retry later.',
      '[Retry] [Clean up]',
    )
    await play.click('U0ADA', 'Retry')
    await isDone()
    oneOfEach()
  })

  it('a creation that stays for longer than one look is waited for', async () => {
    await begin()
    play.world.btp.faults.stuckLooks = 5
    await approve()
    await isDone()
    oneOfEach()
    expect(play.threadText()).not.toContain('failed')
  })

  it('nothing is left when it says so, though the creation failed and lists lag', async () => {
    await begin()
    Object.assign(play.world.btp.faults, { laggingLists: 1_000, failsCreation: true })
    await approve()
    await says('"Create the subaccount" failed:')
    expect(play.world.inventory().subaccounts).toEqual(['shop-prod'])
    await play.click('U0ADA', 'Clean up')
    await isClean()
    expect(play.world.inventory().subaccounts).toEqual([])
  })

  it('lists that lag keep no step from the subaccount, and everything is done', async () => {
    await begin()
    play.world.btp.faults.laggingLists = 1_000
    await approve()
    await isDone()
    expect(play.threadText()).not.toContain('failed')
  })

  it('a platform whose password was lost gets a new one', async () => {
    await begin('service-broker-proxy')
    play.world.btp.faults.lostAnswers.push('POST /v1/platforms')
    await approve()
    await isDone()
    oneOfEach()
    const kept = play.world.kubernetes.secret('shop', 'service-manager-platform')
    expect(kept?.['password']).toBe(play.world.btp.platforms.all()[0]?.credentials.password)
    expect(play.world.btp.calls.filter((call) => call.includes('regenerateCredentials'))).toHaveLength(1)
  })

  it('a release that a lost pod left pending is put right by Retry', async () => {
    await begin('service-broker-proxy')
    play.world.setHelmFault('hang')
    await approve()
    await helmWaits()
    play.world.killSteps()
    play.world.setHelmFault(undefined)
    await says('"Connect the namespace" failed:')
    await play.click('U0ADA', 'Retry')
    await isDone()
    oneOfEach()
    expect(play.world.inventory().releases).toEqual(['shop/sh.helm.release.v1.service-broker-proxy.v1'])
  })

  it("a chart's own clean-up that fails stops the clean-up, and Clean up goes on when it works", async () => {
    await begin('service-broker-proxy')
    await approve()
    await isDone()
    play.world.setHelmFault('hook-fails')
    await play.click('U0BEN', 'Clean up')
    await says(
      'The clean-up stopped at "Disconnect the namespace":',
      'What the chart does before it goes failed for the release "service-broker-proxy" in "shop". Look at its Jobs there, then clean up again.',
    )
    expect(play.world.inventory().subaccounts).toEqual(['shop-prod'])
    play.world.setHelmFault(undefined)
    await play.click('U0BEN', 'Clean up')
    await isClean()
    expect(play.world.inventory().subaccounts).toEqual([])
  })

  it('an instance that is still in use stops the clean-up, by its name', async () => {
    await begin()
    await approve()
    await isDone()
    const { accounts, instances } = play.world.btp
    const orders = instances.add(accounts.all()[0]?.guid ?? '', 'orders-db')
    await play.click('U0BEN', 'Clean up')
    await says(
      'The clean-up stopped at "Disconnect the namespace":',
      '1 service instance is still in use in the subaccount "Shop": orders-db. Delete it, then clean up again.',
    )
    expect(play.world.inventory().subaccounts).toEqual(['shop-prod'])
    instances.remove(orders.id)
    await play.click('U0BEN', 'Clean up')
    await isClean()
    expect(play.world.inventory().subaccounts).toEqual([])
  })
})
