import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { Play } from './play.ts'

let play: Play
beforeAll(async () => {
  play = await Play.begin()
  play.world.slack.workspace.channels.get('C0ONBOARD')?.members.delete('U0OTTO')
})
afterAll(async () => {
  await play.end()
})
beforeEach(() => {
  play.world.slack.faults.api.length = 0
  play.world.slack.workspace.ephemerals.length = 0
})

const type = async (user: string): Promise<number> => {
  const before = Date.now()
  const delivery = await play.world.slack.people.command(user, '/onboard prod-eu shop', 'C0RANDOM')
  expect(delivery).toMatchObject({ acked: true })
  return Date.now() - before
}

describe('whoever may ask for nothing of what is offered', () => {
  // First, since what Slack has said is remembered for a moment.
  it.each([
    ['conversations.members', 'U0OTTO', 'Only the members of #onboarding may.'],
    ['users.info', 'U0GUY', 'guests may not'],
  ])(
    'gets the form where Slack does not tell in time (%s), and is refused when it is sent',
    async (method, user, why) => {
      const { people, faults } = play.world.slack
      faults.api.push({ method, kind: 'hang', times: 1 })
      expect(await type(user)).toBeLessThan(2_500)
      await play.until('the form opens', () => people.view(user) !== undefined)
      await people.fill(user, 'p:display-name', 'Shop')
      await people.fill(user, 'p:subdomain', 'shop-prod')
      expect(await play.send(user)).toContain(why)
      people.close(user)
      expect(play.cards()).toEqual([])
    },
  )

  it.each([
    ['U0OTTO', 'whom the policy does not name', 'You may not ask for any onboarding.'],
    ['U0GUY', 'who is a guest', 'You may not ask for this: guests may not.'],
    ['U0DORA', 'whose account is deactivated', 'You may not ask for this: your account is deactivated.'],
  ])('reads in private who may, instead of the form: %s, %s', async (user, _who, why) => {
    await type(user)
    await play.told(user, why)
    expect(play.whispers(user)).toContain('• `sap-btp` on `prod-eu`: Only the members of #onboarding may.')
    expect(play.world.slack.people.view(user)).toBeUndefined()
    expect(play.world.slack.problems).toEqual([])
  })

  it('is not whoever may ask for something', async () => {
    expect(await play.ask()).toContain('is recorded')
  })

  it('reads the same at a click on Ask again, which opens no form', async () => {
    await play.click('U0ADA', 'Withdraw')
    await play.click('U0OTTO', 'Ask again')
    await play.told('U0OTTO', 'You may not ask for this. Only the members of #onboarding may.')
    await play.click('U0GUY', 'Ask again')
    await play.told('U0GUY', 'You may not ask for this: guests may not.')
    expect(play.slack.people.view('U0OTTO')).toBeUndefined()
    expect(play.slack.people.view('U0GUY')).toBeUndefined()
  })

  it('and a click on Ask again of an earlier card tells of what is there by now', async () => {
    const earlier = await play.offered('Ask again')
    expect(await play.ask()).toContain('is recorded')
    await play.slack.people.click('U0ADA', earlier)
    await play.told('U0ADA', 'There is one already, so nothing was asked twice')
    expect(play.slack.people.view('U0ADA')).toBeUndefined()
  })
})
