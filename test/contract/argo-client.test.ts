import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'

import { closeServer } from '../../sandbox/http.ts'
import { ArgoClient } from '../../src/argo/client.ts'
import { createDispatcher } from '../../src/argo/dispatcher.ts'
import { workflowSchema } from '../../src/argo/schemas.ts'
import { stateOf } from '../../src/argo/steps.ts'
import { readStream } from '../../src/argo/stream.ts'
import { systemClock } from '../../src/clock.ts'
import { RemoteError } from '../../src/onboarding/ports/remote-error.ts'
import type { WorkflowManifest, WorkflowState } from '../../src/onboarding/ports/workflows.ts'
import { neverAsked } from './never-asked.ts'
import { play, type Player, readRecording, type Recording, recordingNames } from './player.ts'

const generic: WorkflowManifest = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Workflow',
  metadata: { name: 'x', labels: {}, annotations: {} },
  spec: {},
}

interface Played {
  readonly client: ArgoClient
  readonly player: Player
  readonly recording: Recording
  /** Lets a recorded reset happen. */
  readonly reset: () => void
  /** The workflow's name in the recorded path. */
  readonly workflow: string
}

let stop: (() => Promise<void>) | undefined
afterEach(async () => {
  await stop?.()
  stop = undefined
})

const start = async (name: string): Promise<Played> => {
  const recording = readRecording(name)
  const resetting = Promise.withResolvers<void>()
  const player = await play(recording, resetting.promise)
  const dispatcher = createDispatcher({ isVerified: true })
  stop = async () => {
    await dispatcher.destroy()
    await closeServer(player.server)
  }
  const [, , , , namespace = '', workflow = ''] = pathOf(recording).split('/')
  const endpoint = { url: player.url, namespace, token: async () => 'TOKEN', dispatcher }
  return {
    client: new ArgoClient(endpoint, systemClock),
    player,
    recording,
    reset: resetting.resolve,
    workflow,
  }
}

const pathOf = ({ request }: Recording): string => new URL(request.path, 'http://recorded').pathname
const queryOf = ({ request }: Recording): URLSearchParams =>
  new URL(request.path, 'http://recorded').searchParams

const sentSchema = z
  .strictObject({
    workflow: z.looseObject({
      metadata: z.looseObject({
        name: z.string(),
        labels: z.record(z.string(), z.string()),
        annotations: z.record(z.string(), z.string()).default({}),
      }),
      spec: z.record(z.string(), z.unknown()),
    }),
    serverDryRun: z.literal(true).optional(),
  })
  .transform(({ workflow }): WorkflowManifest => ({ ...generic, ...workflow }))

/** The recorded workflow as the client sends it; undefined where the client can send none like it. */
const sentManifest = ({ request: { body } }: Recording): WorkflowManifest | undefined =>
  sentSchema.safeParse(body).data

const quoted = (message: string | undefined): string => (message === undefined ? '' : ` "${message}"`)

/** A workflow in a line: its phase, its steps, its outputs. */
const told = ({ phase, message, steps, outputs }: WorkflowState): string =>
  [
    `${phase ?? 'no phase'}${quoted(message)}`,
    ...steps.map((step) => `${step.name} ${step.phase}${quoted(step.message)}`),
    ...outputs.map(({ name }) => `=> ${name}`),
  ].join(', ')

type Call = (played: Played) => Promise<unknown>

/** A workflow is the recorded one, whatever else the line says. */
const checked = ({ recording }: Played, state: WorkflowState): string => {
  const { metadata } = recording.response.json as { metadata: Record<string, unknown> }
  const { name, uid, labels, annotations } = state
  expect({ name, uid, labels, annotations }).toEqual({
    name: metadata['name'],
    uid: metadata['uid'],
    labels: metadata['labels'] ?? {},
    annotations: metadata['annotations'] ?? {},
  })
  return told(state)
}

const create: Call = async (played) =>
  checked(played, await played.client.create(sentManifest(played.recording) ?? generic))
const check: Call = async ({ client, recording }) =>
  (await client.check(sentManifest(recording) ?? generic)) ?? 'taken'
