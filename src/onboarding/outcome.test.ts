import { describe, expect, it } from 'vitest'

import {
  after,
  approved,
  cleaned,
  cleanupAsked,
  created,
  failedStep,
  failure,
  logRead,
  phases,
  refusal,
  requested,
  retryAsked,
  seen,
  start,
  stopAsked,
  t0,
  on,
} from '../../test/onboarding/builders.ts'
import { cleanupVerbOf } from './ask.ts'
import { due } from './due.ts'
import type { Event } from './events.ts'
import { currentRun, type Onboarding } from './onboarding.ts'
import { needsOtherRequest } from './outcome.ts'
import { transition } from './transition.ts'

const types = (...args: Parameters<typeof due>): readonly string[] => due(...args).map(({ type }) => type)

describe('stop', () => {
  it('before the start ends the run without one', () => {
    const asked = on(phases().approved, stopAsked())
    expect(types(asked)).toContain('stop-workflow')
    expect(refusal(asked, stopAsked())).toBe('wrong-phase')
    const ended = on(asked, { type: 'stop-sent', at: t0, run: 0 })
    expect(ended.phase).toBe('failed')
    expect(ended.notices.some(({ kind }) => kind === 'not-submitted')).toBe(true)
  })
  it('of a running workflow is due until Argo was told', () => {
    const asked = on(phases().running, stopAsked())
    expect(types(asked)).toEqual(expect.arrayContaining(['follow-workflow', 'stop-workflow']))
    const sent = on(asked, { type: 'stop-sent', at: t0, run: 0 })
    expect(types(sent)).not.toContain('stop-workflow')
    expect(transition(sent, { type: 'stop-sent', at: t0, run: 0 })).toBe(sent)
    expect(currentRun(on(sent, failure))?.failure?.message).toBe('Stopped.')
  })
  it('takes back a retry that did not get through, and both are told as often as they are asked for', () => {
    const asked = on(phases().failed, retryAsked(), stopAsked())
    expect(types(asked)).toContain('stop-workflow')
    expect(types(asked)).not.toContain('retry-workflow')
    for (const end of ['stop-sent', 'workflow-gone'] as const) {
      const stopped = on(asked, { type: end, at: t0, run: 0 })
      expect(stopped).toMatchObject({ phase: 'failed', runs: [{ phase: 'failed', retries: 0 }] })
      expect(currentRun(stopped)?.retry).toBeUndefined()
      const again = on(stopped, retryAsked(), stopAsked(), { type: 'stop-sent', at: t0 + 1, run: 0 })
      const kinds = again.notices.filter(({ to }) => to === 'thread').map(({ kind }) => kind)
      expect(kinds.filter((kind) => kind === 'retried')).toHaveLength(2)
      expect(kinds.filter((kind) => kind === 'stop-asked')).toHaveLength(2)
      expect(kinds.filter((kind) => kind === 'run-failed')).toHaveLength(3)
    }
  })
  it('of a retry that Argo has begun stops that', () => {
    const begun = on(phases().failed, retryAsked(), stopAsked(), { type: 'retry-happened', at: t0, run: 0 })
    expect(on(begun, { type: 'stop-sent', at: t0, run: 0 })).toMatchObject({ phase: 'running' })
  })
  it('that was never asked for is nothing', () => {
    const { running } = phases()
    expect(transition(running, { type: 'stop-sent', at: t0, run: 0 })).toBe(running)
  })
})

describe('retry', () => {
  it('goes on with the same workflow once Argo shows another end than the one that was seen', () => {
    const asked = on(phases().failed, retryAsked())
    expect(asked.phase).toBe('running')
    expect(types(asked)).toContain('retry-workflow')
    expect(transition(asked, failure)).toBe(asked)
    const again = on(asked, seen({ steps: [{ ...failedStep, phase: 'running' }] }))
    expect(currentRun(again)).toMatchObject({ retries: 1, attempt: 1 })
    expect(currentRun(again)?.retry).toBeUndefined()
  })
  it('is known to have happened by what Argo answers, and only once', () => {
    const happened: Event = { type: 'retry-happened', at: t0, run: 0 }
    const done = on(on(phases().failed, retryAsked()), happened)
    expect(currentRun(done)?.retries).toBe(1)
    expect(transition(done, happened)).toBe(done)
  })
  it('of a workflow that is gone begins a new attempt from the sealed bytes', () => {
    const anew = on(phases().failed, retryAsked(), { type: 'workflow-gone', at: t0, run: 0 })
    expect(anew).toMatchObject({
      phase: 'approved',
      runs: [{ phase: 'failed' }, { attempt: 2, workflowName: 'onboard-2' }],
    })
  })
  it('of what never began is a new attempt', () => {
    const stopped = on(phases().approved, stopAsked(), { type: 'stop-sent', at: t0, run: 0 })
    expect(on(stopped, retryAsked())).toMatchObject({ phase: 'approved', runs: [{}, { attempt: 2 }] })
  })
  it('of a run that was deleted without an end is not confused by that', () => {
    const deleted = on(phases().running, { type: 'workflow-gone', at: t0, run: 0 })
    expect(currentRun(on(deleted, retryAsked()))?.retry).not.toHaveProperty('finishedAt')
  })
})

