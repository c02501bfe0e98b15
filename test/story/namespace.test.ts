import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { Play } from './play.ts'

// Every step of every run is a process of its own.
vi.setConfig({ testTimeout: 180_000 })

let play: Play

beforeEach(async () => {
  play = await Play.begin()
})
afterEach(async () => {
  await play.end()
})

const ask = async (line = '/onboard prod-eu checkout namespace editors=team-checkout'): Promise<string> => {
  await play.open('U0ADA', line)
  const said = await play.send('U0ADA')
  play.slack.people.close('U0ADA')
  return said
}

const command = async (line: string, words: string): Promise<void> => {
  await play.slack.people.command('U0ADA', line, 'C0ONBOARD')
  await play.told('U0ADA', words)
}

const finished = (words: string): Promise<void> =>
  play.until(words, () => play.threadText().includes(words) && play.world.inventory().runSecrets.length === 0)

const answers = (request: string, status: number, message: string, times: number): void => {
  play.world.kubernetes.faults.answers.push({ request, status, message, times })
}

const quota = 'PATCH /api/v1/namespaces/checkout/resourcequotas'

describe('a newcomer with only a cluster', () => {
  it('gets a namespace, sees what exists, and cleans it up again', async () => {
    expect(await ask()).toContain('is recorded')
    await play.click('U0BEN', 'Approve')
    await finished('Everything is done')
    expect(play.world.inventory()).toMatchObject({ namespaces: ['checkout'], subaccounts: [] })
    await play.until('the card is up to date', () => play.cardText().includes('Done'))
    for (const words of [
      'What exists for this namespace',
      'quota: 4 CPU, 8Gi memory, 20 pods',
      'network-policy: guarded',
      'access: edit: team-checkout',
      'namespace-uid: ',
    ]) {
      expect(play.cardText()).toContain(words)
    }
    await command('/onboard status prod-eu checkout', 'quota: 4 CPU, 8Gi memory, 20 pods')
    expect(play.whispers('U0ADA')).toContain('`checkout` on `prod-eu` (`namespace`) is done')
    await play.click('U0BEN', 'Clean up')
    await finished('nothing is left')
    expect(play.world.inventory().namespaces).toEqual([])
    await play.until('the card says so', () => play.cardText().includes('Cleaned up'))
    expect(play.cardText()).not.toContain('namespace-uid')
    const before = play.whispers('U0ADA')
    await command('/onboard status prod-eu checkout', 'is cleaned up')
    expect(play.whispers('U0ADA').slice(before.length)).not.toContain('namespace-uid')
  })

  it('is told why a step in the middle failed, retries from there, and loses nothing', async () => {
    answers(quota, 422, 'ResourceQuota "onboarding" is invalid: spec.hard[pods]: too many', 1)
    await ask()
    await play.click('U0BEN', 'Approve')
    await play.offered('Retry')
    expect(play.threadText()).toContain(
      'Kubernetes refuses to apply ResourceQuota "onboarding": ResourceQuota "onboarding" is invalid: spec.hard[pods]: too many. Clean up, then ask again with other values.',
    )
    await play.click('U0ADA', 'Retry')
    await finished('Everything is done')
    expect([...play.world.argo.creates.values()]).toEqual([1])
    expect(play.world.inventory().namespaces).toEqual(['checkout'])
  })

  it('cleans up what a failed run left, and asks again', async () => {
    answers(quota, 422, 'no', 1)
    await ask()
    await play.click('U0BEN', 'Approve')
    await play.click('U0ADA', 'Clean up')
    await finished('nothing is left')
    expect(play.world.inventory().namespaces).toEqual([])
    await play.click('U0ADA', 'Ask again')
    await play.until('the form opens', () => play.slack.people.view('U0ADA') !== undefined)
    expect(await play.send('U0ADA')).toContain('is recorded')
  })

  it('cannot take over a namespace of somebody else, and a clean-up then leaves it alone', async () => {
    await ask('/onboard prod-eu billing namespace')
    await play.click('U0BEN', 'Approve')
    await play.offered('Clean up')
    expect(play.threadText()).toContain('this onboarding did not make it, so it is left alone')
    await play.click('U0ADA', 'Clean up')
    await finished('nothing is left')
    expect(
      play.world.kubernetes.objects.list('namespaces', '').map(({ metadata }) => metadata.name),
    ).toContain('billing')
  })

  it('is told by name what still runs, and cleans up once it is gone', async () => {
    await ask()
    await play.click('U0BEN', 'Approve')
    await finished('Everything is done')
    const key = { resource: 'deployments', namespace: 'checkout', name: 'web' }
    const { objects } = play.world.kubernetes
    objects.create(key, { kind: 'Deployment', apiVersion: 'apps/v1' }, 'team')
    await play.click('U0BEN', 'Clean up')
    await play.until('it stops', () => play.cardText().includes('Clean-up failed'))
    expect(play.threadText()).toContain('The namespace "checkout" is still in use: Deployment web.')
    expect(objects.list('networkpolicies', 'checkout')).toHaveLength(1)
    objects.remove(key)
    await play.click('U0ADA', 'Clean up')
    await finished('nothing is left')
    expect(play.world.inventory().namespaces).toEqual([])
  })
})

describe('where two templates are offered', () => {
  it('the form lets one choose, and shows the fields of the chosen one', async () => {
    await play.open('U0ADA', '/onboard prod-eu checkout')
    const { people } = play.slack
    await people.fill('U0ADA', 'template', 'namespace')
    await play.until('the fields change', () =>
      JSON.stringify(people.view('U0ADA')?.view.blocks).includes('p:editors'),
    )
    expect(JSON.stringify(people.view('U0ADA')?.view.blocks)).not.toContain('p:subdomain')
    expect(await play.send('U0ADA')).toContain('is recorded')
    await play.offered('Approve')
    expect(play.cardText()).toContain('Namespace: checkout on prod-eu')
  })

  it('status, list and clean-up know both of one namespace, and each has a run of its own', async () => {
    await ask()
    await play.click('U0BEN', 'Approve')
    await finished('Everything is done')
    expect(await play.ask('checkout')).toContain('is recorded')
    await play.click('U0BEN', 'Approve')
    await finished('Everything is done')
    await command('/onboard status prod-eu checkout', '(`sap-btp`) is done')
    expect(play.whispers('U0ADA')).toContain('(`namespace`) is done')
    await command('/onboard list', 'Onboardings')
    await play.slack.people.command('U0BEN', '/onboard-cleanup prod-eu checkout namespace', 'C0ONBOARD')
    await play.told('U0BEN', 'What you may clean up')
    expect(play.whispers('U0BEN')).toContain('(`namespace`)')
    expect(play.whispers('U0BEN')).not.toContain('(`sap-btp`)')
    expect(play.cards()).toHaveLength(2)
  })
})
