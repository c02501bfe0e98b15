import { describe, expect, it } from 'vitest'

import {
  created,
  failure,
  logRead,
  phases,
  seen,
  state,
  success,
  t0,
  on,
} from '../../test/onboarding/builders.ts'
import { isSame } from './change.ts'
import { due } from './due.ts'
import type { Event } from './events.ts'
import { currentRun, onboardingSchema } from './onboarding.ts'
import { transition } from './transition.ts'

const types = (...args: Parameters<typeof due>): readonly string[] => due(...args).map(({ type }) => type)

describe('a run', () => {
  it('tells every step once, however often it is seen', () => {
    const step = seen({
      steps: [{ name: 'create-subaccount', phase: 'succeeded', startedAt: t0, finishedAt: t0 }],
    })
    const once = on(phases().running, step)
    expect(transition(once, step)).toBe(once)
    expect(once.notices.filter(({ kind }) => kind === 'step-succeeded')).toHaveLength(1)
  })
  it('is not changed by what it knows, also after it was saved and loaded', () => {
    const step = seen({
      steps: [
        { podName: 'pod-1', phase: 'succeeded', name: 'create-subaccount', finishedAt: t0, startedAt: t0 },
      ],
    })
    const once = on(phases().running, step)
    const loaded = onboardingSchema.parse(JSON.parse(JSON.stringify(once)))
    expect(transition(loaded, step)).toBe(loaded)
  })
  it.each([
    [1, '1'],
    [null, {}],
    [{}, null],
    [{ a: 1 }, { b: 1 }],
    [{ a: undefined }, { b: undefined }],
    [[1], [1, 2]],
  ])('tells %j from %j', (a, b) => {
    expect(isSame(a, b)).toBe(false)
  })
  it('never lets a step go back when an older state arrives late', () => {
    const once = on(phases().running, seen({ steps: [{ name: 'create-subaccount', phase: 'succeeded' }] }))
    const late = on(once, seen({ steps: [{ name: 'create-subaccount', phase: 'running' }] }))
    expect(currentRun(late)?.steps[0]?.phase).toBe('succeeded')
  })
  it('goes on with a step that failed and was begun anew, as Argo 3.7 does when its pod was deleted', () => {
    const install = { name: 'install-proxy', phase: 'failed', message: 'pod deleted' } as const
    const failed = on(phases().running, seen({ steps: [install] }))
    const anew = on(failed, seen({ steps: [{ name: 'install-proxy', phase: 'running' }] }))
    const { steps = [] } = currentRun(anew) ?? {}
    expect(steps.at(-1)).toEqual({ name: 'install-proxy', title: 'install-proxy', phase: 'running' })
  })

  it('shows steps that were not planned, such as an exit handler', () => {
    const more = on(phases().running, seen({ steps: [{ name: 'report', phase: 'running' }] }))
    expect(currentRun(more)?.steps.map(({ name }) => name)).toContain('report')
  })
  it('ignores a workflow of another uid, and everything after its end', () => {
    const { running, failed } = phases()
    expect(transition(running, seen({ uid: 'other' }))).toBe(running)
    expect(transition(failed, success)).toBe(failed)
    expect(transition(failed, created())).toBe(failed)
  })
  it('says why it waits, and stops saying so when it goes on', () => {
    const waiting = on(phases().running, seen({ phase: 'Pending', message: 'Waiting for a lock' }))
    expect(currentRun(waiting)?.trouble?.text).toBe('Waiting for a lock')
    const same = on(waiting, seen({ phase: 'Pending', message: 'Waiting for a lock', steps: [] }))
    expect(currentRun(same)?.trouble).toEqual(currentRun(waiting)?.trouble)
    expect(currentRun(on(waiting, seen({})))?.trouble).toBeUndefined()
  })
  it('keeps what exists now, and leaves out outputs that say nothing', () => {
    const outputs = [
      { name: 'subaccount-id', value: 'sa-1' },
      { name: 'release', value: '' },
    ]
    const once = on(phases().running, seen({ outputs }))
    expect(once.outputs).toEqual([{ name: 'subaccount-id', value: 'sa-1' }])
    const newer = on(once, seen({ outputs: [{ name: 'platform-id', value: 'p-1' }] }))
    expect(newer.outputs.map(({ name }) => name)).toEqual(['subaccount-id', 'platform-id'])
    const emptied = on(newer, seen({ outputs: [{ name: 'subaccount-id', value: '' }] }))
    expect(emptied.outputs).toEqual(newer.outputs)
  })
  it('tells a failure only with the last lines of the log', () => {
    const unread = on(phases().running, failure)
    expect(unread.notices.some(({ kind }) => kind === 'run-failed')).toBe(false)
    expect(types(unread)).toContain('read-log')
    const read = on(unread, logRead)
    expect(read.notices.find(({ kind }) => kind === 'run-failed')).toMatchObject({
      step: 'install-proxy',
      failure: { message: 'no chart', log: ['last line'] },
    })
    expect(transition(read, logRead)).toBe(read)
    expect(transition(phases().running, logRead)).toEqual(phases().running)
  })
  it.each([
    [{ phase: 'Error', message: 'quota' } as const, 'quota'],
    [{ phase: 'Failed' } as const, 'The workflow failed and did not say why.'],
  ])('that fails without a step says what Argo says', (changes, message) => {
    const failed = on(phases().running, seen({ finishedAt: 'T1', ...changes }))
    expect(currentRun(failed)?.failure).toEqual({ message, log: [] })
  })
  it('whose workflow somebody deleted has failed', () => {
    const gone: Event = { type: 'workflow-gone', at: t0, run: 0 }
    const failed = on(phases().running, gone)
    expect(failed.phase).toBe('failed')
    expect(currentRun(failed)?.failure?.message).toContain('deleted')
    expect(transition(failed, gone)).toBe(failed)
  })
  it('that nobody knows changes nothing', () => {
    const { running } = phases()
    expect(transition(running, { type: 'workflow-gone', at: t0, run: 7 })).toBe(running)
  })
  it('has its trouble told once', () => {
    const trouble: Event = { type: 'troubled', at: t0, run: 0, text: 'no route', cure: 'ask the network' }
    const told = on(phases().approved, trouble)
    expect(transition(told, trouble)).toBe(told)
    expect(transition(phases().failed, trouble)).toEqual(phases().failed)
    expect(currentRun(on(told, { type: 'troubled', at: t0, run: 0, text: 'other' }))?.trouble).toEqual({
      text: 'other',
      since: t0,
    })
  })
  it('plans its Secret once and lets go of it once', () => {
    const planned = on(phases().approved, { type: 'secret-planned', at: t0, run: 0 })
    expect(transition(planned, { type: 'secret-planned', at: t0, run: 0 })).toBe(planned)
    const gone = on(planned, { type: 'secret-deleted', at: t0, run: 0 })
    expect(transition(gone, { type: 'secret-deleted', at: t0, run: 0 })).toBe(gone)
  })
})

it('a state without a phase says nothing about trouble', () => {
  const { phase: _phase, ...unseen } = state()
  const told = on(phases().running, { type: 'troubled', at: t0, run: 0, text: 'slow' })
  const next = on(told, { type: 'workflow-seen', at: t0, run: 0, state: unseen, isWatched: true })
  expect(currentRun(next)?.trouble?.text).toBe('slow')
})