const get: Call = async (played) => {
  const found = await played.client.get(played.workflow)
  return found === undefined ? 'nothing' : checked(played, stateOf(found))
}
const list: Call = async ({ client, recording }) => {
  const found = await client.list(queryOf(recording).get('listOptions.labelSelector') ?? '')
  return found.map(({ metadata, status }) => `${metadata.name} ${status.phase ?? 'no phase'}`)
}
const retry: Call = async ({ client, workflow }) => (await client.retry(workflow)) ?? 'done'
const stopping: Call = async ({ client, workflow }) => (await client.stop(workflow)) ?? 'done'
const log: Call = ({ client, recording, workflow }) =>
  client.log(workflow, queryOf(recording).get('podName') ?? '')
const version: Call = ({ client }) => client.version()
const info: Call = async ({ client }) => (await client.managedNamespace()) ?? 'every namespace'
const watch: Call = async ({ client, recording, reset }) => {
  const events: string[] = []
  const options = {
    labelSelector: queryOf(recording).get('listOptions.labelSelector') ?? '',
    isMarked: true,
    signal: AbortSignal.timeout(5_000),
    now: Date.now,
    onOpen: () => undefined,
  }
  try {
    for await (const event of readStream(client, options)) {
      events.push(
        event.type === 'complete'
          ? 'complete'
          : `${event.type} ${event.workflow.metadata.name} ${event.workflow.status.phase ?? 'no phase'}`,
      )
      // The workflow is Running in the last event before the recorded reset.
      if (events.at(-1)?.endsWith('Running') === true) reset()
    }
  } catch (error) {
    if (events.length === 0 || !(error instanceof RemoteError)) throw error
    events.push(error.code)
  }
  return events
}

/** The client's calls, by what they ask for. */
const calls: Readonly<Record<string, Call>> = {
  'POST workflows': create,
  'POST workflows dry': check,
  'GET workflows': list,
  'GET workflows NAME': get,
  'GET workflows NAME log': log,
  'PUT workflows NAME retry': retry,
  'PUT workflows NAME stop': stopping,
  'GET workflow-events': watch,
  'GET version': version,
  'GET info': info,
}

const callOf = (recording: Recording): Call => {
  const [, , , resource = '', , name, verb] = pathOf(recording).split('/')
  const { method, body } = recording.request
  const dry = typeof body === 'object' && body !== null && 'serverDryRun' in body ? 'dry' : undefined
  const asked = [method, resource, name && 'NAME', verb, dry].filter(Boolean).join(' ')
  const call = calls[asked]
  if (call === undefined) throw new Error(`the client has no call for ${asked}`)
  return call
}

/** argo-server's own sentence, in an answer or in a stream. */
const sentenceOf = ({ response: { json, chunks } }: Recording): string => {
  const body: unknown = json ?? JSON.parse((chunks?.[0]?.text ?? '').replace(/^data: /, ''))
  const { message, error } = body as { message?: string; error?: { message: string } }
  return message ?? error?.message ?? ''
}

const helm = '"helm: chart service-broker-proxy not found"'
const chart = '"The chart service-broker-proxy was not found in the repository."'
const done = 'Succeeded, create-subaccount succeeded, register-platform succeeded, install-proxy succeeded'
const noAccount =
  'pods "bad-sa-mwtobw11-create-subaccount-2983062328" is forbidden: error looking up service account shared/does-not-exist: serviceaccount "does-not-exist" not found'
const noImage =
  'ErrImagePull: failed to pull and unpack image "registry.invalid/none:1": failed to resolve reference "registry.invalid/none:1": failed to do request: Head "https://registry.invalid/v2/none/manifests/1": dial tcp: lookup registry.invalid: no such host'
const noRight =
  'workflowtaskresults.argoproj.io is forbidden: User "system:serviceaccount:shared:nobody" cannot create resource "workflowtaskresults" in API group "argoproj.io" in the namespace "shared"'
const steps = (step: string): readonly string[] => [
  `{"level":30,"step":"${step}","msg":"start"}`,
  '{"level":30,"msg":"done"}',
]
const allSteps = ['create-subaccount', 'register-platform', 'install-proxy'].flatMap(steps)