describe('clean-up', () => {
  const cleaning = (): ReturnType<typeof phases>['cleaning-up'] => phases()['cleaning-up']
  it('says that nothing is left only when it has looked', () => {
    expect(on(cleaning(), cleaned([{ name: 'remaining', value: '[]' }]))).toMatchObject({
      phase: 'cleaned-up',
      remaining: [],
      outputs: [],
    })
    for (const unknown of [[], [{ name: 'remaining', value: '' }]]) {
      const done = on(cleaning(), cleaned(unknown))
      expect([done.phase, done.remaining]).toEqual(['cleaned-up', undefined])
    }
  })
  it.each([
    ['["release proxy"]', ['release proxy']],
    ['{"a":1}', ['{"a":1}']],
    ['nonsense', ['nonsense']],
  ])('has failed when %s remains', (value, remaining) => {
    const failed = on(cleaning(), cleaned([{ name: 'remaining', value }]))
    expect(failed).toMatchObject({ phase: 'cleanup-failed', remaining })
    expect(currentRun(failed)?.failure).toEqual({
      message: `All its steps are done, but still there: ${remaining.join(', ')}`,
      log: [],
    })
  })
  it('is not done by a workflow that succeeded with a failed or unfinished step', () => {
    const failed = { name: 'uninstall-proxy', phase: 'failed', message: 'busy' } as const
    const done = { name: 'delete-subaccount', phase: 'succeeded' } as const
    expect(currentRun(on(cleaning(), cleaned([], { steps: [failed, done] })))?.failure).toMatchObject({
      message: 'busy',
    })
    const unfinished = on(cleaning(), cleaned([], { steps: [done] }))
    expect(currentRun(unfinished)?.failure?.message).toContain('it is pending')
    const skipped = { name: 'uninstall-proxy', phase: 'skipped' } as const
    expect(on(cleaning(), cleaned([], { steps: [skipped, done] })).phase).toBe('cleaned-up')
  })
  it('can be pressed again after a failure, as a new attempt', () => {
    const failed = on(cleaning(), cleaned([], { phase: 'Failed' }))
    expect(failed.phase).toBe('cleanup-failed')
    expect(on(failed, cleanupAsked({ start: start('cleanup-2') })).runs.at(-1)).toMatchObject({
      kind: 'cleanup',
      attempt: 2,
    })
  })
  it('by a button runs the file that its dialog named, and no other', () => {
    const { failed } = phases()
    const clicked = (digest: object): Event =>
      cleanupAsked({ seen: { generation: 1, nonce: 'nonce', ...digest } })
    expect(on(failed, clicked({ cleanupDigest: 'digest' })).phase).toBe('cleaning-up')
    for (const other of [{}, { cleanupDigest: 'other' }]) {
      expect(refusal(failed, clicked(other))).toBe('other-cleanup')
    }
  })
  it('of what works is not for the requester', () => {
    expect(refusal(phases().succeeded, cleanupAsked())).toBe('not-allowed')
    expect(cleanupVerbOf(phases().succeeded)).toBe('cleanup-succeeded')
  })
  it('starts by itself where the configuration says so, but never after a stop', () => {
    const running = after(requested({ onFailure: 'clean-up' }), approved(), created())
    const failed = on(running, failure, logRead)
    expect(types(failed)).toContain('start-cleanup')
    const byBot = on(failed, cleanupAsked({ by: 'bot' }))
    expect(byBot.history.at(-1)).toMatchObject({ actor: 'bot' })
    expect(
      refusal(on(byBot, created(1, 'uid-2'), cleaned([], { phase: 'Failed' })), cleanupAsked({ by: 'bot' })),
    ).toBe('wrong-phase')
    const stopped = on(running, stopAsked(), failure, logRead)
    expect(types(stopped)).not.toContain('start-cleanup')
  })
})

describe('a run that failed', () => {
  const failedWith = (exitCode: number, step: object = {}): Onboarding =>
    on(phases().running, seen({ phase: 'Failed', steps: [{ ...failedStep, ...step, exitCode }] }))
  it('at a wrong value says that a retry does not help, where the step names no cure', () => {
    expect(needsOtherRequest(failedWith(2))).toBe(true)
    expect(currentRun(failedWith(2))?.failure?.cure).toContain('cannot be retried into success')
    for (const other of [failedWith(5), phases().failed, phases().running, phases().requested]) {
      expect(needsOtherRequest(other)).toBe(false)
      expect(currentRun(other)?.failure?.cure).toBeUndefined()
    }
  })
  it.each([
    [2, 'The key is no JSON. Mend it at its source, then retry.', false],
    [2, 'The chart cannot be fetched. Correct it in the template, then clean up and ask again.', true],
    [4, 'The subdomain is taken. Clean up, then ask again with another.', true],
    [4, 'The quota is used up. Raise it, then retry.', false],
  ])('with %i is cured by what its sentence says: "%s"', (exitCode, message, isCuredByAsking) => {
    const failed = failedWith(exitCode, { message })
    expect(needsOtherRequest(failed)).toBe(isCuredByAsking)
    expect(currentRun(failed)?.failure).toMatchObject({ message })
    expect(currentRun(failed)?.failure?.cure).toBeUndefined()
  })
})
