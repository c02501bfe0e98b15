import { afterEach, expect, test, vi } from 'vitest'

import { isObject, objectAt } from '../../sandbox/kubernetes/json.ts'
import { ArgoMoments } from './argo-moments.ts'
import { eventsOf, Listening, recordedFrames } from './argo-stream.ts'
import { watchRows } from './argo-watch-rows.ts'
import { normalise, readRecording } from './sandbox-world.ts'

let moments: ArgoMoments
let listening: Listening
afterEach(async () => {
  listening.hangUp()
  await moments.end()
})

const recording = (name: string): ReturnType<typeof readRecording> => readRecording('argo-server', name)

// Not compared: the rate limit and the date, which are the server's of that day.
const compared = [
  'content-type',
  'grpc-metadata-content-type',
  'grpc-metadata-argo-version',
  'grpc-metadata-trailer',
  'transfer-encoding',
  'x-content-type-options',
]

const listen = async (name: string, options?: Parameters<typeof ArgoMoments.begin>[0]): Promise<void> => {
  moments = await ArgoMoments.begin(options)
  await watchRows[name]?.before?.(moments)
  listening = new Listening(moments.argo.url, recording(name), moments.kubernetes.token('onboard-bot'))
  // What happens once the request has come is an event in the stream.
  await vi.waitFor(() => expect(moments.argo.requests.at(-1)?.path).toBe(recording(name).request.path))
}

const answersAs = async (name: string): Promise<void> => {
  const { response } = recording(name)
  const { statusCode, headers } = await listening.answer
  expect(statusCode).toBe(response.status)
  for (const header of compared) expect([header, headers[header]]).toEqual([header, response.headers[header]])
}

// `hostNetwork` came from the workflow defaults of the recorded cluster.
const comparable = (event: unknown): unknown => {
  const object = objectAt(event, 'object')
  const { hostNetwork: _hostNetwork, ...spec } = objectAt(object, 'spec')
  return normalise(isObject(event) ? { ...event, object: { ...object, spec } } : event)
}

const sendsAs = async (name: string): Promise<void> => {
  const { workflow, leftOut = [] } = watchRows[name] ?? {}
  const recorded = eventsOf(recordedFrames(recording(name)), workflow)
  const expected = recorded.filter((_event, index) => !leftOut.includes(index)).map(comparable)
  await vi.waitFor(() => expect(eventsOf(listening.frames).map(comparable)).toEqual(expected), 5_000)
}

test.for(Object.entries(watchRows))(
  'a watch of the sandbox brings the events of %s, one by one as the recorded server sent them',
  async ([name, row]) => {
    await listen(name, row.options)
    await row.meanwhile(moments)
    await answersAs(name)
    await sendsAs(name)
  },
)

test('a quiet watch has no headers until its first keep-alive, as in watch-quiet-keepalive', async () => {
  const keepAliveMs = 15_000
  await listen('watch-quiet-keepalive', { keepAliveMs })
  moments.clock.advance(keepAliveMs - 1)
  // Answered after whatever the watch would have sent.
  expect((await moments.call('GET', '')).status).toBe(200)
  expect(listening.hasHeaders).toBe(false)
  moments.clock.advance(1)
  await listening.answer
  moments.clock.advance(keepAliveMs)
  await answersAs('watch-quiet-keepalive')
  const recorded = recordedFrames(recording('watch-quiet-keepalive'))
  expect(recorded).toEqual([{ kind: 'keep-alive' }, { kind: 'keep-alive' }])
  await vi.waitFor(() => expect(listening.frames).toEqual(recorded))
})

test('a watch that the server drops ends for the client as in watch-cut-by-server-restart', async () => {
  const name = 'watch-cut-by-server-restart'
  await listen(name)
  await watchRows[name]?.meanwhile(moments)
  await sendsAs(name)
  moments.argo.faults.dropStreams()
  expect(`error ${await listening.ended}`).toBe(recording(name).response['ended'])
})
