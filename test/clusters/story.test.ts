import { afterEach, expect, it } from 'vitest'

import { type ProxySandbox, startProxy } from '../../sandbox/proxy.ts'
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
