import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  ada,
  approved,
  ben,
  cleanupAsked,
  cleo,
  after,
  created,
  failedStep,
  failure,
  ines,
  otto,
  person,
  policy,
  requested,
  retryAsked,
  seen,
  start,
  stopAsked,
  t0,
  on,
  success,
} from '../../test/onboarding/builders.ts'
import { due, isSettled } from './due.ts'
import type { Event } from './events.ts'
import { type Onboarding, onboardingSchema } from './onboarding.ts'
import type { Person } from './policy.ts'
import { snapshotOf } from './restore.ts'
import { wakeAt } from './time.ts'
import { isRefusal, transition } from './transition.ts'

const people = fc.constantFrom(ada, ben, cleo, otto, ines, person('U0CLEO', ['S0PLATFORM'], 'deactivated'))
const run = fc.integer({ min: 0, max: 3 })
const at = fc.integer({ min: t0, max: t0 + 100 * 3_600_000 })
const states = fc.constantFrom(
  {},
  { phase: 'Pending' as const, message: 'Waiting for a lock' },
  { lock: { name: 'shared/Mutex/one', holder: 'shared/other' } },
  { suspended: {} },
  { steps: [{ name: 'create-subaccount', phase: 'succeeded' as const }] },
  { phase: 'Failed' as const, finishedAt: 'T1', steps: [failedStep] },
  { phase: 'Error' as const, finishedAt: 'T2' },
  { phase: 'Succeeded' as const, finishedAt: 'T3' },
  { phase: 'Succeeded' as const, finishedAt: 'T3', outputs: [{ name: 'remaining', value: '[]' }] },
)
const uids = fc.constantFrom('uid-1', 'uid-2', 'uid-3')
const about = <T extends Event['type']>(type: T): fc.Arbitrary<{ type: T; at: number; run: number }> =>
  fc.record({ type: fc.constant(type), at, run })

let names = 0
const fresh = (kind: string): ReturnType<typeof start> => {
  names += 1
  return start(`${kind}-${names}`)
}

const events: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ by: people, at }).map((some) => requested({ ...some, start: fresh('onboard') })),
  fc
    .record({ by: people, at, earlier: fc.array(people) })
    .map((some) => approved({ ...some, start: fresh('onboard') })),
  fc
    .record({ by: people, at })
    .map((some): Event => ({ type: 'rejected', policy: policy(), reason: 'no', ...some })),
  fc.record({ by: people, at }).map((some): Event => ({ type: 'withdrawn', policy: policy(), ...some })),
  fc.record({ by: people, at }).map((some): Event => ({ type: 'check-asked', policy: policy(), ...some })),
  fc
    .record({ at, result: fc.constantFrom('taken', 'refused', 'unanswered'), text: fc.string() })
    .map((some): Event => ({ type: 'workflow-checked', ...some })),
  fc
    .record({ at, digest: fc.constantFrom('digest', 'other', undefined) })
    .map((some): Event => ({ type: 'template-read', ...some })),
  fc.record({ by: people, at }).map((some) => stopAsked(some)),
  fc.record({ by: people, at }).map((some) => retryAsked({ ...some, start: fresh('onboard') })),
  fc.record({ by: people, at }).map((some) => cleanupAsked({ ...some, start: fresh('cleanup') })),
  at.map((time): Event => ({ type: 'woken', at: time })),
  at.map((time): Event => ({ type: 'superseded', at: time })),
  fc.tuple(run, uids).map(([index, uid]) => created(index, uid)),
  fc.tuple(states, run, uids).map(([state, index, uid]) => seen({ ...state, uid }, index)),
  about('workflow-gone'),
  fc
    .tuple(about('workflow-resubmitted'), fc.constantFrom('copy-1', 'copy-2'))
    .map(([some, workflowName]): Event => ({ ...some, workflowName })),
  about('workflow-retried'),
  about('submission-ended'),
  about('stop-sent'),
  about('retry-happened'),
  about('secret-planned'),
  about('secret-deleted'),
  fc.tuple(about('troubled'), fc.string()).map(([some, text]): Event => ({ ...some, text })),
  fc
    .tuple(about('workflow-unseen'), fc.string(), fc.boolean())
    .map(([some, text, isListed]): Event => ({ ...some, text, isListed })),
  fc.tuple(about('log-read'), fc.array(fc.string())).map(([some, lines]): Event => ({ ...some, lines })),
  at.map((time): Event => ({ type: 'card-trying', at: time })),
  at.map((time): Event => ({ type: 'card-shown', at: time, version: 99, channel: 'C1', ts: '1.1' })),
  at.map((time): Event => ({ type: 'card-gone', at: time, channel: 'C2', ts: '1.1' })),
  at.map((time): Event => ({ type: 'notice-trying', at: time, id: 'approved.U0BEN' })),
  at.map((time): Event => ({ type: 'notice-delivered', at: time, id: 'approved.U0BEN', ts: '1.2' })),
)

