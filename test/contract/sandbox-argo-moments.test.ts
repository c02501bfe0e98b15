import { afterEach, beforeEach, expect, test } from 'vitest'

import { momentRows } from './argo-moment-rows.ts'
import { ArgoMoments } from './argo-moments.ts'
import {
  answeredIn,
  build,
  callLimit,
  Comparison,
  date,
  framing,
  keptConnection,
  objects,
  ran,
  recordedIn,
  sameBut,
} from './differences.ts'
import { readRecording, replay } from './sandbox-world.ts'

let moments: ArgoMoments
beforeEach(async () => {
  moments = await ArgoMoments.begin()
})
afterEach(async () => {
  await moments.end()
})

test('one that is down takes no connection, as at get-while-server-is-down', async () => {
  const recorded = readRecording('argo-server', 'get-while-server-is-down')
  expect(recorded.response).toMatchObject({ status: 0, error: 'ECONNREFUSED' })
  await moments.argo.close()
  const cause = { code: recorded.response['error'] }
  await expect(replay(moments.argo.url, recorded, 'token')).rejects.toMatchObject({ cause })
})

const comparison = new Comparison([
  date,
  ...keptConnection,
  ...callLimit,
  ...framing,
  ...objects,
  ...ran,
  build,
  {
    at: /^body$/,
    in: /^log-/,
    why: "the lines of Argo's executor say when they were written",
    isAlike: sameBut(/time=[\dT:.-]+Z/g),
  },
])

test.for(Object.entries(momentRows))(
  'at that moment the sandbox answers %s as the recorded server did',
  async ([name, before]) => {
    await before(moments)
    const recorded = readRecording('argo-server', name)
    const answer = await replay(moments.argo.url, recorded, moments.kubernetes.token('onboard-bot'))
    expect(answer.status).toBe(recorded.response.status)
    const answered = await answeredIn(answer, recorded)
    expect(comparison.unlisted(name, recordedIn(recorded), answered)).toEqual([])
  },
)

test('every listed difference is there', ({ skip }) => {
  skip(comparison.size < Object.keys(momentRows).length, 'only some recordings were compared')
  expect(comparison.unneeded()).toEqual([])
})
