import { WebAPIRateLimitedError, WebClient } from '@slack/web-api'
import { expect, it } from 'vitest'

import { createManualClock } from '../../sandbox/manual-clock.ts'
import { createLog } from '../../src/log.ts'
import type { Notice, Onboarding } from '../../src/onboarding/onboarding.ts'
import { createDirectory } from '../../src/slack/directory.ts'
import { Outbox } from '../../src/slack/outbox.ts'
import { phases, settled } from '../onboarding/builders.ts'
import { World } from '../simulation/world.ts'

const running = settled(phases().running)
const [notice] = running.notices
if (notice === undefined) throw new Error('there is no notice')

const turns = async (): Promise<void> => {
  for (let count = 0; count < 20; count += 1) await Promise.resolve()
}

it('a channel in which Slack takes no post for a while keeps neither cards nor other channels waiting', async () => {
  const clock = createManualClock()
  const log = createLog('silent')
  const client = new WebClient('xoxb-TOKEN')
  const sent: string[] = []
  client.chat.update = async () => {
    sent.push('update')
    return { ok: true }
  }
  client.chat.postMessage = async ({ channel }) => {
    if (channel === 'D0ADA') throw new WebAPIRateLimitedError(30)
    sent.push(channel)
    return { ok: true, ts: '2.2', channel }
  }
  client.conversations.open = async () => ({ ok: true, channel: { id: 'D0ADA' } })
  const { catalogue, templates } = new World(() => 0.5).tools({ isAlive: true })
  const outbox = new Outbox({
    client,
    catalogue,
    templates,
    directory: createDirectory({ client, clock, log }),
    link: () => undefined,
    threadLink: () => 'https://slack.test',
    ownUser: () => 'U0BOT',
    clock,
    log,
    isClassic: true,
  })
  const post = (about: Onboarding, to: Notice['to']): Promise<unknown> =>
    outbox.postNotice(about, { ...notice, to, state: 'due' })
  await expect(post(running, 'requester')).rejects.toMatchObject({ code: 'later', retryAfterMs: 30_000 })
  void outbox.showCard(running)
  void post(running, 'thread')
  await turns()
  expect(sent.toSorted()).toEqual(['C0ONBOARD', 'update'])
  // The channel itself is left alone for as long as Slack asked.
  const again = post(running, 'requester')
  client.chat.postMessage = async ({ channel }) => {
    sent.push(channel)
    return { ok: true, ts: '2.3', channel }
  }
  await turns()
  expect(sent).not.toContain('D0ADA')
  clock.advance(30_000)
  await again
  expect(sent).toContain('D0ADA')
})
