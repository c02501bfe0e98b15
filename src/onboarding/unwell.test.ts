import { describe, expect, it } from 'vitest'

import {
  failure,
  hour,
  logRead,
  on,
  phases,
  retryAsked,
  seen,
  seenWithoutPhase,
  state,
  success,
  t0,
} from '../../test/onboarding/builders.ts'
import type { Event } from './events.ts'
import { isLive, currentRun } from './onboarding.ts'
import { transition } from './transition.ts'
import { failureOf, hindranceOf, meaningOf } from './unwell.ts'

describe("a server's own sentence", () => {
  it.each([
    [
      'ImagePullBackOff: Back-off pulling image "ghcr.io/acme/steps:1": not found',
      'The image ghcr.io/acme/steps:1 cannot be pulled.',
    ],
    ['ErrImageNeverPull: it is not on the node', 'The image of the step cannot be pulled.'],
    [
      'CreateContainerConfigError: configmap "settings" not found',
      'The configmap settings, which the step needs, is not there.',
    ],
    [
      "CreateContainerConfigError: couldn't find key token in Secret shared/x-run",
      'The Secret shared/x-run has no key token, which the step needs.',
    ],
    [
      'Unschedulable: 0/3 nodes are available: 3 Insufficient memory.',
      'No node can take the pod of the step: 0/3 nodes are available: 3 Insufficient memory.',
    ],
    [
      'pods "x-1" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=9, limited: pods=9',
      'The quota compute of the namespace is used up.',
    ],
    [
      'argo-server: Operation cannot be fulfilled on resourcequotas "compute": the object has been modified',
      'Kubernetes changed resourcequotas "compute" at the same moment.',
    ],
    [
      'argo-server: workflows.argoproj.io is forbidden: User "system:serviceaccount:shared:onboard-bot" cannot create resource "workflows" in API group "argoproj.io" in the namespace "shared"',
      'shared:onboard-bot may not create workflows in the namespace shared.',
    ],
    [
      'argo-server: Permission denied, you are not allowed to watch workflows in namespace "shared". Maybe you want to specify a namespace with query parameter `.namespace=shared`?',
      'The bot may not watch workflows in the namespace shared.',
    ],
    [
      'argo-server: token not valid. see https://argo-workflows.readthedocs.io/en/latest/faq/',
      'argo-server does not take the token of the bot.',
    ],
    ['argo-server: Unauthorized', 'argo-server does not take the token of the bot.'],
    [
      'Pod was active on the node longer than the specified deadline',
      'It took longer than its deadline allows.',
    ],
    ['pod deleted', 'Somebody or something deleted the pod of the step.'],
    ['main: OOMKilled (exit code 137)', 'The step took more memory than it may.'],
    [
      'main: Error (exit code 137)',
      'The step was killed: it took more memory than it may, or its node was lost.',
    ],
    [
      'main: Error (exit code 143)',
      'The step was told to end before it was done: its pod was stopped or its node drained.',
    ],
    ['main: Error (exit code 127)', 'The program of the step cannot be started.'],
    ['main: Error (exit code 1)', 'The step ended with exit code 1 and did not say why.'],
    ['main: Error (exit code 23)', 'The step ended with exit code 23 and did not say why.'],
    [
      'The node was low on resource: memory. Threshold quantity: 100Mi, available: 20Mi.',
      'The node ran out of memory and evicted the pod of the step.',
    ],
    [
      'Workflow processing has been postponed because too many workflows are already running',
      'Too many workflows run at once: the controller has a limit.',
    ],
    ['argo-server: namespaces "nowhere" not found', 'There is no namespace nowhere in the cluster.'],
    [
      'Kubernetes: write the Secret x: namespaces "nowhere" not found',
      'There is no namespace nowhere in the cluster.',
    ],
  ])('%s has a plain one, and a cure', (message, text) => {
    expect(meaningOf(message)).toEqual({ text, cure: expect.stringMatching(/^[A-Z].*\.$/s) as string })
  })

  it.each([
    'argo-server: workflows.argoproj.io is forbidden: User "system:serviceaccount:shared:onboard-bot" cannot create resource "workflows" in API group "argoproj.io" in the namespace "nowhere"',
    'argo-server: Permission denied, you are not allowed to list workflows in namespace "nowhere".',
    'argo-server: namespaces "nowhere" not found',
  ])('that may come of a wrong name of the namespace says so: %s', (message) => {
    expect(meaningOf(message)?.cure).toMatch(
      / If that is not its name, correct argo\.namespace in the configuration\.$/,
    )
  })

  it("that is a step's stands as it is", () => {
    expect(meaningOf('main: Error (exit code 4): namespaces "nowhere" not found')).toBeUndefined()
    expect(meaningOf('The chart service-broker-proxy was not found.')).toBeUndefined()
    expect(meaningOf('main: Error (exit code 137): The chart was not found.')).toBeUndefined()
    for (const own of [
      'The workflow\'s ServiceAccount may not read Secrets in "shop": secrets "x" is forbidden: User "system:serviceaccount:shared:onboard-steps" cannot get resource "secrets" in API group "" in the namespace "shop". Give it the rights of deploy/target-cluster/sap-btp-template.yaml, then retry.',
      'Cannot write Secrets in "shop": secrets "x" is forbidden: exceeded quota: compute, requested: secrets=1. Free some of the quota or raise it, then retry.',
      'Kubernetes refuses to apply ResourceQuota "x": exceeded quota: compute. Ask again with other values.',
    ])
      expect(meaningOf(own)).toBeUndefined()
    expect(failureOf(state(), 'The chart was not found.')).toEqual({ message: 'The chart was not found.' })
  })
})