/** What the client makes of each answer: the workflow in a line, what it read, or how it failed. */
const rows: Readonly<Record<string, string | readonly string[]>> = {
  create: 'no phase',
  'create-bad-json': 'invalid',
  'create-bad-label': 'invalid',
  'create-duplicate': 'exists',
  'create-duplicate-with-generate-name': 'exists',
  'create-empty-body': 'invalid',
  'create-enum-violated': 'invalid',
  'create-forbidden': 'forbidden',
  'create-mutex': 'no phase',
  'create-name-64': 'invalid',
  'create-name-uppercase': 'invalid',
  'create-no-entrypoint': 'invalid',
  'create-no-workflow-key': 'invalid',
  'create-old-mutex-dropped': 'no phase',
  'create-other-namespace-in-body': 'invalid',
  'create-parameter-without-value': 'invalid',
  'create-service-account-without-rights': 'no phase',
  'create-that-will-fail': 'no phase',
  'create-type-mismatch': 'invalid',
  'create-unknown-key-dropped': 'no phase',
  'create-unknown-namespace': 'forbidden',
  'create-unknown-service-account': 'no phase',
  'create-unknown-template': 'invalid',
  'create-with-continue-on-and-when': 'no phase',
  'create-with-on-exit': 'no phase',
  'create-with-retry-strategy': 'no phase',
  'create-with-suspend-node': 'no phase',
  'create-without-controller': 'no phase',
  'create-server-dry-run': 'taken',
  'dry-run-bad-label': 'invalid',
  'dry-run-duplicate': 'exists',
  'dry-run-enum-violated': 'invalid',
  'dry-run-forbidden': 'forbidden',
  'dry-run-left-nothing': 'nothing',
  // Taken: only the run shows that there is no such ServiceAccount.
  'dry-run-unknown-service-account': 'taken',
  'get-after-delete': 'nothing',
  // Succeeded, and a step of it failed: the phase alone does not tell.
  'get-continue-on-and-when': `Succeeded, uninstall-proxy succeeded, unregister-platform failed ${helm}, delete-subaccount skipped "when 'Failed == Succeeded' evaluated false"`,
  'get-deadline-exceeded': `Failed "child 'deadline-mwtobw11-4168100598' failed", create-subaccount failed "Step exceeded its deadline"`,
  'get-exclude-fields': done,
  'get-failed': `Failed "child 'onboard-fail-mwtobw11-733804714' failed", create-subaccount succeeded, register-platform succeeded, install-proxy failed ${helm}`,
  'get-failed-again': `Failed "child 'onboard-fail-mwtobw11-733804714' failed", create-subaccount succeeded, register-platform succeeded, install-proxy failed ${helm}`,
  'get-forbidden': 'forbidden',
  'get-image-pull-failure': `Running, create-subaccount pending "${noImage}"`,
  // The failed step is gone from the nodes, and the phase with it.
  'get-just-after-retry': 'no phase, create-subaccount succeeded, register-platform succeeded',
  'get-just-after-stop': 'Running, create-subaccount pending',
  'get-mutex-done': done,
  'get-mutex-holding': 'Running, create-subaccount pending',
  'get-no-phase-or-first': 'no phase',
  'get-not-found': 'nothing',
  'get-retried-running':
    'Running, create-subaccount succeeded, register-platform succeeded, install-proxy pending',
  'get-retry-strategy-exhausted': `Failed "child 'onboard-retries-mwtobw11-896022604' failed", create-subaccount succeeded, register-platform failed ${helm}`,
  'get-running': 'Running, create-subaccount pending',
  'get-secret-missing':
    'Running, create-subaccount pending "CreateContainerConfigError: secret "missing-secret" not found"',
  'get-service-account-without-rights': `Failed "child 'no-rbac-mwtobw11-172732974' failed", create-subaccount failed "${noRight}"`,
  'get-stopped': `Failed "Stopped with strategy 'Stop'", create-subaccount failed "main: Error (exit code 143)"`,
  'get-succeeded': done,
  'get-suspend-node-done':
    'Succeeded, create-subaccount succeeded, wait-for-person succeeded "Resumed by: map[User:system:serviceaccount:shared:onboard-bot]", register-platform succeeded, install-proxy succeeded',
  'get-suspend-node-waiting': 'Running, create-subaccount succeeded, wait-for-person running',
  'get-suspended': 'Running, create-subaccount pending',
  'get-terminated': `Failed "Stopped with strategy 'Terminate'", create-subaccount succeeded, register-platform failed "workflow shutdown with strategy: Terminate"`,
  'get-terminated-running': `Failed "Stopped with strategy 'Terminate'", create-subaccount failed "main: Error (exit code 143)"`,
  // A panic of the server's: nothing is known of the workflow.
  'get-uid-mismatch': 'unavailable',
  'get-unknown-service-account': `Failed "step group deemed errored due to child bad-sa-mwtobw11[0].create-subaccount error: ${noAccount}", create-subaccount failed "${noAccount}"`,
  'get-with-outputs': 'Succeeded, only succeeded, => subaccount-id',
  'get-without-controller': 'no phase',
  info: 'shared',
  'list-bad-field-selector': 'invalid',
  'list-bad-label-selector': 'invalid',
  'list-by-label': ['onboard-ok-mwto9k0h Succeeded'],
  'list-empty': [],
  'list-forbidden': 'forbidden',
  'list-garbage-bearer': 'unauthorized',
  'list-just-after-server-restart': ['cut-mwtool9k Running'],
  'list-lowercase-bearer': 'unauthorized',
  'list-no-token': 'unauthorized',
  'log-failed-step': [
    '{"level":30,"step":"install-proxy","msg":"start"}',
    '{"level":50,"msg":"chart not found"}',
  ],
  'log-not-found': 'not-found',
  'log-one-step': steps('create-subaccount'),
  // One more than the server was told to take in a second.
  'rate-limit-first': 'v4.1.2',
  'rate-limited': 'rate-limited',
  'retry-failed': 'done',
  'retry-succeeded': 'invalid',
  'retry-while-running': 'invalid',
  'shape-create': 'no phase',
  'shape-create-cleanup': 'no phase',
  'shape-get-cleanup':
    'Succeeded, uninstall-proxy succeeded, unregister-platform succeeded, delete-subaccount succeeded, look succeeded, => remaining',
  'shape-get-failed': `Failed "child 'sap-btp-mwtq6cvz-3166678581' failed", create-subaccount succeeded, register-platform succeeded, install-proxy failed ${chart}, => subaccount-id`,
  'shape-get-retry-with-secret': `Failed "child 'sap-btp-mwtq6cvz-3166678581' failed", create-subaccount succeeded, register-platform succeeded, install-proxy failed ${chart}, => subaccount-id`,
  'shape-get-retry-without-secret':
    'Running, create-subaccount succeeded, register-platform succeeded, install-proxy pending "CreateContainerConfigError: secret "run-sap-btp-mwtq6cvz" not found", => subaccount-id',
  'shape-retry-without-secret': 'done',
  // A 500 that is a definite no.
  'stop-completed': 'invalid',
  'stop-not-found': 'not-found',
  'stop-running': 'done',
  version: 'v4.1.2',
  'version-garbage-bearer': 'v4.1.2',
  'version-no-token': 'unauthorized',
  '3.7.18/version': 'v3.7.18+unknown',
  '4.0.10/version': 'v4.0.10+unknown',
  'watch-cut-by-server-restart': ['is cut-mwtool9k no phase', 'is cut-mwtool9k Running', 'unreachable'],
  'watch-delete': [
    'is onboard-ok-mwto9k0h Succeeded',
    'is onboard-ok-mwto9k0h-lj66h Failed',
    'deleted onboard-ok-mwto9k0h Succeeded',
  ],
  'watch-forbidden-sse': 'forbidden',
  'watch-name-missing': 'not-found',
  'watch-not-a-number-rv': 'unavailable',
  'watch-quiet-keepalive': [],
  'watch-sse-bookmarks': [
    'complete',
    'is onboard-ok-mwto9k0h no phase',
    'is onboard-ok-mwto9k0h Running',
    'is onboard-ok-mwto9k0h Running',
    'is onboard-ok-mwto9k0h Running',
    'is onboard-ok-mwto9k0h Succeeded',
  ],
  // Argo's retry goes on with the same workflow; a resubmit copies our labels to a workflow that is none of ours.
  'watch-sse-failing-run-and-retry': [
    'is onboard-fail-mwtobw11 no phase',
    'is onboard-fail-mwtobw11 Running',
    'is onboard-fail-mwtobw11 Running',
    'is onboard-fail-mwtobw11 Running',
    'is onboard-fail-mwtobw11 Running',
    'is onboard-fail-mwtobw11 Failed',
    'is onboard-fail-mwtobw11 no phase',
    'is onboard-fail-mwtobw11 Running',
    'is onboard-fail-mwtobw11 Failed',
    'is onboard-fail-mwtobw11 no phase',
    'is onboard-fail-mwtobw11 Running',
    'is onboard-fail-mwtobw11 Failed',
    'is onboard-fail-mwtobw11-svs5e no phase',
    'is onboard-fail-mwtobw11-svs5e Running',
    'is onboard-fail-mwtobw11-svs5e Failed',
  ],
  'watch-sse-whole-run': [
    'is onboard-ok-mwto9k0h no phase',
    'is onboard-ok-mwto9k0h Running',
    'is onboard-ok-mwto9k0h Running',
    'is onboard-ok-mwto9k0h Running',
    'is onboard-ok-mwto9k0h Succeeded',
  ],
  // The end of a quiet stream, under a status that else means too many requests.
  'watch-timeout-eof': [],
  'watch-too-old': 'invalid',
  // The mark of the snapshot's end, and the run that follows it, are the same in older servers.
  '3.7.18/watch-sse-bookmarks': [
    'complete',
    'is onboard-ok-mwtpodtq no phase',
    'is onboard-ok-mwtpodtq Running',
    'is onboard-ok-mwtpodtq Running',
    'is onboard-ok-mwtpodtq Running',
    'is onboard-ok-mwtpodtq Succeeded',
    'is onboard-ok-mwtpodtq-599jx no phase',
  ],
  '4.0.10/watch-sse-bookmarks': [
    'complete',
    'is onboard-ok-mwtpodtq no phase',
    'is onboard-ok-mwtpodtq Running',
    'is onboard-ok-mwtpodtq Running',
    'is onboard-ok-mwtpodtq Running',
    'is onboard-ok-mwtpodtq Succeeded',
  ],
}

