import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Play } from './play.ts'

let play: Play
beforeAll(async () => {
  play = await Play.begin()
})
afterAll(async () => {
  await play.end()
})

const line = '/onboard prod-eu shop'

/** What a command is answered with in private; nothing where it opens the form. */
const typed = async (text: string): Promise<string> => {
  play.world.slack.workspace.ephemerals.length = 0
  await play.world.slack.people.command('U0ADA', text, 'C0RANDOM')
  return play.whispers('U0ADA')
}

describe('a command for what is there already is answered at once, without the form', () => {
  const noForm = (): void => expect(play.world.slack.people.view('U0ADA')).toBeUndefined()

  it('while it waits, with and without the values', async () => {
    expect(await play.ask()).toContain('is recorded')
    for (const text of [line, `${line} sap-btp`, `${line} display-name=Shop`]) {
      const said = await typed(text)
      expect(said).toContain('There is one already, so nothing was asked twice')
      expect(said).not.toContain('other values')
      noForm()
    }
    expect(await typed(`${line} display-name=Other`)).toMatch(
      /display-name\W+is \W*Shop\W+you asked for \W*Other/,
    )
    expect(await typed(line)).toContain('For another template, name it: `/onboard prod-eu shop namespace`')
    expect(await typed(`${line} sap-btp`)).not.toContain('another template')
  })

  it('and opens the form for another namespace, or without one', async () => {
    for (const text of ['/onboard prod-eu', '/onboard prod-eu other', '/onboard prod-eu shop namespace']) {
      await play.open('U0ADA', text)
      play.slack.people.close('U0ADA')
    }
  })

  it('the form says the same when it is sent', async () => {
    await play.open('U0ADA', '/onboard prod-eu elsewhere display-name=Shop subdomain=shop-prod')
    await play.slack.people.fill('U0ADA', 'namespace', 'shop')
    expect(await play.send('U0ADA')).toContain('There is one already, so nothing was asked twice')
    expect(play.slack.people.view('U0ADA')?.view.title).toMatchObject({ text: 'Asked already' })
    play.slack.people.close('U0ADA')
  })

  it('when it is done', async () => {
    await play.click('U0BEN', 'Approve')
    await play.until('it is done', () => play.cardText().includes('Done'))
    expect(await typed(line)).toContain('There is one already')
    const other = await typed(`${line} subdomain=other`)
    expect(other).toContain('This is in place with other values')
    expect(other).toContain('Only @platform-approvers may')
    noForm()
  })

  it('and opens the form again for what was withdrawn', async () => {
    await play.ask('gone', 'display-name=Gone subdomain=gone')
    await play.until('its card is there', () => play.cardText().includes('gone'))
    await play.click('U0ADA', 'Withdraw')
    await play.until('it is withdrawn', () => play.cardText().includes('Withdrawn'))
    await play.open('U0ADA', '/onboard prod-eu gone')
    play.slack.people.close('U0ADA')
  })
})

it('while its card is being posted, that is said in place of a link', async () => {
  play.slack.faults.api.push({ method: 'chat.postMessage', kind: 'http-500' })
  await play.ask('late', 'display-name=Late subdomain=late')
  const said = await typed('/onboard prod-eu late')
  expect(said).toContain('; its card is being posted in #onboarding')
  expect(said).not.toContain('open the thread')
})
