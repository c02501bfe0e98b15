import { expect, it } from 'vitest'

import { waitInPace } from './wait-until.ts'

const pace = { pollFirstMs: 20, pollLongestMs: 60, readyWithinMs: 400, retryFirstMs: 1, retryWithinMs: 1 }
const { signal } = new AbortController()

it('waits grow from the first to the longest, and end at the deadline', async () => {
  const looks: number[] = []
  const look = async (): Promise<undefined> => {
    looks.push(performance.now())
    return undefined
  }
  const began = performance.now()
  await expect(waitInPace(look, { late: 'too late' }, { pace, signal })).rejects.toMatchObject({
    kind: 'timed-out',
    message: 'too late',
  })
  expect(performance.now() - began).toBeLessThan(5_000)
  const gaps = looks.slice(1).map((at, index) => at - (looks[index] ?? 0))
  // Each wait is a quarter shorter at the least; a timer may be a moment early.
  for (const [index, least] of [20, 30, 45, 60].entries())
    expect(gaps[index] ?? 0).toBeGreaterThan(least * 0.75 - 2)
})

it('what is there at the first look is not waited for', async () => {
  expect(await waitInPace(async () => 'there', { late: '' }, { pace, signal })).toBe('there')
})
