import assert from 'node:assert/strict'

import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { startArgo } from '../../sandbox/argo/server.ts'
import type { ArgoSandbox } from '../../sandbox/argo/server.ts'
import type { StepRunner } from '../../sandbox/argo/step-runner.ts'
import { isObject, objectAt, textAt } from '../../sandbox/kubernetes/json.ts'
import { startKubernetes } from '../../sandbox/kubernetes/server.ts'
import type { KubernetesSandbox } from '../../sandbox/kubernetes/server.ts'
import { systemClock } from '../../src/clock.ts'
import { momentRows } from './argo-moment-rows.ts'
import { watchRows } from './argo-watch-rows.ts'
import { endAsRecorded, isPodOf } from './recorded-pod.ts'
import {
  normalise,
  phasesOf,
  readRecording,
  recordedNodes,
  recordedObject,
  recordingNames,
  replay,
} from './sandbox-world.ts'
import type { Recording } from './sandbox-world.ts'

let kubernetes: KubernetesSandbox
let argo: ArgoSandbox
let nodes: ReturnType<typeof recordedNodes> = []

const asRecorded: StepRunner = {
  run: ({ templateName }, signal) => endAsRecorded(nodes.find(isPodOf(templateName)), { signal }),
}

beforeEach(async () => {
  kubernetes = await startKubernetes({ clock: systemClock })
  const options = { clock: systemClock, kubernetes, namespace: 'shared', runner: asRecorded }
  argo = await startArgo({ ...options, reconcileMs: 1, keepAliveMs: 60_000 })
  nodes = []
})
afterEach(async () => {
  await argo.close()
  await kubernetes.close()
})

const recording = (name: string): Recording => readRecording('argo-server', name)
const token = (name = 'onboard-bot'): string => kubernetes.token(name)

