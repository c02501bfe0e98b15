import { WebClient } from '@slack/web-api'
import { expect, it } from 'vitest'

import { createManualClock } from '../../sandbox/manual-clock.ts'
import { createLog } from '../../src/log.ts'
import { createDirectory } from '../../src/slack/directory.ts'
import { Pacer } from '../../src/slack/pacer.ts'

const hour = 3_600_000

it('posts go on at their rate after the clock was set back, also those that Slack asked to wait', async () => {
  const clock = createManualClock()
  const pacer = new Pacer(clock, { everyMs: 1_000, burst: 2 })
  const gone: number[] = []
  const post = (number: number): void => void pacer.turn(false).then(() => gone.push(number))
  for (const number of [1, 2, 3]) post(number)
  pacer.pause(5_000)
  clock.set(-hour)
  for (const number of [4, 5]) post(number)
  for (let second = 0; second < 12; second += 1) {
    clock.advance(1_000)
    await Promise.resolve()
  }
  expect(gone).toEqual([1, 2, 3, 4, 5])
})

it('whoever was taken out of a group does not decide because the clock was set back', async () => {
  const clock = createManualClock()
  const members = new Set(['U0BEN'])
  let isDeleted = false
  const client = new WebClient('xoxb-TOKEN')
  client.users.info = async () => ({ ok: true, user: { deleted: isDeleted } })
  client.usergroups.users.list = async () => ({ ok: true, users: [...members] })
  const directory = createDirectory({ client, clock, log: createLog('silent') })
  const ben = async (): Promise<unknown> => directory.person('U0BEN', ['S0PLATFORM'], { isDeciding: true })
  expect(await ben()).toMatchObject({ standing: 'member', memberOf: ['S0PLATFORM'] })
  members.clear()
  isDeleted = true
  clock.set(-hour)
  expect(await ben()).toMatchObject({ standing: 'deactivated', memberOf: [] })
})
