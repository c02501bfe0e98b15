import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { made, makingSteps, nameOf, NamespaceWorld, undoingSteps } from '../steps/namespace-world.ts'

let world: NamespaceWorld
beforeAll(async () => {
  world = await NamespaceWorld.start()
})
afterAll(async () => {
  await world.stop()
})

describe('the steps of the template namespace, killed by SIGKILL after each request and run again', () => {
  const killedEverywhere = async (
    steps: readonly string[],
    more: Record<string, string>,
  ): Promise<number> => {
    let kills = 0
    for (const step of steps) {
      for (let killAfter = 1; ; killAfter += 1) {
        const ended = await world.run(step, { ...more, killAfter })
        if (ended.code === 0) break
        expect([step, killAfter, ended.code, ended.message]).toEqual([step, killAfter, undefined, ''])
        kills += 1
      }
      const again = await world.run(step, more)
      expect([step, again.code, again.message]).toEqual([step, 0, ''])
    }
    return kills
  }

  it('end as if nothing had happened, the making and then the undoing', async () => {
    const makingKills = await killedEverywhere(makingSteps, {})
    expect(world.objects().map(nameOf)).toEqual(made)
    const [namespace] = world.kubernetes.objects.list('namespaces', '').slice(-1)
    const more = { NAMESPACE_UID: namespace?.metadata.uid ?? '' }
    const undoingKills = await killedEverywhere(undoingSteps, more)
    expect(world.objects()).toEqual([])
    expect([makingKills, undoingKills].every((kills) => kills > 10)).toBe(true)
  })
})