describe('what keeps a workflow from moving on', () => {
  it.each([
    [{ suspended: {} }, 'It is suspended in Argo.'],
    [{ suspended: { step: 'look' } }, 'The step look waits for somebody to resume it in Argo.'],
    [{ lock: { name: 'shared/Mutex/one' } }, 'It waits for the lock shared/Mutex/one.'],
    [
      { lock: { name: 'shared/Mutex/one', holder: 'shared/other' } },
      'It waits for the lock shared/Mutex/one, which shared/other holds.',
    ],
    [{ phase: 'Pending', message: 'Waiting for a PVC' } as const, 'Waiting for a PVC'],
    [
      { phase: 'Pending', message: 'exceeded quota: compute' } as const,
      'The quota compute of the namespace is used up.',
    ],
    [
      { steps: [{ name: 'a', phase: 'pending', message: 'ErrImagePull: no' }] } as const,
      'The image of the step cannot be pulled.',
    ],
    [
      { steps: [{ name: 'a', phase: 'running', message: 'Unschedulable: no node' }] } as const,
      'No node can take the pod of the step: no node',
    ],
  ])('%j is told', (changes, text) => {
    expect(hindranceOf(state(changes))?.text).toBe(text)
  })

  it.each([
    {},
    { phase: 'Pending' } as const,
    { steps: [{ name: 'a', phase: 'pending' }] } as const,
    { steps: [{ name: 'a', phase: 'pending', message: 'ContainerCreating' }] } as const,
    // A step that failed and is retried by its template is no hindrance.
    { steps: [{ name: 'a', phase: 'failed', message: 'pod deleted' }] } as const,
  ])('%j is nothing', (changes) => {
    expect(hindranceOf(state(changes))).toBeUndefined()
  })

  it('stands on the run from when it was first seen, and goes when it is over', () => {
    const stuck = seen({ lock: { name: 'one', holder: 'shared/other' } })
    const once = on(phases().running, stuck)
    expect(currentRun(once)?.trouble).toMatchObject({
      text: expect.stringContaining('shared/other') as string,
    })
    expect(transition(once, { ...stuck, at: stuck.at + 1 })).toBe(once)
    expect(currentRun(on(once, seen({})))?.trouble).toBeUndefined()
  })
})

describe('a run that stands still', () => {
  it('for one reason after the other does so since the first, and since now once a step has moved on', () => {
    const locked = on(phases().running, seen({ lock: { name: 'one' } }))
    const pulling = { name: 'create-subaccount', phase: 'pending', message: 'ImagePullBackOff' } as const
    const later = on(locked, { ...seen({ steps: [pulling] }), at: t0 + hour })
    expect(currentRun(later)?.trouble).toMatchObject({
      text: 'The image of the step cannot be pulled.',
      since: currentRun(locked)?.trouble?.since,
    })
    const steps = [{ ...pulling, phase: 'running' }] as const
    const moved = on(later, { ...seen({ steps, lock: { name: 'one' } }), at: t0 + 2 * hour })
    expect(currentRun(moved)?.trouble?.since).toBe(t0 + 2 * hour)
  })

  it('because its calls get no answer does so since the first, however the next is worded', () => {
    const first = on(phases().approved, { type: 'troubled', at: t0, run: 0, text: 'no route' })
    const next = on(first, { type: 'troubled', at: t0 + hour, run: 0, text: 'no answer in time' })
    expect(currentRun(next)?.trouble).toEqual({ text: 'no answer in time', since: t0 })
  })
})

