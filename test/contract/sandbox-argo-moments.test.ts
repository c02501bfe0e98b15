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

const compared = [
  'content-type',
  'grpc-metadata-content-type',
  'grpc-metadata-argo-version',
  'x-content-type-options',
]

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
    if (isObject(json)) expect(normalise(JSON.parse(text))).toEqual(normalise(json))
    else expect(normalise(text)).toEqual(normalise(chunks?.map((chunk) => chunk.text).join('')))
  },
)
