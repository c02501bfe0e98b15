import { afterEach, describe, expect, it, vi } from 'vitest'

import type { ShownButton } from '../../sandbox/slack/people.ts'
import { Play } from './play.ts'

vi.setConfig({ testTimeout: 180_000 })

let play: Play

afterEach(async () => {
  await play.end()
})

const begin = async (): Promise<Play> => {
  play = await Play.begin()
  return play
}

const says = (text: string): Promise<void> =>
  play.until(`the card says "${text}"`, () => play.cardText().includes(text))

const isDone = async (): Promise<void> => {
  await play.until('everything is done', () => play.threadText().includes('Everything is done'))
  expect([...play.world.argo.creates.values()]).toEqual([1])
  expect(play.cards()).toHaveLength(1)
  expect(play.world.slack.problems).toEqual([])
}

/** Approve as it stood on the card before it was taken off. */
const earlierApprove = async (): Promise<ShownButton> => ({
  ...(await play.offered('Reject')),
  actionId: 'onboard.approve',
  label: 'Approve',
})

describe('before the decision', () => {
  it('argo-server is asked, and the card says what it would do', async () => {
    await begin()
    await play.ask()
    await says('argo-server would take this workflow')
    expect(play.button('Approve')).toBeDefined()
    expect(play.button('Check again')).toBeUndefined()
    expect(play.world.argo.workflows.list()).toEqual([])
    expect(play.world.inventory().runSecrets).toEqual([])
  })

  it.each([
    ['a missing right', 'forbidden', 'Give it that right', 'onboard-bot may not create workflows'],
    ['a quota that is used up', 'quota', 'raise it', 'The quota workflows of the namespace is used up'],
  ] as const)(
    '%s takes Approve off the card until a check succeeds',
    async (_what, fault, cure, sentence) => {
      await begin()
      const { faults } = play.world.argo
      const broken = (isBroken: boolean): void => {
        if (fault === 'quota') faults.isQuotaUsedUp = isBroken
        else faults.forbidden[isBroken ? 'add' : 'delete']('create')
      }
      broken(true)
      expect(await play.ask()).toContain('is recorded')
      await says('It cannot be approved as it is')
      expect(play.cardText()).toContain(sentence)
      expect(play.cardText()).toContain(cure)
      expect(play.button('Approve')).toBeUndefined()
      await play.world.slack.people.click('U0BEN', await earlierApprove())
      await play.told('U0BEN', 'Nothing was approved: argo-server would refuse the workflow')
      expect(play.whispers('U0BEN')).toContain(cure)
      await play.click('U0OTTO', 'Check again')
      await play.told('U0OTTO', 'Only @Ada, ')
      const { length } = play.world.argo.requests
      await play.click('U0ADA', 'Check again')
      await play.until('it was asked', () => play.world.argo.requests.length > length)
      await play.offered('Check again')
      expect(play.button('Approve')).toBeUndefined()
      broken(false)
      await play.click('U0BEN', 'Check again')
      await play.click('U0BEN', 'Approve')
      await isDone()
    },
  )

  it("a name that is somebody else's takes Approve off the card too", async () => {
    await begin()
    const message = 'workflows.argoproj.io "x" already exists'
    const foreign = { metadata: { name: 'x', uid: 'u' }, spec: {}, status: {} }
    play.world.argo.faults.planned.push(
      { matches: (method) => method === 'POST', status: 409, body: JSON.stringify({ code: 6, message }) },
      {
        // The one workflow, and neither a list nor the stream.
        matches: (method, path) => method === 'GET' && /^\/api\/v1\/workflows\/[^/]+\/[^/?]+/.test(path),
        status: 200,
        body: JSON.stringify(foreign),
      },
    )
    await play.ask()
    await says('is not ours')
    expect(play.button('Approve')).toBeUndefined()
  })

  it('an argo-server that does not answer keeps nobody from approving, nor the form from being answered', async () => {
    await begin()
    play.world.argo.faults.isHanging = true
    const before = Date.now()
    expect(await play.ask()).toContain('is recorded')
    expect(Date.now() - before).toBeLessThan(2_000)
    await says('did not answer within 2 s')
    expect(play.button('Check again')).toBeDefined()
    play.world.argo.faults.isHanging = false
    await play.click('U0BEN', 'Approve')
    await isDone()
  })

  it('a bot that was killed while it asked asks again', async () => {
    await begin()
    play.world.argo.faults.isHanging = true
    await play.ask()
    await says('is being asked')
    await play.bot.end('SIGKILL')
    play.world.argo.faults.isHanging = false
    await play.bot.start()
    await says('argo-server would take this workflow')
  })
})

describe('at the approval', () => {
  it('argo-server is asked again: what it refuses stays approved, leaves no Secret, and starts once it is mended', async () => {
    await begin()
    await play.ask()
    await says('argo-server would take this workflow')
    play.world.argo.faults.forbidden.add('create')
    await play.click('U0BEN', 'Approve')
    await says('It does not move on')
    expect(play.cardText()).toContain('Approved')
    expect(play.cardText()).toContain('Give it that right')
    expect(play.cardText()).toContain('It is tried again by itself until')
    expect(play.world.inventory().runSecrets).toEqual([])
    play.world.argo.faults.forbidden.delete('create')
    await isDone()
  })
})