/** The connection itself fails, there is nothing to play; the sandbox is held to it. */
const unplayable = 'get-while-server-is-down'

const outcomeOf = async (played: Played): Promise<unknown> => {
  try {
    return await callOf(played.recording)(played)
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error
    // People are told what the server said.
    expect(error.message).toBe(`argo-server: ${sentenceOf(played.recording)}`)
    return error.code
  }
}

describe('the recordings of a real argo-server', () => {
  it('have a row or a reason each, and none is left over', () => {
    expect([...Object.keys(rows), ...neverAsked, unplayable].toSorted()).toEqual(recordingNames().toSorted())
  })

  it.each(Object.entries(rows))('%s is understood', async (name, outcome) => {
    const played = await start(name)
    expect(await outcomeOf(played)).toEqual(outcome)
    const { method } = played.recording.request
    const path = pathOf(played.recording)
    const times = played.recording.response.status === 401 ? 2 : 1
    expect(played.player.asked.map(({ method, path }) => ({ method, path }))).toEqual(
      Array.from({ length: times }, () => ({ method, path })),
    )
  })

  it.each(['log-all', 'log-all-ndjson'])('lines are read framed as events or not: %s', async (name) => {
    expect(await outcomeOf(await start(name))).toEqual(allSteps)
  })

  it.each(Object.keys(rows).filter((name) => sentManifest(readRecording(name)) !== undefined))(
    '%s is sent as recorded',
    async (name) => {
      const played = await start(name)
      await outcomeOf(played)
      const { body } = played.recording.request
      const workflow = sentManifest(played.recording)
      expect(JSON.parse(played.player.asked[0]?.body ?? '')).toEqual({ ...Object(body), workflow })
      expect(workflow).toMatchObject(Object(body).workflow)
    },
  )
})

