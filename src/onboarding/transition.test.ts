import { describe, expect, it } from 'vitest'

import {
  ada,
  after,
  approved,
  ben,
  cleanupAsked,
  cleo,
  hour,
  ines,
  otto,
  person,
  phases,
  policy,
  refusal,
  requested,
  retryAsked,
  settled,
  stopAsked,
  t0,
  on,
} from '../../test/onboarding/builders.ts'
import { cleanupVerbOf } from './ask.ts'
import { due } from './due.ts'
import type { Event } from './events.ts'
import type { Person } from './policy.ts'
import { transition } from './transition.ts'

const rejection = (by = ben): Event => ({ type: 'rejected', at: t0, by, policy: policy(), reason: 'not now' })
const withdrawal = (by = ada): Event => ({ type: 'withdrawn', at: t0, by, policy: policy() })

describe('every phase and what people may ask in it', () => {
  const all = phases()
  const actions: Record<string, Event> = {
    request: requested({ at: t0 + 9 * hour }),
    approve: approved({ by: cleo }),
    reject: rejection(cleo),
    withdraw: withdrawal(),
    stop: stopAsked(),
    retry: retryAsked(),
    cleanup: cleanupAsked({ by: ben }),
  }
  const possible: Record<keyof typeof all, readonly string[]> = {
    requested: ['approve', 'reject', 'withdraw'],
    rejected: ['request'],
    expired: ['request'],
    withdrawn: ['request'],
    approved: ['stop'],
    running: ['stop'],
    succeeded: ['cleanup'],
    failed: ['retry', 'cleanup'],
    'cleaning-up': ['stop'],
    'cleaned-up': ['request'],
    'cleanup-failed': ['cleanup'],
    lost: ['request'],
  }
  for (const [phase, onboarding] of Object.entries(all)) {
    for (const [name, event] of Object.entries(actions)) {
      const isPossible = possible[onboarding.phase].includes(name)
      it(`${phase}: ${name} is ${isPossible ? 'taken' : 'refused'}`, () => {
        expect(refusal(settled(onboarding), event) === undefined).toBe(isPossible)
      })
    }
  }
})

describe('a request', () => {
  it('that is not allowed leaves nothing', () => {
    expect(refusal(undefined, requested({ by: otto }))).toBe('not-allowed')
  })
  it('asked again while active is a duplicate that names what differs', () => {
    const again = requested({ parameters: [{ name: 'region', value: 'us10' }] })
    expect(transition(after(requested()), again)).toMatchObject({
      reason: 'duplicate',
      differences: [{ name: 'region', is: 'eu10', wanted: 'us10' }],
    })
  })
  it('after success is a duplicate with the same values and a conflict with others', () => {
    const done = phases().succeeded
    expect(refusal(done, requested())).toBe('duplicate')
    expect(refusal(done, requested({ parameters: [] }))).toBe('conflict')
  })
  it('after a failure has to be retried or cleaned up first', () => {
    expect(refusal(phases().failed, requested())).toBe('unfinished')
  })
  it('after a failure before anything began makes a new generation, and there is nothing to clean up', () => {
    const stopped = on(phases().approved, stopAsked(), { type: 'stop-sent', at: t0, run: 0 })
    expect(stopped.phase).toBe('failed')
    expect(refusal(stopped, requested())).toBe('settling')
    expect(on(settled(stopped), requested())).toMatchObject({ generation: 2, phase: 'requested' })
    expect(refusal(stopped, cleanupAsked())).toBe('wrong-phase')
    expect(cleanupVerbOf(stopped)).toBeUndefined()
    // The thread of what is replaced is not edited any more.
    expect(stopped.notices.filter(({ offers }) => offers)).toEqual([])
    const unsubmitted = on(phases().approved, { type: 'woken', at: t0 + 5 * hour })
    expect(due({ ...unsubmitted, onFailure: 'clean-up' }).map(({ type }) => type)).not.toContain(
      'start-cleanup',
    )
  })
  it('waits until the generation before is settled, and then begins a new one', () => {
    const rejected = after(requested(), rejection())
    expect(refusal(rejected, requested())).toBe('settling')
    expect(on(settled(rejected), requested())).toMatchObject({
      generation: 2,
      revision: 1,
      phase: 'requested',
    })
  })
  it('starts at once where the policy asks for no approval', () => {
    const started = after(requested({ policy: policy({ approvals: 0 }) }))
    expect(started).toMatchObject({ phase: 'approved', runs: [{ kind: 'onboard', attempt: 1 }] })
  })
  it('about nothing that is there is unknown', () => {
    expect(refusal(undefined, approved())).toBe('unknown')
  })
})

