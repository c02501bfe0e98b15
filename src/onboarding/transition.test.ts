import { describe, expect, it } from 'vitest'

import {
  ada,
  after,
  approved,
  ben,
  cleaned,
  cleanupAsked,
  cleo,
  created,
  failedStep,
  failure,
  hour,
  ines,
  logRead,
  minute,
  otto,
  person,
  phases,
  policy,
  refusal,
  requested,
  retryAsked,
  seen,
  settled,
  start,
  state,
  stopAsked,
  success,
  t0,
  on,
} from '../../test/onboarding/builders.ts'
import { cleanupVerbOf } from './ask.ts'
import { isSame } from './change.ts'
import { checkValue } from './check-value.ts'
import { due, isSettled } from './due.ts'
import { effectId } from './effects.ts'
import type { Event } from './events.ts'
import { keyText, parseKey } from './key.ts'
import { currentRun, onboardingSchema, type Onboarding } from './onboarding.ts'
import { offering, outlived } from './outbox.ts'
import { isBadInput } from './outcome.ts'
import { type Denial, denial } from './policy.ts'
import { MessengerError } from './ports/messenger.ts'
import { RemoteError } from './ports/remote-error.ts'
import { StoreError } from './ports/store.ts'
import { wakeAt } from './time.ts'
import { transition } from './transition.ts'

const rejection = (by = ben): Event => ({ type: 'rejected', at: t0, by, policy: policy(), reason: 'not now' })
const withdrawal = (by = ada): Event => ({ type: 'withdrawn', at: t0, by, policy: policy() })
const woken = (at: number): Event => ({ type: 'woken', at })
const types = (...args: Parameters<typeof due>): readonly string[] => due(...args).map(({ type }) => type)

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
    expect(on(one, approved({ policy: two, by: cleo })).phase).toBe('approved')
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
  it('raises each alarm once: no controller after a minute, overdue later', () => {
    const { running } = phases()
    expect(wakeAt(running)).toBe(t0 + 3 * minute)
    const alarmed = on(running, woken(t0 + 4 * minute))
    expect(currentRun(alarmed)?.trouble?.text).toContain('controller')
    expect(wakeAt(alarmed)).toBe(t0 + 8 * hour)
    const overdue = on(alarmed, woken(t0 + 9 * hour))
    expect(currentRun(overdue)?.trouble?.text).toContain('overdue')
    expect(wakeAt(overdue)).toBeUndefined()
    expect(transition(overdue, woken(t0 + 10 * hour))).toBe(overdue)
    expect(currentRun(on(overdue, seen({})))?.trouble?.text).toContain('overdue')
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

describe('small things', () => {
  it('a key and its text are the same', () => {
    const key = { cluster: 'prod', namespace: 'shop', template: 'sap-btp' }
    expect(parseKey(keyText(key))).toEqual(key)
    expect(parseKey('a/b')).toBeUndefined()
    expect(parseKey('a/b/c/d')).toBeUndefined()
    expect(parseKey('../b/c')).toBeUndefined()
  })
  it('a state without a phase says nothing about trouble', () => {
    const { phase: _phase, ...unseen } = state()
    const told = on(phases().running, { type: 'troubled', at: t0, run: 0, text: 'slow' })
    const next = on(told, { type: 'workflow-seen', at: t0, run: 0, state: unseen })
    expect(currentRun(next)?.trouble?.text).toBe('slow')
  })
  it('errors carry their code and cause', () => {
    expect(new RemoteError('x', { code: 'invalid', retryAfterMs: 5 })).toMatchObject({
      code: 'invalid',
      retryAfterMs: 5,
    })
    expect(new StoreError('x', { code: 'disk' }).code).toBe('disk')
    expect(new MessengerError('x', { code: 'later' }).code).toBe('later')
  })
})

describe('a value', () => {
  const field = { name: 'a', title: 'A', required: true }
  it.each([
    ['', 'required'],
    ['{{workflow.name}}', 'Argo'],
    ['a\u0007', 'control'],
    ['a\u007f', 'control'],
    [' \t\u00a0', 'required'],
    ['a\ud800', 'half a character'],
    ['x'.repeat(3_001), '3000'],
  ])('%j is refused at its field', (value, words) => {
    expect(checkValue(field, value)).toContain(words)
  })
  it('has to match the whole of its pattern, where there is one', () => {
    const sized = { ...field, required: false, pattern: { pattern: 'small|large', says: 'No size.' } }
    for (const value of ['smaller', 'very large', 'small\n'])
      expect(checkValue(sized, value)).toBe('No size.')
    for (const value of ['small', 'large', '']) expect(checkValue(sized, value)).toBeUndefined()
  })
  it('that is one of the choices, or any text, may be used', () => {
    expect(checkValue({ ...field, enum: ['a', 'b'] }, 'c')).toContain('one of')
    expect(checkValue({ ...field, enum: ['a', 'b'] }, 'b')).toBeUndefined()
    expect(checkValue({ ...field, required: false }, '')).toBeUndefined()
    for (const value of ['<!channel>', '*bold*', 'a\nb\tc', '__proto__', '😀'])
      expect(checkValue(field, value)).toBeUndefined()
  })
})

describe('a run that failed at a wrong value', () => {
  const failedWith = (exitCode: number, step: object = failedStep): Onboarding =>
    on(phases().running, seen({ phase: 'Failed', steps: [{ ...failedStep, ...step, exitCode }] }))
  it('says that a retry does not help, and nothing else that failed does', () => {
    expect(isBadInput(failedWith(2))).toBe(true)
    expect(currentRun(failedWith(2))?.failure?.cure).toContain('cannot be retried into success')
    for (const other of [failedWith(5), phases().failed, phases().running, phases().requested]) {
      expect(isBadInput(other)).toBe(false)
      expect(currentRun(other)?.failure?.cure).toBeUndefined()
    }
  })
})