describe('a request', () => {
  const query = async (name: string): Promise<Record<string, string>> => {
    const played = await start(name)
    await outcomeOf(played)
    return Object.fromEntries(played.player.asked[0]?.query ?? [])
  }

  it('carries the token', async () => {
    const played = await start('get-succeeded')
    await outcomeOf(played)
    expect(played.player.asked[0]?.headers).toMatchObject({ authorization: 'Bearer TOKEN' })
  })

  it('for a log names the container, without which argo-server gives nothing or dies', async () => {
    expect(await query('log-one-step')).toMatchObject({
      'logOptions.container': 'main',
      podName: 'onboard-ok-mwto9k0h-create-subaccount-2139478773',
    })
  })

  it('for one workflow or many leaves out what nobody reads', async () => {
    expect(await query('get-succeeded')).toEqual({
      fields: '-spec.templates,spec.arguments,metadata.managedFields,status.storedTemplates',
    })
    expect(await query('list-by-label')).toEqual({
      'listOptions.labelSelector': 'onboard-bot.dev/onboarding=onboard-ok-mwto9k0h',
      fields: '-items.spec,items.metadata.managedFields,items.status.nodes',
    })
  })

  it('for a stream accepts server-sent events and nothing else, and asks for the end of the snapshot', async () => {
    const played = await start('watch-sse-bookmarks')
    await outcomeOf(played)
    const [asked] = played.player.asked
    // Any other value, lists too, gives lines of JSON, which have no sign of life.
    expect(asked?.headers.accept).toBe('text/event-stream')
    expect(Object.fromEntries(asked?.query ?? [])).toMatchObject({
      'listOptions.labelSelector': 'onboard-bot.dev/onboarding=onboard-ok-mwto9k0h',
      'listOptions.sendInitialEvents': 'true',
      'listOptions.resourceVersionMatch': 'NotOlderThan',
      'listOptions.allowWatchBookmarks': 'true',
    })
  })
})

