import { afterEach, expect, test, vi } from 'vitest'

import { objectAt, textAt } from '../../sandbox/kubernetes/json.ts'
import { ArgoMoments } from './argo-moments.ts'
import { eventsOf, Listening, recordedFrames } from './argo-stream.ts'
import { watchRows } from './argo-watch-rows.ts'
import { callLimit, Comparison, date, objects, olderReset, onlyRecorded, ran } from './differences.ts'
import { readRecording } from './sandbox-world.ts'

let moments: ArgoMoments
let listening: Listening
afterEach(async () => {
  listening.hangUp()
  await moments.end()
})

const recording = (name: string): ReturnType<typeof readRecording> => readRecording('argo-server', name)

const comparison = new Comparison([
  date,
  ...callLimit,
  olderReset,
  ...objects,
  ...ran,
  {
    at: /^body\.metadata\.creationTimestamp$/,
    in: /\//,
    why: 'the bookmarks of 3.7 and 4.0 have an empty one; the sandbox is a 4.1',
    isAlike: ({ recorded, answered }) => recorded === null && answered === undefined,
  },
  {
    at: /^body\.spec\.hostNetwork$/,
    why: 'it came from the workflow defaults of the recorded cluster',
    isAlike: onlyRecorded,
  },
])
const noHeaders = { headers: {} }

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
  const recorded = { headers: response.headers, body: '' }
  expect(comparison.unlisted(name, recorded, { headers, body: '' })).toEqual([])
}

const sendsAs = async (name: string): Promise<void> => {
  const { workflow, leftOut = [] } = watchRows[name] ?? {}
  const all = eventsOf(recordedFrames(recording(name)), workflow)
  for (const { at, type } of leftOut) expect(textAt(all[at], 'type')).toBe(type)
  const recorded = all.filter((_event, index) => leftOut.every(({ at }) => at !== index))
  await vi.waitFor(() => {
    const answered = eventsOf(listening.frames)
    const types = (events: readonly unknown[]): unknown => events.map((event) => textAt(event, 'type'))
    expect(types(answered)).toEqual(types(recorded))
    const bodies = answered.map((event) => objectAt(event, 'object'))
    const unlisted = recorded.flatMap((event, index) =>
      comparison.unlisted(
        name,
        { ...noHeaders, body: objectAt(event, 'object') },
        { ...noHeaders, body: bodies[index] },
      ),
    )
    expect(unlisted).toEqual([])
  }, 5_000)
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

test('every listed difference is there', ({ skip }) => {
  skip(comparison.size <= Object.keys(watchRows).length, 'only some recordings were compared')
  expect(comparison.unneeded()).toEqual([])
})
