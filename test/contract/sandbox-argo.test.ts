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
import {
  answeredIn,
  build,
  callLimit,
  Comparison,
  date,
  framing,
  keptConnection,
  objects,
  olderReset,
  onlyRecorded,
  ran,
  recordedIn,
  sameBut,
} from './differences.ts'
import { neverAsked } from './never-asked.ts'
import { endAsRecorded, isPodOf } from './recorded-pod.ts'
import {
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
  '3.7.18/version': alone,
  '4.0.10/version': alone,
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

const comparison = new Comparison([
  date,
  ...keptConnection,
  ...callLimit,
  ...framing,
  ...objects,
  ...ran,
  build,
  olderReset,
  {
    at: /^(?:headers\.grpc-metadata-argo-version|body\.(?:version|gitTag|gitTreeState|gitCommit|goVersion|buildDate))$/,
    in: /^(?:3\.7\.18|4\.0\.10)\/version$/,
    why: 'the sandbox is a 4.1, and says so',
    isAlike: ({ recorded, answered }) => typeof recorded === 'string' && typeof answered === 'string',
  },
  {
    at: /^body$/,
    in: /^watch-too-old$/,
    why: 'how far the store had forgotten',
    isAlike: sameBut(/\(\d+\)/g),
  },
  {
    at: /^headers\.(?:accept-ranges|last-modified)$/,
    in: /^outside-api$/,
    why: "the page of Argo is a file there, and the sandbox's own here",
    isAlike: onlyRecorded,
  },
  {
    at: /^headers\.x-ratelimit-\w+$/,
    in: /^outside-api$/,
    why: 'no client of ours asks for pages, so the sandbox counts calls of the API only',
    isAlike: onlyRecorded,
  },
])

test.for(Object.entries(rows))('the sandbox answers %s as the recorded server did', async ([name, row]) => {
  await row.before?.()
  const recorded = recording(name)
  const answer = await replay(argo.url, recorded, token(row.as))
  expect(answer.status).toBe(recorded.response.status)
  const answered = await answeredIn(answer, recorded)
  expect(comparison.unlisted(name, recordedIn(recorded), answered)).toEqual([])
})

test('every listed difference is there', ({ skip }) => {
  skip(comparison.size < Object.keys(rows).length, 'only some recordings were compared')
  expect(comparison.unneeded()).toEqual([])
})

/** Compared by tests of their own. */
const elsewhere = ['watch-quiet-keepalive', 'get-while-server-is-down']
const answered = [...[rows, momentRows, watchRows].flatMap((table) => Object.keys(table)), ...elsewhere]

test('every recording is answered by the sandbox, or is one that the bot never asks for', () => {
  const names = recordingNames('argo-server')
  expect(names.filter((name) => !answered.includes(name) && !neverAsked.includes(name))).toEqual([])
  expect(answered.filter((name) => !names.includes(name))).toEqual([])
})
