import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import type { PodFault } from '../../sandbox/argo/pod-faults.ts'
import { Play } from './play.ts'

let play: Play

beforeAll(async () => {
  play = await Play.begin()
}, 60_000)
afterAll(async () => {
  await play.end()
})
beforeEach(() => {
  const { faults } = play.world.argo
  faults.pods = undefined
  faults.isControllerDown = false
  faults.forbidden.clear()
})

/** Asks, approves, and gives the name of the workflow that was made for it. */
const start = async (namespace: string): Promise<string> => {
  const before = new Set(play.world.argo.workflows.list().map(({ metadata }) => metadata.name))
  const cards = play.cards().length
  await play.ask(namespace, `display-name=Shop subdomain=${namespace}`)
  await play.until('the card is there', () => play.cards().length > cards)
  await play.click('U0BEN', 'Approve')
  const made = (): string | undefined =>
    play.world.argo.workflows.list().find(({ metadata }) => !before.has(metadata.name))?.metadata.name
  await play.until('the workflow is there', () => made() !== undefined)
  return made() ?? ''
}

const reads = (...texts: string[]): Promise<void> =>
  play.until(`the card says "${texts.join('" and "')}"`, () =>
    texts.every((text) => play.cardText().includes(text)),
  )

/** What a person does on Argo's page, or with kubectl. */
const inArgo = async (method: string, name: string | undefined, body: object = {}): Promise<unknown> => {
  const { argo, kubernetes } = play.world
  const path = ['/api/v1/workflows', kubernetes.namespace, name]
    .filter((part) => part !== undefined)
    .join('/')
  const response = await fetch(`${argo.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${kubernetes.token('admin')}`, 'content-type': 'application/json' },
    ...(method !== 'DELETE' && { body: JSON.stringify(body) }),
  })
  expect(response.status).toBe(200)
  return response.json()
}

/** Ends a run that would else go on beside the next test. */
const stop = async (): Promise<void> => {
  await play.click('U0ADA', 'Stop')
  await reads('Failed', 'Stopped.')
}

describe('a run whose pods cannot start says why on the card, and how to mend it', () => {
  it.each<[PodFault, string, string]>([
    ['image-pull', 'cannot be pulled', 'Check its name, the pull secret'],
    ['secret', 'The secret missing-secret, which the step needs, is not there', 'Create it'],
    ['quota', 'The quota pods of the namespace is used up', 'Free some of it'],
    ['unschedulable', 'No node can take the pod of the step', 'Make room'],
  ])('%s', async (fault, text, cure) => {
    play.world.argo.faults.pods = fault
    await start(`waits-${fault}`)
    await reads('It does not move on', text, cure)
    await stop()
  })

  it('and no longer says so once it goes on', async () => {
    play.world.argo.faults.pods = 'quota'
    await start('shop')
    await reads('The quota pods of the namespace is used up')
    play.world.argo.faults.pods = undefined
    await play.until('it is done', () => play.cardText().includes('Done'))
    expect(play.cardText()).not.toContain('does not move on')
  })
})

describe('a run that failed for a reason of the cluster says which, and how to mend it', () => {
  it.each<[PodFault, string, string]>([
    ['service-account', 'The ServiceAccount onboard-steps does not exist', 'Then press Retry'],
    ['executor-rights', 'may not report their results', 'create and patch workflowtaskresults'],
    ['deadline', 'It took longer than its deadline allows', 'press Retry'],
    ['deleted', 'deleted the pod of the step', 'Press Retry'],
    ['killed', 'The step was killed: it took more memory than it may', 'raise its memory limit'],
  ])('%s', async (fault, text, cure) => {
    play.world.argo.faults.pods = fault
    await start(`fails-${fault}`)
    await reads('Failed', text, cure)
  })
})