describe('a workflow as recorded', () => {
  it('is not there for whoever asks for another uid', async () => {
    const { client, workflow } = await start('get-succeeded')
    expect(await client.get(workflow, 'another uid')).toBeUndefined()
  })

  const stateIn = async (name: string): Promise<WorkflowState> => {
    const { client, workflow } = await start(name)
    const found = await client.get(workflow)
    if (found === undefined) throw new Error('nothing was found')
    return stateOf(found)
  }

  it('names the pod of a failed step as its log does', async () => {
    const state = await stateIn('get-failed')
    expect(state.steps.at(-1)?.podName).toBe(queryOf(readRecording('log-failed-step')).get('podName'))
  })

  it("has the times of its steps, and its end in Argo's own words", async () => {
    const state = await stateIn('get-succeeded')
    expect(state.finishedAt).toBe('2026-11-23T19:42:31Z')
    expect(state.steps[0]).toMatchObject({ startedAt: Date.parse('2026-11-23T19:42:01Z') })
    expect(state.steps[0]?.finishedAt).toBeGreaterThan(state.steps[0]?.startedAt ?? 0)
  })

  it('has no end just after a retry', async () => {
    expect(await stateIn('get-just-after-retry')).not.toHaveProperty('finishedAt')
  })

  it('points to the last pod of a step that was tried more than once', async () => {
    const { response } = readRecording('get-retry-strategy-exhausted')
    const { nodes } = (response.json as { status: { nodes: Record<string, { name: string }> } }).status
    const [last = ''] = Object.entries(nodes).flatMap(([id, { name }]) => (name.endsWith('(2)') ? id : []))
    const state = await stateIn('get-retry-strategy-exhausted')
    expect(state.steps.at(-1)?.podName).toBe(
      last.replace('onboard-retries-mwtobw11-', 'onboard-retries-mwtobw11-register-platform-'),
    )
  })

  it('that somebody resubmitted carries our labels, and says from which one', () => {
    const { json } = readRecording('resubmit').response
    const { name, labels, resubmittedFrom } = stateOf(workflowSchema.parse(json))
    expect(name).toBe('onboard-ok-mwto9k0h-lj66h')
    expect(labels).toMatchObject({ 'onboard-bot.dev/onboarding': 'onboard-ok-mwto9k0h' })
    expect(resubmittedFrom).toBe('onboard-ok-mwto9k0h')
  })

  it('gives outputs as they were set', async () => {
    const { response } = readRecording('shape-get-cleanup')
    const { outputs } = (
      response.json as { status: { outputs: { parameters: { name: string; value: string }[] } } }
    ).status
    const state = await stateIn('shape-get-cleanup')
    expect(state.outputs).toEqual(outputs.parameters.map(({ name, value }) => ({ name, value })))
  })
})
