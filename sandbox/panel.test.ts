import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, it } from 'vitest'

import { BotProcess } from './bot-process.ts'
import type { RateLimitForm } from './btp/faults.ts'
import { helmFaults } from './helm/dialect.ts'
import { createPanel } from './panel.ts'
import type { Panel } from './slack/page-api.ts'
import { startWorld, type World } from './world.ts'

let world: World
let panel: Panel
beforeEach(async () => {
  world = await startWorld()
  world.btp.accounts.add('shop-prod')
  const bot = new BotProcess(world)
  panel = createPanel(() => ({ world, bot }))
})
afterEach(() => world.close())

const switches = (): readonly { readonly id: string; readonly on: boolean }[] =>
  panel.read().groups.flatMap((group) => group.switches)

const on = (): readonly string[] =>
  switches()
    .filter((one) => one.on)
    .map(({ id }) => id)

it('each switch of the page breaks one thing, and puts it right again', () => {
  const ids = switches().map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(on()).toEqual([])
  for (const id of ids) {
    panel.switch(id, true)
    expect([id, ...on()]).toEqual([id, id])
    panel.switch(id, false)
    expect([id, ...on()]).toEqual([id])
  }
})

// What is known to go wrong with SAP BTP, and how the page does it.
it.each([
  ['calls fail so often with a status, then succeed', ['btp-408', 'btp-500', 'btp-503', 'btp-504']],
  ['a change is carried out, and answered by 500', [/^btp-500-/]],
  ['a change is carried out, and the connection drops', [/^btp-lost-/]],
  ['a call gets no answer, and nothing is done', ['btp-dropped']],
  ['401 and 403 with an empty body', ['btp-401', 'btp-401-once', 'btp-403']],
  ['the page of a gateway, by 502', ['btp-502']],
  ['429 with each form of Retry-After', [/^btp-limited-(?:seconds|http-date|sap-date)$/]],
  ['429 with X-Ratelimit-Reset', ['btp-limited-reset']],
  ['429 with no hint', ['btp-limited-none']],
  ['slow answers', ['btp-slowMs']],
  ['a creation that fails, and says why', ['btp-failsCreation']],
  ['a state that nobody knows', ['btp-state']],
  ['tokens revoked while a step runs', ['tokens']],
  ['lists without what is new', ['btp-laggingLists']],
  ['JSON that is cut', ['btp-malformed']],
  ['a subdomain of another customer', ['btp-taken']],
  ['an offering that is visible only later', ['btp-hiddenPlanCalls']],
  ['a platform that stays connected', ['btp-connectedDeletions']],
  ['a deletion by force that is not allowed', ['btp-forbidsForce']],
])('the page can do what is known of SAP BTP: %s', (_, wanted) => {
  const ids = [...switches(), ...panel.read().actions].map(({ id }) => id)
  for (const one of wanted)
    expect(ids).toContainEqual(typeof one === 'string' ? one : expect.stringMatching(one))
})

const forms: readonly RateLimitForm[] = ['seconds', 'http-date', 'sap-date', 'reset', 'none']

it('the page limits calls in each form that a test can', () => {
  const offered = switches().flatMap(({ id }) => {
    panel.switch(id, true)
    const { rateLimited, rateLimitForm } = world.btp.faults
    panel.switch(id, false)
    return rateLimited > 0 ? [rateLimitForm] : []
  })
  expect(offered).toEqual(forms)
})

/** What is to go wrong now, by the name of each fault. */
const faults = (): Readonly<Record<string, string>> => {
  const { btp, kubernetes, folder } = world
  const told = (name: string, value: unknown): readonly (readonly [string, string])[] => {
    const isHook = name.endsWith(' onRequest')
    return isHook ? [] : [[name, JSON.stringify(value instanceof Set ? [...value] : (value ?? null))]]
  }
  return Object.fromEntries([
    ...Object.entries(btp.faults).flatMap(([name, value]) => told(`btp ${name}`, value)),
    ...Object.entries(kubernetes.faults).flatMap(([name, value]) => told(`kubernetes ${name}`, value)),
    ...told('kubernetes stuckNamespaces', kubernetes.stuckNamespaces),
    ...told('kubernetes rules', [...kubernetes.rules]),
    ...told('helm', readFileSync(join(folder, 'helm-faults.json'), 'utf8')),
  ])
}

it('the page switches every fault of SAP BTP and the Kubernetes API that a test can', () => {
  const before = faults()
  const switched = switches().flatMap(({ id }) => {
    panel.switch(id, true)
    const now = faults()
    panel.switch(id, false)
    return Object.keys(now).filter((name) => now[name] !== before[name])
  })
  expect([...new Set(switched)].toSorted()).toEqual(Object.keys(before).toSorted())
})

it('what goes wrong in a cluster goes wrong in both, where they stand apart', async () => {
  await world.close()
  world = await startWorld({ isDevApart: true })
  const { dev } = world
  panel.switch('quota', true)
  panel.switch('kubernetes-hangs', true)
  expect([world.argo, dev.argo].map(({ faults: { isQuotaUsedUp } }) => isQuotaUsedUp)).toEqual([true, true])
  expect([world, dev].map(({ kubernetes }) => kubernetes.faults.isHanging)).toEqual([true, true])
})

it('the page switches every fault of helm', () => {
  const helm = panel.read().groups.find(({ title }) => title === 'helm')
  expect(helm?.switches.map(({ id }) => id)).toEqual(helmFaults)
})

it('a service instance that is in use is in every subaccount, once', () => {
  panel.switch('instance', true)
  panel.switch('instance', true)
  expect(world.btp.instances.all().map(({ name }) => name)).toEqual(['orders-db'])
})
