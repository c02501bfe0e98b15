import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  after,
  approved,
  cleaned,
  cleanupAsked,
  created,
  failure,
  hour,
  key,
  logRead,
  lost,
  on,
  phases,
  refusal,
  requested,
  retryAsked,
  seen,
  settled,
  success,
  t0,
} from '../../test/onboarding/builders.ts'
import { due, isSettled } from './due.ts'
import type { Event } from './events.ts'
import { type Onboarding, onboardingSchema } from './onboarding.ts'
import { snapshotOf } from './restore.ts'
import { transition } from './transition.ts'

const later = t0 + hour

/** As it comes back from an annotation. */
const carried = (onboarding: Onboarding): Onboarding =>
  onboardingSchema.parse(JSON.parse(JSON.stringify(snapshotOf(onboarding, onboarding.runs.length - 1))))

const rebuilt = (record: Onboarding, changes: object = {}): Event => ({
  type: 'rebuilt',
  at: later,
  record,
  uid: 'uid-1',
  reason: 'There was no document of it.',
  isTold: true,
  ...changes,
})

const shown: Event = { type: 'card-shown', at: t0, version: 1, channel: 'C0ONBOARD', ts: '1.1' }
const submitting = after(requested(), shown, approved())

describe('a record that is rebuilt from its workflow', () => {
  it('is told to the admins, unless that is done with another', () => {
    const toAdmins = (changes: object): number =>
      after(rebuilt(carried(submitting), changes)).notices.filter(({ to }) => to === 'admins').length
    expect(toAdmins({})).toBe(1)
    expect(toAdmins({ isTold: false })).toBe(0)
  })
  it('has everything that was asked, decided and sealed, and its run under way', () => {
    const again = after(rebuilt(carried(submitting)))
    const { runId, nonce, generation, parameters, seal, requester, decisions, template } = submitting
    expect(again).toMatchObject({
      key,
      runId,
      nonce,
      generation,
      parameters,
      seal,
      requester,
      decisions,
      template,
    })
    expect(again).toMatchObject({
      revision: 1,
      phase: 'running',
      rebuiltAt: later,
      runs: [{ phase: 'running', uid: 'uid-1', secret: true, workflowName: 'onboard-1' }],
      thread: { channel: 'C0ONBOARD', ts: '1.1', trying: false, shown: 0 },
    })
    expect(due(again).map(({ type }) => type)).toEqual(['follow-workflow', 'show-card', 'post-notice'])
  })

  it('looks for the card where its place was not known yet', () => {
    const again = after(rebuilt(carried(after(requested(), approved()))))
    expect(again.thread).toMatchObject({ channel: 'C0ONBOARD', trying: true })
    expect(again.thread).not.toHaveProperty('ts')
  })

  it('looks for every message before it posts it', () => {
    const ended = on(after(rebuilt(carried(submitting))), success)
    expect(ended.phase).toBe('succeeded')
    expect(ended.notices.map(({ state }) => state)).not.toContain('due')
    expect(ended.notices.map(({ kind }) => kind)).toContain('step-succeeded')
  })

  it('tells the admins, and nobody else', () => {
    const { notices } = after(rebuilt(carried(submitting)))
    expect(notices).toMatchObject([
      { to: 'admins', kind: 'record-rebuilt', comment: 'There was no document of it.' },
    ])
  })

  it('comes to the same end as the record that was lost', () => {
    const ends: Event[] = [success, failure]
    for (const end of ends) {
      const was = on(submitting, created(), end, logRead)
      const is = on(after(rebuilt(carried(submitting))), end, logRead)
      expect([is.phase, is.outputs, is.runs[0]?.steps]).toEqual([was.phase, was.outputs, was.runs[0]?.steps])
    }
  })

  it('of a clean-up knows what was made, and what ran before', () => {
    const failed = on(
      submitting,
      created(),
      seen({ outputs: [{ name: 'subaccount-id', value: 'sa-1' }] }),
      failure,
      logRead,
    )
    const cleaning = on(failed, cleanupAsked())
    const again = after(rebuilt(carried(cleaning), { uid: 'uid-2' }))
    expect(again).toMatchObject({
      phase: 'cleaning-up',
      outputs: [{ name: 'subaccount-id', value: 'sa-1' }],
      runs: [
        { kind: 'onboard', phase: 'failed', steps: [] },
        { kind: 'cleanup', phase: 'running' },
      ],
    })
    expect(on(again, cleaned([{ name: 'remaining', value: '[]' }])).phase).toBe('cleaned-up')
  })

  it('never takes the place of one that is there, unless that is an older one that has ended', () => {
    const event = rebuilt({ ...carried(submitting), runId: 'other' })
    for (const existing of Object.values(phases())) expect(transition(existing, event)).toBe(existing)
    const newer = rebuilt({ ...carried(submitting), generation: 2 })
    const { running } = phases()
    expect(transition(running, newer)).toBe(running)
    expect(transition(phases().rejected, newer)).toMatchObject({ generation: 1 })
    expect(on(settled(phases().rejected), newer)).toMatchObject({
      generation: 2,
      revision: 1,
      phase: 'running',
    })
  })
})