const reloaded = (onboarding: Onboarding): Onboarding =>
  onboardingSchema.parse(JSON.parse(JSON.stringify(onboarding)))

/** Calls `look` for every change along the way. */
const walk = (
  sequence: readonly Event[],
  look: (before: Onboarding | undefined, event: Event, after: Onboarding) => void,
): void => {
  let onboarding: Onboarding | undefined
  for (const event of [requested({ start: fresh('onboard') }), ...sequence]) {
    const next = transition(onboarding, event)
    if (isRefusal(next) || next === onboarding) continue
    look(onboarding, event, next)
    onboarding = next
  }
}

const always = (look: (before: Onboarding | undefined, event: Event, after: Onboarding) => void): void => {
  fc.assert(
    fc.property(fc.array(events, { maxLength: 40 }), (sequence) => {
      walk(sequence, look)
    }),
    { numRuns: 400 },
  )
}

// Written apart from the policy's own code: who the test's policy means.
const mayDecide = ({ id, standing }: Person, requester: string): boolean =>
  standing === 'member' && (id === 'U0BEN' || id === 'U0CLEO') && id !== requester
const mayWork = (somebody: Person, requester: string): boolean =>
  somebody.standing === 'member' && (somebody.id === requester || ['U0BEN', 'U0CLEO'].includes(somebody.id))

