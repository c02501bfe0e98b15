import { describe, expect, it } from 'vitest'

import { ben, cleo, ines, person, policy } from '../../test/onboarding/builders.ts'
import { type Denial, denial } from './policy.ts'

describe('the policy', () => {
  const about = { policy: policy(), requester: 'U0ADA' }
  it('names nobody by an empty list', () => {
    const none = policy({}, { approve: { allow: [], deny: [] } })
    expect(denial('approve', ben, { ...about, policy: none })).toMatchObject({ because: 'not-named' })
  })
  it('lets deny win over allow', () => {
    const denying = policy({}, { approve: { allow: ['S0PLATFORM'], deny: ['U0BEN'] } })
    expect(denial('approve', ben, { ...about, policy: denying })).toMatchObject({ because: 'denied' })
    expect(denial('approve', cleo, { ...about, policy: denying })).toBeUndefined()
  })
  it('lets nobody do anything by a group that could not be looked up, and frees nobody of one', () => {
    const unclear = (subjects: readonly string[]): Denial | undefined =>
      denial('approve', { ...ben, notLookedUp: subjects }, { ...about, policy: named })
    const named = policy({}, { approve: { allow: ['S0PLATFORM', 'C0OPS'], deny: ['S0AWAY', 'C0OTHER'] } })
    expect(unclear([])).toBeUndefined()
    expect(unclear(['S0AWAY'])).toMatchObject({ because: 'not-looked-up' })
    const byOps = { ...person('U0OTTO'), notLookedUp: ['C0OPS'] }
    expect(denial('approve', byOps, { ...about, policy: named })).toMatchObject({ because: 'not-looked-up' })
    expect(denial('stop', byOps, { ...about, policy: named })).toMatchObject({ because: 'not-looked-up' })
    // What is certain counts all the same.
    expect(unclear(['C0OPS'])).toBeUndefined()
    const away = { ...person('U0BEN', ['S0PLATFORM', 'S0AWAY']), notLookedUp: ['C0OTHER'] }
    expect(denial('approve', away, { ...about, policy: named })).toMatchObject({ because: 'denied' })
  })
  it.each(['deactivated', 'guest', 'stranger', 'bot', 'unknown'] as const)(
    'lets nobody do anything who is %s',
    (standing) => {
      expect(denial('approve', person('U0BEN', ['S0PLATFORM'], standing), about)).toMatchObject({
        because: 'standing',
      })
    },
  )
  it('does not let requesters approve their own request unless it says so', () => {
    const own = { ...about, requester: 'U0BEN' }
    expect(denial('approve', ben, own)).toMatchObject({ because: 'own-request' })
    expect(denial('approve', ben, { ...own, policy: policy({ requesterMayApprove: true }) })).toBeUndefined()
    expect(denial('cleanup-succeeded', ben, own)).toMatchObject({ because: 'own-request' })
    expect(denial('retry', ben, own)).toBeUndefined()
  })
  it('understands "approvers" nowhere inside the rule for approving', () => {
    const turning = policy({}, { approve: { allow: ['approvers'], deny: [] } })
    expect(denial('approve', ben, { ...about, policy: turning })).toMatchObject({ because: 'not-named' })
  })
  it('lets admins clean up for people who left', () => {
    expect(denial('cleanup', ines, about)).toBeUndefined()
    expect(denial('retry', ines, about)).toMatchObject({ because: 'not-named' })
  })
})