describe('a record from an older backup', () => {
  it('is brought up to the run that its workflow tells of, whatever it says itself', () => {
    const { requested: open, withdrawn, succeeded, 'cleaning-up': cleaning } = phases()
    for (const old of [open, withdrawn]) {
      const again = on(old, rebuilt(carried(submitting)))
      expect(again).toMatchObject({ phase: 'running', revision: old.revision + 1, runs: [{ uid: 'uid-1' }] })
    }
    expect(on(succeeded, rebuilt(carried(cleaning), { uid: 'uid-2' })).phase).toBe('cleaning-up')
    expect(transition(cleaning, rebuilt(carried(submitting)))).toBe(cleaning)
  })
})

describe('a snapshot', () => {
  it('is a record of its own that says nothing of messages, history and troubles', () => {
    const troubled = on(submitting, { type: 'troubled', at: t0, run: 0, text: 'no route' })
    expect(carried(troubled)).toMatchObject({ notices: [], history: [], revision: 1 })
    expect(carried(troubled)).not.toHaveProperty('preflight')
    expect(after(rebuilt(carried(troubled))).runs[0]).not.toHaveProperty('trouble')
  })
  it('of a later attempt is small, however much the earlier ones said', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 200, maxLength: 300 }), { maxLength: 15 }), (lines) => {
        const failed = on(submitting, created(), failure, { type: 'log-read', at: t0, run: 0, lines })
        const anew = on(failed, retryAsked(), { type: 'workflow-gone', at: t0, run: 0 })
        expect(JSON.stringify(carried(anew)).length).toBeLessThan(3_000)
      }),
    )
  })
})

describe('a damaged request without a workflow', () => {
  it('keeps its card, which says so, and can be asked again once that is told', () => {
    const gone = after(lost())
    expect(gone).toMatchObject({ phase: 'lost', revision: 1, thread: { ts: '1.1', trying: false } })
    expect(gone.notices.map(({ to }) => to)).toEqual(['thread', 'requester', 'admins'])
    expect(isSettled(gone)).toBe(false)
    expect(refusal(gone, requested())).toBe('settling')
    expect(on(settled(gone), requested())).toMatchObject({ generation: 2, phase: 'requested' })
  })
  it('of which it is not known who asked tells nobody by name', () => {
    const gone = after(lost({ requester: undefined, ts: undefined }))
    expect(gone.notices.map(({ to }) => to)).toEqual(['thread', 'admins'])
    expect(due(gone).map(({ type }) => type)).toEqual(['show-card'])
  })
  it('never takes the place of a record that is there', () => {
    const { requested: open } = phases()
    expect(transition(open, lost())).toBe(open)
  })
})

describe('a request that came before the lost record of its key was found', () => {
  const superseded: Event = { type: 'superseded', at: later }
  it('is withdrawn, says why, and makes room once that is told', () => {
    const given = on(phases().requested, superseded)
    expect(given.phase).toBe('withdrawn')
    expect(given.notices.map(({ kind, to }) => [kind, to])).toEqual([
      ['superseded', 'thread'],
      ['superseded', 'requester'],
    ])
    const event = rebuilt({ ...carried(submitting), runId: 'lost' })
    expect(transition(given, event)).toBe(given)
    expect(on(settled(given), event)).toMatchObject({ generation: 1, revision: 1, phase: 'running' })
  })
  it('is withdrawn also when it was approved and has not begun', () => {
    expect(on(phases().approved, superseded)).toMatchObject({ phase: 'withdrawn', runs: [] })
    const sent = on(phases().approved, { type: 'secret-planned', at: t0, run: 0 })
    expect(transition(sent, superseded)).toBe(sent)
  })
  it('stays when it has begun or ended', () => {
    for (const [phase, onboarding] of Object.entries(phases())) {
      if (phase === 'requested' || phase === 'approved') continue
      expect(transition(onboarding, superseded)).toBe(onboarding)
    }
    const again = on(phases().failed, retryAsked(), { type: 'workflow-gone', at: t0, run: 0 })
    expect(again.phase).toBe('approved')
    expect(transition(again, superseded)).toBe(again)
  })
})
