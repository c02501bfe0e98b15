import { afterEach, expect, it } from 'vitest'

import { type ProxySandbox, startProxy } from '../../sandbox/proxy.ts'
import { renderMessage } from '../../sandbox/slack/render.ts'
import { Play } from '../story/play.ts'

const running: { play?: Play; proxy?: ProxySandbox } = {}
afterEach(async () => {
  await running.play?.end()
  await running.proxy?.close()
  delete running.play
  delete running.proxy
})

const begin = async (options: Parameters<typeof Play.begin>[0]): Promise<Play> => {
  const play = await Play.begin(options)
  running.play = play
  return play
}

const isDone = (play: Play): Promise<void> =>
  play.until(
    'everything is done',
    () => play.threadText().includes('Everything is done') && play.cardText().includes('Done'),
  )

const storyMs = 120_000

it(
  'with a kubeconfig alone, a product is onboarded by port-forward and a TokenRequest',
  { timeout: storyMs },
  async () => {
    const play = await begin({ way: 'port-forward' })
    await play.ask()
    await play.click('U0BEN', 'Approve')
    await play.until('a step is done', () => play.threadText().includes('is done'))
    play.world.argo.replacePod()
    await isDone(play)
    expect(play.world.kubernetes.forwards.count()).toBeGreaterThan(0)
    expect([...play.world.argo.creates.values()]).toEqual([1])
  },
)

it(
  'everything that the bot calls is called through the proxy that the environment names',
  { timeout: storyMs },
  async () => {
    const proxy = await startProxy()
    running.proxy = proxy
    const play = await begin({ environment: { HTTP_PROXY: proxy.url, NO_PROXY: '' } })
    await play.ask()
    await play.click('U0BEN', 'Approve')
    await isDone(play)
    const { slack, argo, kubernetes, sharedMeta } = play.world
    const called = [slack.apiUrl, argo.url, kubernetes.url, sharedMeta.url].map((url) => new URL(url).host)
    const socket = `upgrade ${new URL(slack.apiUrl).host}`
    expect([...proxy.seen].toSorted()).toEqual([...called, socket].toSorted())
  },
)

it(
  'a cluster that hangs delays no other, says so on its card, and goes on when it is back',
  { timeout: storyMs },
  async () => {
    const play = await begin({ isDevApart: true })
    const { dev } = play.world
    const hang = (isHanging: boolean): void => {
      dev.argo.faults.isHanging = isHanging
      dev.kubernetes.faults.isHanging = isHanging
    }
    hang(true)
    await play.open('U0ADA', '/onboard dev-eu shop display-name=Shop subdomain=shop-dev')
    await play.send('U0ADA')
    play.slack.people.close('U0ADA')
    await play.click('U0BEN', 'Approve')
    const ts = play.card()?.ts
    await play.ask()
    await play.click('U0BEN', 'Approve')
    await isDone(play)
    const text = (): string => {
      const card = play.cards().find((one) => one.ts === ts)
      return card === undefined ? '' : renderMessage(card, play.slack.workspace)
    }
    await play.until('its card says so', () => text().includes('cannot be reached'))
    hang(false)
    await play.until('it is done too', () => text().includes('Done'))
  },
)
