import { describe, expect, it, type TestContext } from 'vitest'

import { Play } from './play.ts'

/** Somebody has asked, and nobody has approved. */
const begin = async ({ onTestFinished }: TestContext): Promise<Play> => {
  const play = await Play.begin()
  onTestFinished(() => play.end())
  await play.ask()
  await play.until('the card is there', () => play.card() !== undefined)
  return play
}

const reads = async (play: Play, ...texts: string[]): Promise<void> => {
  await play.world.slack.waitFor(() => texts.every((text) => play.cardText().includes(text)), {
    what: `the card says "${texts.join('" and "')}"`,
    timeoutMs: 65_000,
  })
}

const noController = 'No workflow controller'

describe.concurrent('a bot that cannot see', () => {
  it('an argo-server that hangs says so within a minute, and blames no controller for it then or later', async (context) => {
    const play = await begin(context)
    const { faults } = play.world.argo
    faults.isControllerDown = true
    await play.click('U0BEN', 'Approve')
    await play.until('it was submitted', () => play.threadText().includes('was submitted'))
    const hangsFrom = Date.now()
    faults.isHanging = true
    faults.dropStreams()
    faults.isControllerDown = false
    await reads(play, 'The bot cannot see it', 'argo-server cannot be reached: no answer in time')
    expect(Date.now() - hangsFrom).toBeLessThan(60_000)
    const texts: string[] = []
    while (Date.now() < hangsFrom + 66_000) {
      texts.push(play.cardText())
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    expect(texts.filter((text) => text.includes(noController) || text.includes('does not move on'))).toEqual(
      [],
    )
    faults.isHanging = false
    faults.dropStreams()
    await reads(play, 'Done')
    expect(play.cardText()).not.toContain('cannot see')
  }, 150_000)

  it('but only lacks the events says that, shows what each list tells, and takes it back', async (context) => {
    const play = await begin(context)
    const { faults } = play.world.argo
    faults.pods = 'quota'
    await play.click('U0BEN', 'Approve')
    await reads(play, 'The quota pods of the namespace is used up')
    faults.isHoldingStreams = true
    faults.dropStreams()
    faults.pods = 'image-pull'
    await reads(play, 'The bot looks at it only once a minute', 'its event stream does not come through')
    await reads(play, 'It does not move on', 'cannot be pulled')
    expect(play.cardText()).not.toContain('cannot be reached')
    faults.isHoldingStreams = false
    await play.world.slack.waitFor(() => !play.cardText().includes('only once a minute'), {
      what: 'the stream is back',
      timeoutMs: 65_000,
    })
    expect(play.cardText()).toContain('cannot be pulled')
  }, 150_000)
})
