import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Play } from './play.ts'

let play: Play
beforeAll(async () => {
  play = await Play.begin()
  await play.ask('mine')
  await play.click('U0ADA', 'Withdraw')
  await play.until('it is withdrawn', () => play.cardText().includes('Withdrawn'))
  for (let index = 0; index < 21; index += 1) {
    await play.open('U0BEN', `/onboard prod-eu other-${index} display-name=O subdomain=other-${index}`)
    await play.send('U0BEN')
    play.slack.people.close('U0BEN')
  }
}, 60_000)
afterAll(async () => {
  await play.end()
})

const answerTo = async (line: string, user: string): Promise<string> => {
  const told = play.whispers(user).length
  await play.slack.people.command(user, line, 'C0ONBOARD')
  await play.until('it is answered', () => play.whispers(user).length > told)
  return play.whispers(user).slice(told)
}

describe('where more was asked for than one message shows', () => {
  it('/onboard status still tells of what one asked for oneself', async () => {
    const said = await answerTo('/onboard status', 'U0ADA')
    expect(said).toContain('`mine` on `prod-eu`')
    expect(said).not.toContain('other-')
  })

  it('/onboard status and /onboard list count what they leave out', async () => {
    expect(await answerTo('/onboard status', 'U0BEN')).toContain('and 1 more: `/onboard status')
    const list = await answerTo('/onboard list', 'U0ADA')
    const shown = list.split('\n').filter((line) => line.includes('on `prod-eu`')).length
    expect(list).toContain(`and ${22 - shown} more`)
  })
})
