import { describe, expect, it } from 'vitest'

import {
  after,
  cleanupAsked,
  created,
  failedStep,
  failure,
  hour,
  logRead,
  minute,
  phases,
  requested,
  retryAsked,
  seen,
  seenWithoutPhase,
  settled,
  t0,
  on,
} from '../../test/onboarding/builders.ts'
import { due, isSettled } from './due.ts'
import { effectId } from './effects.ts'
import type { Event } from './events.ts'
import { currentRun, type Onboarding } from './onboarding.ts'
import { offering, outlived } from './outbox.ts'
import { wakeAt } from './time.ts'
import { transition } from './transition.ts'

const woken = (at: number): Event => ({ type: 'woken', at })
const types = (...args: Parameters<typeof due>): readonly string[] => due(...args).map(({ type }) => type)

describe('time', () => {
  it('expires a request that nobody decided, and not before', () => {
    const open = after(requested())
    expect(wakeAt(open)).toBe(t0 + 72 * hour)
    expect(transition(open, woken(t0 + hour))).toBe(open)
    expect(on(open, woken(t0 + 99 * hour)).phase).toBe('expired')
  })
  it('ends a submission at its deadline, at once where none can have been sent', () => {
    const waiting = phases().approved
    expect(wakeAt(waiting)).toBe(t0 + 4 * hour)
    const troubled = on(waiting, { type: 'troubled', at: t0, run: 0, text: 'no route' })
    expect(currentRun(on(troubled, woken(t0 + 5 * hour)))?.failure?.message).toContain('no route')
    expect(on(waiting, woken(t0 + 5 * hour)).phase).toBe('failed')
  })
  it('lets the cluster say whether a submission that may have been sent was carried out', () => {
    const sent = on(phases().approved, { type: 'secret-planned', at: t0, run: 0 })
    expect(wakeAt(sent)).toBeUndefined()
    const ended: Event = { type: 'submission-ended', at: t0, run: 0 }
    expect(on(sent, ended).phase).toBe('failed')
    const troubled = on(sent, { type: 'troubled', at: t0, run: 0, text: 'no route' })
    expect(currentRun(on(troubled, ended))?.failure?.message).toContain('no route')
    expect(transition(phases().running, ended)).toEqual(phases().running)
  })
  it('raises each alarm once: no controller after a minute, overdue later, and that takes the place of nothing that says more', () => {
    const { running } = phases()
    expect(wakeAt(running)).toBe(t0 + 3 * minute)
    const alarmed = on(running, woken(t0 + 4 * minute), seenWithoutPhase(t0 + 4 * minute))
    expect(currentRun(alarmed)?.trouble?.text).toContain('controller')
    expect(wakeAt(alarmed)).toBe(t0 + 8 * hour)
    const overdue = on(alarmed, woken(t0 + 9 * hour))
    expect(currentRun(overdue)?.trouble?.text).toContain('controller')
    expect(wakeAt(overdue)).toBeUndefined()
    expect(transition(overdue, woken(t0 + 10 * hour))).toBe(overdue)
    expect(currentRun(on(overdue, seen({})))?.trouble?.text).toContain('overdue')
    expect(currentRun(on(overdue, seenWithoutPhase(t0 + 9 * hour)))?.trouble?.text).toContain('controller')
    const unseen = on(running, woken(t0 + 9 * hour))
    expect(currentRun(unseen)?.trouble?.text).toContain('overdue')
    expect(currentRun(on(unseen, seenWithoutPhase(t0 + 9 * hour)))?.trouble?.text).toContain('controller')
  })
  it('has the workflow looked at before it says that no controller picks it up', () => {
    const looks = (onboarding: Onboarding): readonly boolean[] =>
      due(onboarding).flatMap((effect) => (effect.type === 'follow-workflow' ? [effect.isLookDue] : []))
    const { running } = phases()
    expect(looks(running)).toEqual([false])
    const early = on(running, seenWithoutPhase(t0 + 2 * minute + 59_999))
    expect(currentRun(early)).not.toHaveProperty('trouble')
    const awake = on(running, woken(t0 + 4 * minute))
    expect(currentRun(awake)).not.toHaveProperty('trouble')
    expect(looks(awake)).toEqual([true])
    expect(currentRun(on(awake, seen({ phase: 'Running' })))).not.toHaveProperty('trouble')
    expect(looks(on(awake, seen({ phase: 'Running' })))).toEqual([false])
    const alarmed = on(awake, seenWithoutPhase(t0 + 4 * minute))
    expect(currentRun(alarmed)?.trouble).toMatchObject({ since: t0 + 4 * minute })
    expect(looks(alarmed)).toEqual([false])
    expect(transition(alarmed, seenWithoutPhase(t0 + 5 * minute))).toBe(alarmed)
  })
  it('asks for no controller once one has seen the workflow', () => {
    expect(wakeAt(on(phases().running, seen({})))).toBe(t0 + 8 * hour)
  })
  it('changes nothing more once it is over', () => {
    expect(wakeAt(phases().rejected)).toBeUndefined()
    expect(wakeAt(phases().failed)).toBeUndefined()
  })
})

