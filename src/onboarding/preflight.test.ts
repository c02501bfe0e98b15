import { describe, expect, it } from 'vitest'

import {
  ada,
  after,
  approved,
  ben,
  cleo,
  on,
  otto,
  person,
  phases,
  policy,
  refusal,
  requested,
  t0,
} from '../../test/onboarding/builders.ts'
import { due } from './due.ts'
import type { Event } from './events.ts'
import { definiteNo } from './preflight.ts'
import { transition } from './transition.ts'

const checked = (result: 'taken' | 'refused' | 'unanswered', text = 'no right', cure = 'give it'): Event =>
  result === 'taken'
    ? { type: 'workflow-checked', at: t0, result }
    : { type: 'workflow-checked', at: t0, result, text, cure }
const checkAsked = (changes: object = {}): Event => ({
  type: 'check-asked',
  at: t0,
  by: ada,
  policy: policy(),
  ...changes,
})
const isDue = (onboarding: Parameters<typeof due>[0]): boolean =>
  due(onboarding).some(({ type }) => type === 'check-workflow')

const open = after(requested())
const refused = on(open, checked('refused'))

describe('a request', () => {
  it('has argo-server asked, until it has answered or could not be asked', () => {
    expect(isDue(open)).toBe(true)
    for (const result of ['taken', 'refused', 'unanswered'] as const) {
      expect(isDue(on(open, checked(result)))).toBe(false)
    }
  })
  it('that needs no approval is not checked beforehand', () => {
    const started = after(requested({ policy: policy({ approvals: 0 }) }))
    expect(started).not.toHaveProperty('preflight')
    expect(isDue(started)).toBe(false)
  })
  it('shows on its card what was said', () => {
    expect(refused.thread.version).toBeGreaterThan(open.thread.version)
    expect(refused.preflight?.answer).toEqual({ isTaken: false, at: t0, text: 'no right', cure: 'give it' })
  })
  it('is not changed by an answer that nobody waits for', () => {
    const taken = on(open, checked('taken'))
    expect(transition(taken, checked('refused'))).toBe(taken)
    const { approved: decided } = phases()
    expect(transition(decided, checked('refused'))).toBe(decided)
    const { preflight: _none, ...unchecked } = open
    expect(transition(unchecked, checked('refused'))).toBe(unchecked)
  })
})

describe('a definite no', () => {
  it('keeps everybody from approving, after everything else that would', () => {
    expect(refusal(refused, approved())).toBe('preflight')
    expect(refusal(refused, approved({ by: otto }))).toBe('not-allowed')
    const two = policy({ approvals: 2 })
    const once = on(after(requested({ policy: two })), approved({ policy: two }), checked('refused'))
    expect(refusal(once, approved({ policy: two }))).toBe('approved-before')
    expect(refusal(once, approved({ policy: two, by: cleo }))).toBe('preflight')
  })
  it('keeps nobody from rejecting or withdrawing', () => {
    const rejection: Event = { type: 'rejected', at: t0, by: ben, policy: policy(), reason: 'no' }
    expect(refusal(refused, rejection)).toBeUndefined()
    expect(refusal(refused, { type: 'withdrawn', at: t0, by: ada, policy: policy() })).toBeUndefined()
  })
  it('stands until argo-server says otherwise, also while it cannot be asked', () => {
    const asked = on(refused, checkAsked())
    expect(refusal(asked, approved())).toBe('preflight')
    const unanswered = on(asked, checked('unanswered', 'no route', ''))
    expect(definiteNo(unanswered)?.text).toBe('no right')
    expect(unanswered.preflight?.unanswered).toMatchObject({ text: 'no route', since: t0 })
    expect(refusal(unanswered, approved())).toBe('preflight')
    const taken = on(unanswered, checkAsked(), checked('taken'))
    expect(taken.preflight).toEqual({ due: false, answer: { isTaken: true, at: t0 } })
    expect(refusal(taken, approved())).toBeUndefined()
  })
  it('without a cure says what argo-server said', () => {
    const bare: Event = { type: 'workflow-checked', at: t0, result: 'refused', text: 'no' }
    expect(on(open, bare).preflight?.answer).toEqual({ isTaken: false, at: t0, text: 'no' })
  })
})

describe('an argo-server that could not be asked', () => {
  it('keeps nobody from approving', () => {
    expect(on(open, checked('unanswered'), approved()).phase).toBe('approved')
  })
})

describe('asking again', () => {
  it.each([
    ['the requester', ada],
    ['an approver', ben],
  ])('is for %s', (_who, by) => {
    const asked = on(refused, checkAsked({ by }))
    expect(isDue(asked)).toBe(true)
    expect(asked.history.at(-1)).toMatchObject({ actor: by.id, event: 'check-asked' })
  })
  it('is for nobody else, who learns who may', () => {
    expect(transition(refused, checkAsked({ by: otto }))).toMatchObject({
      reason: 'not-allowed',
      verb: 'check',
      denial: { because: 'not-named', rule: { allow: ['U0ADA', 'S0PLATFORM'] } },
    })
    const gone = person('U0ADA', [], 'deactivated')
    expect(transition(refused, checkAsked({ by: gone }))).toMatchObject({ denial: { because: 'standing' } })
  })
  it('twice asks once', () => {
    const asked = on(refused, checkAsked())
    expect(transition(asked, checkAsked({ by: ben }))).toBe(asked)
  })
  it('is too late after the decision, and on an earlier card', () => {
    expect(refusal(phases().approved, checkAsked())).toBe('wrong-phase')
    const { preflight: _none, ...unchecked } = open
    expect(refusal(unchecked, checkAsked())).toBe('wrong-phase')
    expect(refusal(refused, checkAsked({ seen: { generation: 7, nonce: 'nonce' } }))).toBe('stale')
  })
})