describe('a template whose file has changed', () => {
  const read = (digest?: string): Event => ({ type: 'template-read', at: 2_000, digest })
  it('is said on the card of a request, until it is as it was', () => {
    const request = after(requested())
    expect(transition(request, read(request.template.digest))).toBe(request)
    const outdated = on(request, read('other'))
    expect(outdated.template.isOutdated).toBe(true)
    expect(outdated.thread.version).toBe(request.thread.version + 1)
    expect(transition(outdated, read())).toBe(outdated)
    expect(on(outdated, read(request.template.digest)).template.isOutdated).toBe(false)
  })
  it('concerns no onboarding that was decided', () => {
    const { running } = phases()
    expect(transition(running, read('other'))).toBe(running)
  })
})

describe('a decision', () => {
  it('counts one approval per person and starts with enough of them', () => {
    const two = policy({ approvals: 2 })
    const one = after(requested({ policy: two }), approved({ policy: two }))
    expect(one.phase).toBe('requested')
    expect(refusal(one, approved({ policy: two }))).toBe('approved-before')
    expect(on(one, approved({ policy: two, by: cleo, earlier: [ben] })).phase).toBe('approved')
  })
  describe('that would be enough weighs the earlier approvals by the policy and the accounts of that moment', () => {
    const two = policy({ approvals: 2 })
    const one = after(requested({ policy: two }), approved({ policy: two }))
    const byCleo = (earlier: readonly Person[]): Event => approved({ policy: two, by: cleo, earlier })
    it.each<[string, Person]>([
      ['is not in the group any more', { ...ben, memberOf: [] }],
      ['is deactivated', { ...ben, standing: 'deactivated' }],
      ['is a guest by now', { ...ben, standing: 'guest' }],
    ])('an approval by somebody who %s falls, and the thread says so', (_, earlier) => {
      const next = on(one, byCleo([earlier]))
      expect(next.phase).toBe('requested')
      expect(next.decisions.map(({ by }) => by)).toEqual([cleo.id])
      expect(next.notices.map(({ id, to }) => [id, to])).toContainEqual([`approval-fell.${ben.id}`, 'thread'])
    })
    it.each<[string, readonly Person[]]>([
      ['the account', [{ ...ben, standing: 'unknown' }]],
      ['the group', [{ ...ben, memberOf: [], notLookedUp: ['S0PLATFORM'] }]],
      ['the person', []],
    ])('nothing counts where %s could not be looked up', (_, earlier) => {
      expect(refusal(one, byCleo(earlier))).toBe('not-weighed')
    })
    it('whoever fell and may again approves again, and the thread says it again', () => {
      const fell = on(one, byCleo([{ ...ben, memberOf: [] }]))
      const again = on(fell, approved({ policy: two, earlier: [cleo], at: t0 + 5_000 }))
      expect(again.phase).toBe('approved')
      expect(again.notices.filter(({ kind, by }) => kind === 'approved' && by === ben.id)).toHaveLength(3)
    })
    it('only at the click that would decide', () => {
      const three = policy({ approvals: 3 })
      const first = after(requested({ policy: three }), approved({ policy: three }))
      expect(on(first, approved({ policy: three, by: cleo })).decisions).toHaveLength(2)
    })
  })
  it('by a button of another generation or card is stale', () => {
    const stale = { seen: { generation: 2, nonce: 'nonce' } }
    for (const event of [approved(stale), stopAsked(stale), retryAsked(stale), cleanupAsked(stale)]) {
      expect(refusal(after(requested()), event)).toBe('stale')
    }
    expect(refusal(after(requested()), approved({ seen: { generation: 1, nonce: 'other' } }))).toBe('stale')
    expect(refusal(after(requested()), approved({ seen: { generation: 1, nonce: 'nonce' } }))).toBeUndefined()
  })
  it('by an outsider is refused, whatever it is', () => {
    expect(refusal(after(requested()), approved({ by: otto }))).toBe('not-allowed')
    expect(refusal(after(requested()), rejection(otto))).toBe('not-allowed')
    expect(refusal(after(requested()), withdrawal(otto))).toBe('not-allowed')
    expect(refusal(phases().running, stopAsked({ by: otto }))).toBe('not-allowed')
    expect(refusal(phases().failed, retryAsked({ by: otto }))).toBe('not-allowed')
    expect(refusal(phases().failed, cleanupAsked({ by: otto }))).toBe('not-allowed')
  })
  it('to withdraw is for the requester and for admins, with a standing account', () => {
    expect(refusal(after(requested()), withdrawal(person('U0ADA', [], 'deactivated')))).toBe('not-allowed')
    const byAdmin = on(after(requested()), withdrawal(ines))
    expect(byAdmin.notices.map(({ to }) => to)).toEqual(['thread', 'requester'])
  })
})
