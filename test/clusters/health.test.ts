import { beforeEach, describe, expect, it } from 'vitest'

import { createManualClock } from '../../sandbox/manual-clock.ts'
import { createLog } from '../../src/log.ts'
import { RemoteError } from '../../src/onboarding/ports/remote-error.ts'
import { ClusterHealth } from '../../src/runner/cluster-health.ts'

const silent = new RemoteError('argo-server cannot be reached: ECONNREFUSED', { code: 'unreachable' })
const refused = new RemoteError('no', { code: 'forbidden' })

let clock: ReturnType<typeof createManualClock>
let health: ClusterHealth
let calls: number
beforeEach(() => {
  clock = createManualClock(Date.UTC(2026, 0, 5, 9))
  calls = 0
  health = new ClusterHealth({
    name: 'argo-server of prod-eu',
    clock,
    log: createLog('silent'),
    random: () => 0,
  })
})

const call = (outcome: RemoteError | 'answer'): Promise<unknown> =>
  health.call(async () => {
    calls += 1
    if (outcome === 'answer') return outcome
    throw outcome
  })
const failing = async (times: number): Promise<void> => {
  for (let time = 0; time < times; time += 1) await expect(call(silent)).rejects.toBe(silent)
}

describe('a server that gives no answer', () => {
  it('is not called after three calls in a row, and people learn since when and why', async () => {
    await failing(3)
    await expect(call('answer')).rejects.toMatchObject({
      code: 'unreachable',
      retryAfterMs: 2_000,
      message:
        'argo-server of prod-eu cannot be reached since 2026-01-05 09:00 UTC (argo-server cannot be reached: ECONNREFUSED). It is tried again at least once a minute.',
    })
    expect(calls).toBe(3)
  })

  it('is called again as soon as before when the clock was set back meanwhile', async () => {
    await failing(3)
    clock.set(-3_600_000)
    clock.advance(60_000)
    await expect(call('answer')).resolves.toBe('answer')
  })

  it('is told with the cure of its last failure', async () => {
    const cure = 'Set clusters.prod-eu.argo.url to http://argo.example.com'
    const noTls = new RemoteError('it speaks no TLS', { code: 'unreachable', cure })
    for (let time = 0; time < 3; time += 1) await expect(call(noTls)).rejects.toBe(noTls)
    await expect(call('answer')).rejects.toMatchObject({ code: 'unreachable', cure })
  })

  it('is tried by one call when its time has come, and called by all once that was answered', async () => {
    await failing(3)
    clock.advance(2_000)
    let answer = (): void => undefined
    const trying = health.call(
      () =>
        new Promise<void>((resolve) => {
          answer = resolve
        }),
    )
    await expect(call('answer')).rejects.toThrow('cannot be reached since')
    answer()
    await trying
    expect(await call('answer')).toBe('answer')
  })

  it('is tried later and later, and at least once a minute', async () => {
    await failing(3)
    for (const waitMs of [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      clock.advance(waitMs - 1)
      await expect(call(silent)).rejects.toThrow('cannot be reached since 2026-01-05 09:00 UTC')
      clock.advance(1)
      await failing(1)
    }
  })

  it('is called on while it fails now and then', async () => {
    await failing(2)
    await call('answer')
    await failing(2)
    expect(await call('answer')).toBe('answer')
  })
})

it('a server that refuses is not one that gives no answer', async () => {
  for (let time = 0; time < 5; time += 1) await expect(call(refused)).rejects.toBe(refused)
  expect(calls).toBe(5)
})