async function call(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${argo.url}/api/v1/workflows/shared${path}`, {
    method,
    headers: { Authorization: `Bearer ${token()}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

async function create(name: string): Promise<void> {
  assert.equal((await replay(argo.url, recording(name), token())).status, 200)
}

// Submits the workflow that a recording shows, as it was before anything was done to it.
async function submitShown(shown: unknown): Promise<string> {
  const { shutdown: _shutdown, suspend: _suspend, ...spec } = objectAt(shown, 'spec')
  const { name, labels, annotations } = objectAt(shown, 'metadata')
  const own = (values: unknown): object =>
    Object.fromEntries(
      Object.entries(isObject(values) ? values : {}).filter(
        ([key]) => !key.startsWith('workflows.argoproj.io/'),
      ),
    )
  const metadata = { name, labels: own(labels), annotations: own(annotations) }
  assert.equal((await call('POST', '', { workflow: { metadata, spec } })).status, 200)
  return String(name)
}

async function untilPhases(shown: unknown): Promise<void> {
  const name = textAt(objectAt(shown, 'metadata'), 'name') ?? ''
  await vi.waitFor(() => assert.deepEqual(phasesOf(argo.workflows.get('shared', name)), phasesOf(shown)), {
    timeout: 15_000,
    interval: 3,
  })
}

interface Row {
  readonly as?: string
  readonly before?: () => Promise<unknown>
}

const nobody: Row = { as: 'nobody' }
const alone: Row = {}
const after = (before: () => Promise<unknown>): Row => ({ before })
const running = after(async () => {
  await create('create')
  await vi.waitFor(() =>
    assert.equal(argo.workflows.get('shared', 'onboard-ok-mwto9k0h')?.status.phase, 'Running'),
  )
})
const succeeded = after(async () => {
  const shown = recordedObject(recording('get-succeeded'))
  nodes = recordedNodes(recording('get-succeeded'))
  await submitShown(shown)
  await untilPhases(shown)
})
// The state that a recorded GET shows, reached by running the workflow in it.
const shownBy = (name: string): Row =>
  after(async () => {
    const shown = recordedObject(recording(name))
    nodes = recordedNodes(recording(name))
    await submitShown(shown)
    await untilPhases(shown)
  })

const rows: Readonly<Record<string, Row>> = {
  'create-bad-json': alone,
  'create-bad-label': alone,
  'create-duplicate': after(() => create('create')),
  'create-duplicate-with-generate-name': after(() => create('create')),
  'create-empty-body': alone,
  'create-enum-violated': alone,
  'create-forbidden': nobody,
  'create-mutex': alone,
  'create-name-64': alone,
  'create-name-uppercase': alone,
  'create-no-entrypoint': alone,
  'create-no-workflow-key': alone,
  'create-old-mutex-dropped': alone,
  'create-other-namespace-in-body': alone,
  'create-parameter-without-value': alone,
  'create-server-dry-run': alone,
  'create-service-account-without-rights': alone,
  'create-that-will-fail': alone,
  'create-type-mismatch': alone,
  'create-unknown-key-dropped': alone,
  'create-unknown-namespace': alone,
  'create-unknown-service-account': alone,
  'create-unknown-template': alone,
  'create-with-continue-on-and-when': alone,
  'create-with-on-exit': alone,
  'create-with-retry-strategy': alone,
  'create-with-suspend-node': alone,
  'create-without-controller': alone,
  create: alone,
  'delete-not-found': alone,
  'delete-ok': running,
  'delete-running': after(async () => {
    const sent = objectAt(recording('create').request.body, 'workflow')
    const metadata = { name: 'delete-running-mwtokzwp' }
    await call('POST', '', { workflow: { ...sent, metadata } })
  }),
  'dry-run-bad-label': alone,
  'dry-run-duplicate': after(async () => {
    const sent = objectAt(recording('dry-run-duplicate').request.body, 'workflow')
    await call('POST', '', { workflow: sent })
  }),
  'dry-run-enum-violated': alone,
  'dry-run-forbidden': nobody,
  'dry-run-left-nothing': after(() => create('dry-run-unknown-service-account')),
  'dry-run-unknown-service-account': alone,
  'event-sources-post': alone,
  'event-sources-post-admin-shape': alone,
  'get-after-delete': alone,
  'get-continue-on-and-when': shownBy('get-continue-on-and-when'),
  'get-exclude-fields': succeeded,
  'get-failed': shownBy('get-failed'),
  'get-fields': succeeded,
  'get-forbidden': nobody,
  'get-not-found': alone,
  'get-retry-strategy-exhausted': shownBy('get-retry-strategy-exhausted'),
  'get-succeeded': succeeded,
  'get-suspend-node-waiting': shownBy('get-suspend-node-waiting'),
  'get-uid-mismatch': running,
  'get-with-outputs': shownBy('get-with-outputs'),
  info: alone,
  'lint-ok': alone,
  'lint-unknown-template': alone,
  'list-bad-field-selector': alone,
  'list-bad-label-selector': alone,
  'list-empty': alone,
  'list-forbidden': nobody,
  'list-garbage-bearer': alone,
  'list-lowercase-bearer': alone,
  'list-no-token': alone,
  'log-not-found': alone,
  'outside-api': alone,
  'resume-node-selector-no-match': shownBy('get-suspend-node-waiting'),
  'resume-node': shownBy('get-suspend-node-waiting'),
  'retry-failed': shownBy('get-failed'),
  'retry-succeeded': succeeded,
  'retry-while-running': running,
  'shape-create': alone,
  'shape-create-cleanup': alone,
  'stop-completed': succeeded,
  'stop-not-found': alone,
  'suspend-completed': succeeded,
  'unknown-api-path': alone,
  userinfo: alone,
  version: alone,
  'version-garbage-bearer': alone,
  'version-no-token': alone,
  'watch-forbidden-ndjson': nobody,
  'watch-forbidden-sse': nobody,
  'watch-name-missing': alone,
  'watch-not-a-number-rv': alone,
  'watch-timeout-eof': alone,
  'watch-timeout-eof-include-fields': alone,
  'watch-timeout-eof-ndjson': alone,
  'watch-too-old': alone,
  'wrong-method': alone,
}

const compared = [
  'content-type',
  'grpc-metadata-content-type',
  'grpc-metadata-argo-version',
  'x-content-type-options',
]
// Where the server was built, and which port of which version answered, is not for a sandbox to copy.
const ownValues: Readonly<Record<string, readonly string[]>> = {
  version: ['gitCommit'],
  'version-garbage-bearer': ['gitCommit'],
}

const comparable = (name: string, value: unknown): unknown => {
  if (typeof value === 'string') return value.replace(/too old resource version: 1 \(\d+\)/, 'too old')
  if (!isObject(value)) return normalise(value)
  return normalise(
    Object.fromEntries(Object.entries(value).filter(([key]) => ownValues[name]?.includes(key) !== true)),
  )
}

function bytesOf({ response }: Recording): string {
  return response.chunks?.map((chunk) => chunk.text).join('') ?? response.body ?? ''
}

test.for(Object.entries(rows))('the sandbox answers %s as the recorded server did', async ([name, row]) => {
  await row.before?.()
  const recorded = recording(name)
  const answer = await replay(argo.url, recorded, token(row.as))
  expect(answer.status).toBe(recorded.response.status)
  for (const header of compared) {
    expect([header, answer.headers.get(header)]).toEqual([header, recorded.response.headers[header] ?? null])
  }
  const text = await answer.text()
  const isJson = recorded.response.json !== undefined
  const expected = isJson ? recorded.response.json : bytesOf(recorded)
  expect(comparable(name, isJson ? JSON.parse(text) : text)).toEqual(comparable(name, expected))
})

const person = 'something that a person does in the page of Argo, never the bot'
const plain = 'the bot always asks for server-sent events'
const container = 'the bot always names one pod and its container'
const exceptions: Readonly<Record<string, string>> = {
  'archived-get': 'the bot calls no path of the archive',
  'archived-list': 'the bot calls no path of the archive',
  'events-stream': 'the bot never asks for Kubernetes events here',
  'get-latest': 'the bot asks by name, and no name of a workflow can begin with @',
  'log-all': container,
  'log-all-ndjson': container,
  'log-without-log-options': container,
  resubmit: person,
  'resubmit-memoized': person,
  'resubmit-memoized-while-running': person,
  'resume-node-not-there-yet': person,
  'resume-not-suspended': person,
  'resume-suspended': person,
  'retry-failed-node-selector': person,
  'suspend-running': person,
  'terminate-new': person,
  'terminate-running': person,
  'watch-accept-list': plain,
  'watch-future-rv': 'the bot begins no watch at a version; no answer came either',
  'watch-ndjson-whole-run': plain,
  'watch-sse-fields': 'the bot leaves fields out of a watch and never picks some',
}

test('every recording has a row or a reason', () => {
  const compared = [rows, momentRows, watchRows].flatMap((table) => Object.keys(table))
  const known = new Set([
    ...compared,
    'watch-quiet-keepalive',
    'get-while-server-is-down',
    ...Object.keys(exceptions),
  ])
  expect(recordingNames('argo-server').filter((name) => !known.has(name))).toEqual([])
})
