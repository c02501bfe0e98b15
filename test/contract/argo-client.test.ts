import { afterEach, describe, expect, it } from 'vitest'

import { closeServer } from '../../sandbox/http.ts'
import { ArgoClient } from '../../src/argo/client.ts'
import { createDispatcher } from '../../src/argo/dispatcher.ts'
import { stateOf } from '../../src/argo/steps.ts'
import { readStream, type StreamEvent } from '../../src/argo/stream.ts'
import { systemClock } from '../../src/clock.ts'
import type { WorkflowManifest } from '../../src/onboarding/ports.ts'
import { play, readRecording, recordingNames } from './player.ts'

const manifest: WorkflowManifest = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Workflow',
  metadata: { name: 'x', labels: {}, annotations: {} },
  spec: {},
}

let stop: (() => Promise<void>) | undefined
afterEach(async () => {
  await stop?.()
  stop = undefined
})

const connect = async (name: string): Promise<ArgoClient> => {
  const { url, server } = await play(readRecording(name))
  stop = () => closeServer(server)
  const dispatcher = createDispatcher({ isVerified: true })
  return new ArgoClient({ url, namespace: 'shared', token: async () => 'TOKEN', dispatcher }, systemClock)
}

type Call = (client: ArgoClient) => Promise<unknown>

const create: Call = (client) => client.create(manifest)
const get: Call = async (client) => {
  const found = await client.get('x')
  return found && stateOf(found)
}
const list: Call = (client) => client.list('a=b')
const retry: Call = (client) => client.retry('x')
const stopping: Call = (client) => client.stop('x')
const log: Call = (client) => client.log('x', 'pod')
const watch: Call = async (client) => {
  const events: StreamEvent[] = []
  const signal = AbortSignal.timeout(5_000)
  const options = { labelSelector: 'a=b', isMarked: true, signal, now: Date.now, onOpen: () => undefined }
  for await (const event of readStream(client, options)) events.push(event)
  return events.map((event) =>
    event.type === 'complete' ? 'complete' : `${event.type} ${event.workflow.status.phase ?? '-'}`,
  )
}

const outcomeOf = async (name: string, call: Call): Promise<unknown> => {
  try {
    return (await call(await connect(name))) ?? 'nothing'
  } catch (error) {
    return (error as { code?: string }).code
  }
}

/** By the beginning of the recording's name: how it is asked for. */
const calls: readonly (readonly [RegExp, Call])[] = [
  [/^dry-run-left-nothing$/, get],
  [/^(create|dry-run|shape-create)/, create],
  [/^(get|shape-get)/, get],
  [/^list/, list],
  [/^(retry|shape-retry)/, retry],
  [/^stop/, stopping],
  [/^log/, log],
  [/^watch/, watch],
]

/** What an answer that is no success becomes. */
const failures: Record<string, string> = {
  'create-bad-json': 'invalid',
  'create-bad-label': 'invalid',
  'create-duplicate': 'exists',
  'create-duplicate-with-generate-name': 'exists',
  'create-empty-body': 'invalid',
  'create-enum-violated': 'invalid',
  'create-forbidden': 'forbidden',
  'create-name-64': 'invalid',
  'create-name-uppercase': 'invalid',
  'create-no-entrypoint': 'invalid',
  'create-no-workflow-key': 'invalid',
  'create-other-namespace-in-body': 'invalid',
  'create-parameter-without-value': 'invalid',
  'create-type-mismatch': 'invalid',
  'create-unknown-namespace': 'forbidden',
  'create-unknown-template': 'invalid',
  'dry-run-bad-label': 'invalid',
  'dry-run-duplicate': 'exists',
  'dry-run-enum-violated': 'invalid',
  'dry-run-forbidden': 'forbidden',
  'get-forbidden': 'forbidden',
  'get-uid-mismatch': 'unavailable',
  'list-bad-field-selector': 'invalid',
  'list-bad-label-selector': 'invalid',
  'list-forbidden': 'forbidden',
  'list-garbage-bearer': 'unauthorized',
  'list-lowercase-bearer': 'unauthorized',
  'list-no-token': 'unauthorized',
  'log-not-found': 'not-found',
  'retry-succeeded': 'invalid',
  'retry-while-running': 'invalid',
  'stop-completed': 'invalid',
  'stop-not-found': 'not-found',
  'watch-cut-by-server-restart': 'unreachable',
  'watch-forbidden-sse': 'forbidden',
  'watch-forbidden-ndjson': 'forbidden',
  'watch-name-missing': 'not-found',
  'watch-too-old': 'invalid',
}