describe('a bot that cannot see the workflow', () => {
  const unseen = (changes: Partial<Extract<Event, { type: 'workflow-unseen' }>> = {}): Event => ({
    type: 'workflow-unseen',
    at: t0,
    run: 0,
    isListed: false,
    text: 'no route',
    ...changes,
  })
  const { running } = phases()

  it('says so beside what it knew, and since when, however the outage is worded', () => {
    const stuck = on(running, seen({ lock: { name: 'one' } }))
    const blind = on(stuck, unseen({ cure: 'ask the network' }))
    expect(currentRun(blind)).toMatchObject({
      trouble: currentRun(stuck)?.trouble,
      sight: { isListed: false, text: 'no route', cure: 'ask the network', since: t0 },
    })
    const reworded = on(blind, unseen({ at: t0 + hour, text: 'no answer in time' }))
    expect(currentRun(reworded)?.sight).toEqual({ isListed: false, text: 'no answer in time', since: t0 })
    expect(transition(reworded, unseen({ at: t0 + 2 * hour, text: 'no answer in time' }))).toBe(reworded)
    const listed = on(reworded, unseen({ at: t0 + 2 * hour, isListed: true }))
    expect(currentRun(listed)?.sight).toMatchObject({ isListed: true, since: t0 })
    const worse = on(listed, unseen({ at: t0 + 3 * hour }))
    expect(currentRun(worse)?.sight).toMatchObject({ isListed: false, since: t0 + 3 * hour })
  })

  it('sees it again by any sighting, and as it happens once the stream is back', () => {
    const byList = { ...seen({}), isWatched: false }
    expect(currentRun(on(running, unseen(), byList))).not.toHaveProperty('sight')
    const listed = on(running, unseen({ isListed: true }), byList)
    expect(currentRun(listed)?.sight).toMatchObject({ isListed: true })
    expect(currentRun(on(listed, seen({})))).not.toHaveProperty('sight')
  })

  it('never takes its own blindness for a controller that is gone', () => {
    const blind = on(running, unseen(), { type: 'woken', at: t0 + hour })
    expect(currentRun(blind)?.sight?.text).toBe('no route')
    expect(currentRun(blind)).not.toHaveProperty('trouble')
  })

  it('is no matter of a run that has ended, or of one that waits to be submitted', () => {
    for (const ended of [phases().failed, phases().succeeded, phases().approved])
      expect(transition(ended, unseen())).toBe(ended)
    for (const end of [failure, success])
      expect(currentRun(on(running, unseen({ isListed: true }), end))).not.toHaveProperty('sight')
  })

  it('sees again also while a retry has yet to happen', () => {
    const retrying = on(phases().failed, retryAsked())
    const old = seen({ phase: 'Failed', finishedAt: 'T1' })
    expect(transition(retrying, old)).toBe(retrying)
    expect(currentRun(on(retrying, unseen(), old))).not.toHaveProperty('sight')
  })
})

describe('a bad end', () => {
  it('that a stop in Argo brought about is not put down to the step', () => {
    const stopped = state({ shutdown: 'Stop', message: "Stopped with strategy 'Stop'" })
    expect(failureOf(stopped, 'main: Error (exit code 143)').message).toBe('Somebody stopped it in Argo.')
  })

  it('has its cure on the run', () => {
    const step = { name: 'install-proxy', phase: 'failed', message: 'pod deleted' } as const
    const failed = on(phases().running, seen({ phase: 'Error', finishedAt: 'T1', steps: [step] }))
    expect(currentRun(failed)?.failure).toMatchObject({
      step: 'install-proxy',
      cure: expect.any(String) as string,
    })
  })

  it('of a clean-up whose workflow was deleted says to press Clean up again', () => {
    const gone = on(phases()['cleaning-up'], { type: 'workflow-gone', at: t0, run: 1 })
    expect(currentRun(gone)?.failure?.cure).toContain('Clean up again')
  })
})

