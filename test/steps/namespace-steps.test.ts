import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { made, makingSteps, nameOf, NamespaceWorld, templateRules, undoingSteps } from './namespace-world.ts'

// Every run is a process of its own.
vi.setConfig({ testTimeout: 120_000 })

let world: NamespaceWorld

beforeEach(async () => {
  world = await NamespaceWorld.start()
})
afterEach(async () => {
  await world.stop()
})

const makeAll = async (): Promise<string> => {
  let uid = ''
  for (const step of makingSteps) {
    const { code, message, outputs } = await world.run(step)
    expect([step, code, message]).toEqual([step, 0, ''])
    uid = outputs['namespace-uid'] ?? uid
  }
  return uid
}

describe('the rights of deploy/target-cluster/namespace-template.yaml are enough, and', () => {
  it('the steps make everything once: a second run changes nothing', async () => {
    await makeAll()
    const first = world.objects()
    expect(first.map(nameOf)).toEqual(made)
    await makeAll()
    expect(world.objects()).toEqual(first)
  })

  it('the undoing leaves nothing, says so, and finds it done when it runs again', async () => {
    const uid = await makeAll()
    for (let round = 0; round < 2; round += 1) {
      for (const step of undoingSteps) {
        const { code, message, outputs } = await world.run(step, { NAMESPACE_UID: uid })
        expect([step, code, message]).toEqual([step, 0, ''])
        if (step === 'delete-namespace') expect(outputs['remaining']).toBe('[]')
      }
      expect(world.objects()).toEqual([])
    }
    // Nothing stands there in vain; `bind` is used by the API server itself.
    const given = templateRules()
      .flatMap(({ verbs, resources }) => verbs.flatMap((verb) => resources.map((one) => `${verb} ${one}`)))
      .filter((right) => right !== 'bind clusterroles')
    expect([...world.used].toSorted()).toEqual(given.toSorted())
  })

  it('a value that changed is applied, and what is not wanted any more goes', async () => {
    await makeAll()
    await world.run('apply-limits', { MEMORY: '16Gi' })
    await world.run('apply-network-policy', { NETWORK: 'open' })
    await world.run('bind-roles', { VIEWERS: '' })
    const { objects } = world.kubernetes
    const quota = objects.get({ resource: 'resourcequotas', namespace: 'checkout', name: 'onboarding' })
    expect(quota?.['spec']).toMatchObject({ hard: { 'limits.memory': '16Gi', pods: '20' } })
    const gone = ['networkpolicies onboarding', 'rolebindings onboarding-view']
    expect(world.objects().map(nameOf)).toEqual(made.filter((name) => !gone.includes(name)))
  })
})