describe('what is due', () => {
  it('begins with the card; notices wait until its thread is there', () => {
    const decided = phases().approved
    expect(types(decided)).toEqual(['submit-workflow', 'show-card'])
    const trying = on(decided, { type: 'card-trying', at: t0 })
    expect(trying.thread).toMatchObject({ trying: true, version: decided.thread.version })
    const shown = on(trying, {
      type: 'card-shown',
      at: t0,
      version: trying.thread.version,
      channel: 'C1',
      ts: '1.1',
    })
    expect(types(shown)).toEqual(['submit-workflow', 'post-notice', 'post-notice'])
    const id = shown.notices[0]?.id ?? ''
    const posting = on(shown, { type: 'notice-trying', at: t0, id })
    expect(posting.notices[0]?.state).toBe('trying')
    expect(on(posting, { type: 'notice-delivered', at: t0, id, ts: '1.2' }).notices[0]).toMatchObject({
      state: 'done',
      ts: '1.2',
    })
    expect(on(posting, { type: 'notice-delivered', at: t0, id }).notices[0]).not.toHaveProperty('ts')
  })
  it('begins with the card again where that is gone, also in another channel; a late word of an earlier one is none', () => {
    const shown = settled(phases().failed)
    expect(on(shown, { type: 'card-gone', at: t0, ts: '9.9', channel: 'C1' })).toBe(shown)
    const gone = on(shown, { type: 'card-gone', at: t0, ts: '1.1', channel: 'C1' })
    expect(due(gone)).toEqual([{ type: 'show-card', version: shown.thread.version }])
    expect(gone.thread).toEqual({ channel: 'C1', trying: true, version: shown.thread.version, shown: 0 })
    const unposted = on(phases().requested, { type: 'card-gone', at: t0, channel: 'C2' })
    expect(unposted.thread).toMatchObject({ channel: 'C2', trying: true })
  })
  it('ends with the Secret, and then the onboarding is settled', () => {
    const failed = on(
      phases().approved,
      { type: 'secret-planned', at: t0, run: 0 },
      created(),
      failure,
      logRead,
    )
    expect(types(failed)).toContain('delete-run-secret')
    expect(isSettled(failed)).toBe(false)
    expect(isSettled(settled(failed))).toBe(true)
    expect(due(settled(failed))).toEqual([])
    expect(isSettled(settled(phases().running))).toBe(false)
  })
  it('takes the buttons from a notice once something was done about what it tells', () => {
    const failed = settled(phases().failed)
    const told = failed.notices.find(({ offers }) => offers)
    expect(told).toMatchObject({ kind: 'run-failed', to: 'thread' })
    expect(offering(failed)).toBe(told)
    const redraw = { type: 'redraw-notice', id: told?.id }
    const failedAgain = seen({ phase: 'Failed', finishedAt: 'T2', steps: [failedStep] })
    for (const next of [[retryAsked()], [retryAsked(), failedAgain, logRead], [cleanupAsked()]]) {
      const moved = on(failed, ...next)
      expect(due(moved)).toContainEqual(redraw)
      const redrawn = on(moved, { type: 'notice-redrawn', at: t0, id: redraw.id ?? '' })
      expect(due(redrawn)).not.toContainEqual(redraw)
      expect(redrawn.thread.version).toBe(moved.thread.version)
    }
  })
  it('leaves the buttons of a notice that was not posted yet, or never will be, as they are', () => {
    const moved = on(phases().failed, cleanupAsked())
    expect(outlived(moved)).toEqual([])
    const givenUp = moved.notices.map(({ id }): Event => ({ type: 'notice-delivered', at: t0, id }))
    expect(outlived(on(moved, ...givenUp))).toEqual([])
  })
  it('names each effect once', () => {
    const { failed } = phases()
    const ids = due(failed).map(effectId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(effectId({ type: 'post-notice', id: 'a' })).toBe('post-notice:a')
    expect(effectId({ type: 'read-log', run: 2 })).toBe('read-log:2')
    expect(effectId({ type: 'show-card', version: 7 })).toBe('show-card')
  })
})