/** Recordings that the bot never makes, or that the client cannot produce. */
const never: readonly (readonly [RegExp, string])[] = [
  [
    /^(archived|delete|info|lint|outside-api|rate-limit|resubmit|resume|suspend|terminate|event-sources|events-stream|version|userinfo|unknown-route|set|submit|unknown-api-path|wrong-method)/,
    'a call that the bot does not make',
  ],
  [/^watch-(future-rv|not-a-number-rv)$/, 'the bot sends no resource version'],
  [/(get-fields|include-fields)$/, 'the bot names the fields to leave out, never those to give'],
  [/^get-while-server-is-down$/, 'the connection itself fails: there is nothing to play'],
  [
    /^watch-(accept-list|ndjson-whole-run|timeout-eof-ndjson|forbidden-ndjson)$/,
    'the bot asks for server-sent events only',
  ],
]

const isNever = (name: string): boolean => never.some(([shape]) => shape.test(name))
const callFor = (name: string): Call | undefined => calls.find(([shape]) => shape.test(name))?.[1]
const made = recordingNames().filter((name) => !isNever(name))

describe('every recorded answer of a real argo-server', () => {
  it('has a row, or a reason why not', () => {
    expect(made.filter((name) => callFor(name) === undefined)).toEqual([])
  })

  it.each(made.filter((name) => callFor(name) !== undefined))('%s is understood', async (name) => {
    const call = callFor(name)
    if (call === undefined) throw new Error('no call')
    const outcome = await outcomeOf(name, call)
    const { status } = readRecording(name).response
    if (failures[name] !== undefined) expect(outcome).toBe(failures[name])
    else if (status === 404 && call === get) expect(outcome).toBe('nothing')
    else
      expect(typeof outcome === 'string' && outcome !== 'nothing' ? outcome : 'understood').toBe('understood')
  })

  it('a failed run has its steps in order, the reason as the container wrote it, and the pod of its log', async () => {
    expect(await outcomeOf('get-failed', get)).toMatchObject({
      phase: 'Failed',
      steps: [
        { name: 'create-subaccount', phase: 'succeeded' },
        { name: 'register-platform', phase: 'succeeded' },
        {
          name: 'install-proxy',
          phase: 'failed',
          message: 'helm: chart service-broker-proxy not found',
          podName: 'onboard-fail-mwtobw11-install-proxy-733804714',
        },
      ],
    })
  })

  it('a retried step is one step, and outputs are kept by their global names', async () => {
    const state = await outcomeOf('shape-get-failed', get)
    expect(state).toMatchObject({
      steps: [
        { name: 'create-subaccount', phase: 'succeeded' },
        { name: 'register-platform' },
        { name: 'install-proxy', phase: 'failed' },
      ],
    })
    expect(state).toHaveProperty('outputs.0.name')
  })

  it('the log has the lines of the step and none of the executor', async () => {
    expect(await outcomeOf('log-failed-step', log)).toEqual([
      '{"level":30,"step":"install-proxy","msg":"start"}',
      '{"level":50,"msg":"chart not found"}',
    ])
  })

  it('a watch tells the end of its snapshot, and then every change', async () => {
    const events = await outcomeOf('watch-sse-bookmarks', watch)
    expect(events).toEqual(expect.arrayContaining(['complete', 'is Running', 'is Succeeded']))
    expect((events as string[])[0]).toBe('complete')
  })

  it('the end of a watch is no failure, before its first byte and after', async () => {
    expect(await outcomeOf('watch-timeout-eof', watch)).toEqual(expect.any(Array))
    expect(await outcomeOf('watch-sse-whole-run', watch)).toEqual(expect.any(Array))
  })
})