describe('a workflow that somebody resubmitted in Argo', () => {
  const copied = (workflowName: string) =>
    ({ type: 'workflow-resubmitted', at: t0, run: 0, workflowName }) as const

  it('is told once for each copy, also after the end, and is never taken for ours', () => {
    for (const before of [phases().running, phases().failed, phases().succeeded]) {
      const told = on(before, copied('onboard-1-x7f2p'))
      expect(told.phase).toBe(before.phase)
      expect(told.notices.filter(({ kind }) => kind === 'resubmitted')).toMatchObject([
        { workflow: 'onboard-1-x7f2p', to: 'thread' },
      ])
      expect(transition(told, copied('onboard-1-x7f2p'))).toBe(told)
      expect(currentRun(on(told, copied('onboard-1-q2222')))?.resubmitted).toHaveLength(2)
    }
  })
})

describe('a workflow that somebody had Argo retry', () => {
  const event = { type: 'workflow-retried', at: t0, run: 0 } as const

  it('runs again, and is told once for each failure', () => {
    const retried = on(phases().failed, event)
    expect(retried.phase).toBe('running')
    expect(currentRun(retried)).toMatchObject({ phase: 'running', retries: 1, retriedFrom: 'T1' })
    expect(currentRun(retried)?.failure).toBeUndefined()
    expect(transition(retried, event)).toBe(retried)
    const failedAgain = on(retried, seen({ phase: 'Failed', finishedAt: 'T2' }), logRead, event)
    expect(failedAgain.notices.filter(({ kind }) => kind === 'retried-in-argo')).toHaveLength(2)
    expect(transition(retried, seen({ phase: 'Failed', finishedAt: 'T1' }))).toBe(retried)
  })

  it('has as long as before until it is overdue', () => {
    const before = phases().failed
    const { overdueAt = 0, requestedAt = 0 } = currentRun(before) ?? {}
    const late = t0 + 40 * 3_600_000
    expect(currentRun(on(before, { ...event, at: late }))?.overdueAt).toBe(late + overdueAt - requestedAt)
  })

  it('of a clean-up cleans up again', () => {
    const retried = on(phases()['cleanup-failed'], { ...event, run: 1 })
    expect(retried.phase).toBe('cleaning-up')
  })

  it('counts for nothing where another run came after it, and where none of it ever got to the cluster', () => {
    for (const before of [phases()['cleanup-failed'], phases().running, phases().succeeded])
      expect(transition(before, event)).toBe(before)
    const unsubmitted = on(phases().approved, { type: 'submission-ended', at: t0, run: 0 })
    expect(unsubmitted.phase).toBe('failed')
    expect(transition(unsubmitted, event)).toBe(unsubmitted)
  })

  it('is known to lack the Secret of its run', () => {
    const message = 'CreateContainerConfigError: secret "sap-btp-shop-05ec4cd53a0a-run" not found'
    expect(meaningOf(message)?.cure).toBe('Press Stop, then Retry or Clean up: both make it anew.')
  })
})

describe('after a retry', () => {
  const retrying = on(phases().failed, retryAsked())

  it('an old answer that comes late does not end the run a second time', () => {
    const again = on(retrying, { type: 'retry-happened', at: t0, run: 0 })
    const old = seen({ phase: 'Failed', finishedAt: 'T1' })
    expect(transition(again, old)).toBe(again)
    const failedAgain = on(again, seen({ phase: 'Failed', finishedAt: 'T2' }), logRead)
    expect(isLive(failedAgain)).toBe(false)
  })

  it('a controller that is gone raises the alarm anew', () => {
    const again = on(retrying, { type: 'retry-happened', at: t0, run: 0 })
    const alarmed = on(again, { type: 'woken', at: t0 + 61_000 }, seenWithoutPhase(t0 + 61_000))
    expect(currentRun(alarmed)?.trouble?.text).toContain('controller')
  })

  it('from nothing but a deletion there is no old end to wait out', () => {
    const gone = on(phases().running, { type: 'workflow-gone', at: t0, run: 0 }, retryAsked())
    const again = on(gone, { type: 'retry-happened', at: t0, run: 0 })
    expect(currentRun(again)).not.toHaveProperty('retriedFrom')
  })
})
