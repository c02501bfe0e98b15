import { createHash } from 'node:crypto'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Store } from '../../src/onboarding/ports/store.ts'
import { key } from '../onboarding/builders.ts'
import { firstOf, nextOf } from './fixtures.ts'

/** What every store keeps to. `open` gives an empty one, and what to do when the test is over. */
export const describeStore = (
  name: string,
  open: () => { readonly store: Store; readonly end: () => Promise<void> },
): void => {
  describe(`${name} as a store`, () => {
    let opened: ReturnType<typeof open>
    let store: Store
    beforeEach(() => {
      opened = open()
      store = opened.store
    })
    afterEach(() => opened.end())

    const conflict = { name: 'StoreError', code: 'conflict' }
    const first = firstOf()

    it('knows nothing of a key that was never saved', async () => {
      expect(await store.find(key)).toBeUndefined()
      expect(store.active()).toEqual([])
      expect(store.settled()).toEqual([])
    })

    it('gives back what was saved last', async () => {
      await store.save(first, { settled: false })
      const second = nextOf(first, { phase: 'withdrawn' })
      await store.save(second, { settled: false })
      expect(await store.find(key)).toEqual(second)
      expect(store.active()).toEqual([second])
    })

    it.each([
      ['the same revision again', first],
      ['a revision that leaves one out', { ...first, revision: 3 }],
      ['a new generation that begins with its second revision', { ...first, generation: 2, revision: 2 }],
      ['an older generation', { ...first, generation: 0, revision: 2 }],
    ])('refuses %s', async (_what, stale) => {
      await store.save(first, { settled: false })
      await expect(store.save(stale, { settled: false })).rejects.toMatchObject(conflict)
      expect(await store.find(key)).toEqual(first)
    })

    it('refuses a new key that begins with its second revision', async () => {
      await expect(store.save({ ...first, revision: 2 }, { settled: false })).rejects.toMatchObject(conflict)
    })

    it('lets one of eight who ask at once be the first, twenty times', async () => {
      for (let race = 0; race < 20; race += 1) {
        const of = { namespace: `shop-${race}` }
        const runs = Array.from({ length: 8 }, (_, index) => ({ ...firstOf(of), runId: `run-${index}` }))
        const results = await Promise.allSettled(runs.map((run) => store.save(run, { settled: false })))
        const winners = runs.filter((_, index) => results[index]?.status === 'fulfilled')
        expect(winners).toHaveLength(1)
        expect(await store.find({ ...key, ...of })).toEqual(winners[0])
      }
    })

    it('lets one of eight who decide at once be the first', async () => {
      await store.save(first, { settled: false })
      const all = Array.from({ length: 8 }, (_, index) => nextOf(first, { nonce: `nonce-${index}` }))
      const results = await Promise.allSettled(all.map((next) => store.save(next, { settled: false })))
      const winners = all.filter((_, index) => results[index]?.status === 'fulfilled')
      expect(winners).toHaveLength(1)
      expect(await store.find(key)).toEqual(winners[0])
    })

    it('takes what is settled out of what is active, and lists it until it goes on', async () => {
      await store.save(first, { settled: false })
      const failed = nextOf(first, { phase: 'failed' })
      await store.save(failed, { settled: true })
      expect(store.active()).toEqual([])
      expect(await store.find(key)).toEqual(failed)
      expect(store.settled()).toMatchObject([{ key, phase: 'failed', generation: 1, requester: 'U0ADA' }])
      await store.save(nextOf(failed, { phase: 'running' }), { settled: false })
      expect(store.active()).toHaveLength(1)
      expect(store.settled()).toEqual([])
    })

    it('finds the newest generation', async () => {
      await store.save(first, { settled: true })
      const second = nextOf(first, { isNewGeneration: true })
      await store.save(second, { settled: false })
      expect(await store.find(key)).toEqual(second)
      await store.save(nextOf(second), { settled: true })
      expect(await store.find(key)).toMatchObject({ generation: 2, revision: 2 })
    })

    it('lists the hundred that were settled last, the newest first', async () => {
      for (let count = 1; count <= 103; count += 1)
        await store.save(firstOf({ namespace: `shop-${count}` }), { settled: true })
      const names = store.settled().map((entry) => entry.key.namespace)
      expect(names).toHaveLength(100)
      expect([names.at(0), names.at(-1)]).toEqual(['shop-103', 'shop-4'])
    })

    it('keeps workflow files under their digest', async () => {
      const text = 'kind: Workflow\n'
      const digest = createHash('sha256').update(text).digest('hex')
      expect(await store.readFile(digest)).toBeUndefined()
      await Promise.all([store.keepFile({ digest, text }), store.keepFile({ digest, text })])
      expect(await store.readFile(digest)).toBe(text)
      expect(store.readOnly()).toBeUndefined()
    })
  })
}