describe('whatever happens in whatever order', () => {
  it('at most one run is live, and every run has a workflow of its own', () => {
    always((_before, _event, after) => {
      expect(
        after.runs.filter(({ phase }) => phase === 'submitting' || phase === 'running').length,
      ).toBeLessThanOrEqual(1)
      expect(new Set(after.runs.map(({ workflowName }) => workflowName)).size).toBe(after.runs.length)
    })
  })

  it('nobody decides whom the policy does not name', () => {
    always((before, event, after) => {
      if (before === undefined || !('by' in event) || event.by === 'bot') return
      const { by } = event
      if (event.type === 'approved' || event.type === 'rejected')
        expect(mayDecide(by, before.requester)).toBe(true)
      if (event.type === 'retry-asked' || event.type === 'stop-asked')
        expect(mayWork(by, before.requester)).toBe(true)
      if (event.type === 'cleanup-asked' && before.phase === 'succeeded')
        expect(mayDecide(by, before.requester)).toBe(true)
      expect(after.history.at(-1)?.actor).toBe(by.id)
    })
  })

  it('nothing is approved while argo-server would refuse it, and nothing but its own word ends that', () => {
    always((before, event, after) => {
      const isRefused = before !== undefined && before.preflight?.answer?.isTaken === false
      if (!isRefused || before.generation !== after.generation) return
      expect(event.type).not.toBe('approved')
      if (after.preflight?.answer?.isTaken !== false)
        expect(event).toMatchObject({ type: 'workflow-checked', result: 'taken' })
    })
  })

  it('argo-server is asked only while nobody has decided, and its answer ends the asking', () => {
    always((_before, event, after) => {
      const isDue = due(after).some(({ type }) => type === 'check-workflow')
      if (isDue) expect(after.phase).toBe('requested')
      if (event.type === 'workflow-checked') expect(isDue).toBe(false)
    })
  })

  it('nothing runs that nobody approved', () => {
    always((_before, _event, after) => {
      if (after.runs.length > 0)
        expect(after.decisions.some(({ decision }) => decision === 'approve')).toBe(true)
    })
  })

  it('a saved record does the same as the one in memory, and its revision grows by one', () => {
    always((before, event, after) => {
      const next = transition(before === undefined ? undefined : reloaded(before), event)
      expect(next).toEqual(after)
      expect(reloaded(after)).toEqual(after)
      const isNew = before === undefined || before.generation < after.generation
      expect(after.revision).toBe(isNew ? 1 : before.revision + 1)
    })
  })

  it('what a workflow carries is enough to go on with the same run', () => {
    always((_before, _event, after) => {
      const run = after.runs.at(-1)
      if (run?.phase !== 'submitting') return
      const record = reloaded(snapshotOf(after, after.runs.length - 1))
      const again = transition(undefined, {
        type: 'rebuilt',
        at: t0,
        record,
        uid: 'uid-1',
        reason: 'lost',
        isTold: true,
      })
      if (isRefusal(again)) throw new Error('rebuilding is never refused')
      expect(reloaded(again)).toEqual(again)
      const { runId, generation, seal, decisions, outputs, parameters } = after
      expect(again).toMatchObject({ runId, generation, seal, decisions, outputs, parameters })
      expect(again.runs.at(-1)).toMatchObject({ workflowName: run.workflowName, phase: 'running' })
    })
  })

  it('nothing is due once it is settled, and time changes nothing then', () => {
    always((_before, _event, after) => {
      if (!isSettled(after)) return
      expect(due(after)).toEqual([])
      expect(wakeAt(after)).toBeUndefined()
      expect(transition(after, { type: 'woken', at: t0 * 2 })).toBe(after)
    })
  })

  it('waking never has to be done twice for the same moment', () => {
    always((_before, _event, after) => {
      const when = wakeAt(after)
      if (when === undefined) return
      const next = transition(after, { type: 'woken', at: when })
      if (isRefusal(next)) throw new Error('waking is never refused')
      expect(next).not.toBe(after)
      expect(wakeAt(next) ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(when)
    })
  })

  it('what is told again changes nothing more', () => {
    always((before, event, after) => {
      const isTold =
        event.type === 'workflow-seen' || event.type === 'workflow-created' || event.type === 'log-read'
      if (before !== undefined && isTold) expect(transition(after, event)).toBe(after)
    })
  })

  it('the same outcome by stream, list and look-up, in any order and however often, counts once', () => {
    const names = ['create-subaccount', 'register-platform', 'install-proxy']
    const onTheWay = names.flatMap((_, done) =>
      (['pending', 'running'] as const).map((phase) =>
        seen({
          steps: names.map((name, index) => ({ name, phase: index < done ? 'succeeded' : phase })),
        }),
      ),
    )
    const ends = fc.constantFrom(success, failure)
    const told = fc.array(fc.constantFrom(...onTheWay), { maxLength: 12 })
    const outcome = (events: readonly Event[]): unknown => {
      const { phase, notices, outputs, runs } = on(after(requested(), approved(), created()), ...events)
      return {
        phase,
        outputs,
        runs: runs.map(({ phase, failure }) => ({ phase, failure })),
        told: notices.map(({ id }) => id).toSorted(),
      }
    }
    const isSuccess = (event: Event): boolean => event === success
    fc.assert(
      fc.property(
        told,
        ends,
        fc.array(fc.constantFrom(...onTheWay, success, failure), { maxLength: 6 }),
        (before, end, late) => {
          const direct = isSuccess(end) ? [end] : [...onTheWay, end]
          const way = isSuccess(end) ? before : [...before, ...onTheWay]
          expect(outcome([...way, end, end, ...late])).toEqual(outcome(direct))
        },
      ),
    )
  })
})