describe('what somebody does in Argo', () => {
  beforeEach(() => {
    play.world.argo.faults.pods = 'unschedulable'
  })

  it('a lock that another workflow holds is told with its holder', async () => {
    const mutexes = [{ name: 'onboard-locked' }]
    const template = { name: 'main', container: { image: 'busybox', command: ['true'] } }
    await inArgo('POST', undefined, {
      workflow: {
        metadata: { name: 'the-holder' },
        spec: { entrypoint: 'main', suspend: true, synchronization: { mutexes }, templates: [template] },
      },
    })
    await start('locked')
    await reads('Mutex/onboard-locked, which', '/the-holder holds')
    await stop()
  })

  it('Suspend is told, and forgotten after Resume', async () => {
    const name = await start('paused')
    await reads('No node can take the pod')
    await inArgo('PUT', `${name}/suspend`)
    await reads('It is suspended in Argo', 'Press Resume in Argo')
    await inArgo('PUT', `${name}/resume`)
    await play.until('it is over', () => !play.cardText().includes('suspended'))
    await stop()
  })

  it.each([
    ['stop', 'Somebody stopped it in Argo'],
    ['terminate', 'Somebody terminated it in Argo'],
  ])('%s is not put down to the step', async (verb, text) => {
    const name = await start(`argo-${verb}`)
    await inArgo('PUT', `${name}/${verb}`)
    await reads('Failed', text, 'Clean up removes what it made')
  })

  it('a workflow that is deleted has failed, and Retry begins a new one', async () => {
    const name = await start('deleted')
    await inArgo('DELETE', name)
    await reads('Failed', 'Somebody deleted the workflow', 'Retry begins a new one')
    await play.click('U0ADA', 'Retry')
    const isNew = (): boolean =>
      play.world.argo.workflows
        .list()
        .some(({ metadata }) => metadata.name !== name && metadata.name.includes('-deleted-'))
    await play.until('there is a new workflow', isNew)
    await reads('No node can take the pod')
    await stop()
  })

  it('Resubmit makes a copy that is told once and never taken for ours', async () => {
    const name = await start('resubmitted')
    await inArgo('PUT', `${name}/stop`)
    await reads('Failed', 'Somebody stopped it in Argo')
    const copy = ((await inArgo('PUT', `${name}/resubmit`)) as { metadata: { name: string } }).metadata.name
    await reads('Somebody resubmitted it in Argo', copy, 'Failed')
    const told = (): readonly string[] =>
      play.replies().filter((reply) => reply.includes('I did not start that one'))
    await play.until('the thread says so', () => told().length > 0)
    expect(told()[0]).toContain(copy)
    play.world.argo.faults.dropStreams()
    await inArgo('PUT', `${copy}/stop`)
    await play.click('U0ADA', 'Retry')
    await reads('No node can take the pod')
    expect(told()).toHaveLength(1)
    await stop()
  })

  it('Retry of what has failed is told and followed, and Retry here gives it the Secret that it lacks', async () => {
    const { argo, kubernetes } = play.world
    argo.faults.pods = 'deadline'
    const name = await start('argo-retry')
    await reads('Failed', 'It took longer than its deadline allows')
    await play.until(
      'the Secret is gone',
      () => kubernetes.secret(kubernetes.namespace, `${name}-run`) === undefined,
    )
    argo.faults.pods = undefined
    await inArgo('PUT', `${name}/retry`)
    await reads(
      'Running',
      'The Secret of the run, which the step needs, is not there',
      'Press Stop, then Retry',
    )
    const told = (): readonly string[] =>
      play.replies().filter((reply) => reply.includes('Somebody retried it in Argo'))
    await play.until('the thread says so', () => told().length === 1)
    await stop()
    await play.click('U0ADA', 'Retry')
    await play.until('it is done', () => play.cardText().includes('Done'))
    expect(told()).toHaveLength(1)
  })

  it('and what ends well there is done here too', async () => {
    const { argo } = play.world
    argo.faults.pods = 'deadline'
    const before = new Set(argo.workflows.list().map(({ metadata }) => metadata.name))
    const cards = play.cards().length
    await play.open('U0ADA', '/onboard prod-eu plain namespace')
    await play.send('U0ADA')
    play.slack.people.close('U0ADA')
    await play.until('the card is there', () => play.cards().length > cards)
    await play.click('U0BEN', 'Approve')
    await reads('Failed', 'It took longer than its deadline allows')
    argo.faults.pods = undefined
    const name = argo.workflows.list().find(({ metadata }) => !before.has(metadata.name))?.metadata.name
    await inArgo('PUT', `${name ?? ''}/retry`)
    await play.until('it is done', () => play.cardText().includes('Done'))
    expect(play.replies().join('\n')).toContain(
      'Somebody retried it in Argo: it goes on there, and I follow it.',
    )
  })
})

describe('an answer that is lost', () => {
  const sent = (verb: string): number =>
    play.world.argo.requests.filter(({ method, path }) => method === 'PUT' && path.endsWith(`/${verb}`))
      .length

  it('of Stop and of Retry is settled by looking: neither is sent twice', async () => {
    const { faults } = play.world.argo
    faults.pods = 'unschedulable'
    await start('lost')
    await reads('No node can take the pod')
    const before = { stop: sent('stop'), retry: sent('retry') }
    faults.lostAnswers.push('stop')
    await stop()
    faults.lostAnswers.push('retry')
    await play.click('U0ADA', 'Retry')
    await reads('retry 1', 'No node can take the pod')
    expect({ stop: sent('stop'), retry: sent('retry') }).toEqual({
      stop: before.stop + 1,
      retry: before.retry + 1,
    })
    await stop()
  })
})

describe('a bot that cannot see', () => {
  it('says which right it lost, and is itself again when it is given back', async () => {
    const { faults } = play.world.argo
    faults.pods = 'unschedulable'
    await start('revoked')
    await reads('No node can take the pod')
    faults.forbidden.add('watch')
    faults.dropStreams()
    await play.world.slack.waitFor(() => play.cardText().includes('may not watch workflows'), {
      what: 'the card names the right',
      timeoutMs: 40_000,
    })
    await reads('The bot looks at it only once a minute', 'It does not move on', 'No node can take the pod')
    faults.forbidden.clear()
    await play.world.slack.waitFor(() => !play.cardText().includes('may not watch workflows'), {
      what: 'the stream is back',
      timeoutMs: 40_000,
    })
    await reads('It does not move on', 'No node can take the pod')
    await stop()
  }, 90_000)

  it('says after a minute that no controller picks the workflow up', async () => {
    play.world.argo.faults.isControllerDown = true
    await start('unseen')
    await play.world.slack.waitFor(
      () => play.cardText().includes('No workflow controller picks it up in this namespace'),
      { what: 'the alarm', timeoutMs: 80_000 },
    )
    play.world.argo.faults.isControllerDown = false
    await play.until('it runs', () => !play.cardText().includes('No workflow controller'))
  }, 120_000)
})
