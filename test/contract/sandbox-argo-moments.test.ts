import { afterEach, beforeEach, expect, test } from 'vitest'

import { isObject } from '../../sandbox/kubernetes/json.ts'
import { momentRows } from './argo-moment-rows.ts'
import { ArgoMoments } from './argo-moments.ts'
import { normalise, readRecording, replay } from './sandbox-world.ts'

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

const compared = [
  'content-type',
  'grpc-metadata-content-type',
  'grpc-metadata-argo-version',
  'x-content-type-options',
]

// Where the server was built is not for a sandbox to copy.
const comparable = (value: object): unknown => normalise({ ...value, gitCommit: undefined })

test.for(Object.entries(momentRows))(
  'at that moment the sandbox answers %s as the recorded server did',
  async ([name, before]) => {
    await before(moments)
    const recorded = readRecording('argo-server', name)
    const answer = await replay(moments.argo.url, recorded, moments.kubernetes.token('onboard-bot'))
    expect(answer.status).toBe(recorded.response.status)
    for (const header of compared)
      expect([header, answer.headers.get(header)]).toEqual([
        header,
        recorded.response.headers[header] ?? null,
      ])
    const text = await answer.text()
    const { json, chunks } = recorded.response
    if (isObject(json)) expect(comparable(JSON.parse(text))).toEqual(comparable(json))
    else expect(normalise(text)).toEqual(normalise(chunks?.map((chunk) => chunk.text).join('')))
  },
)
