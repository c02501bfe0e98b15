import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, describe, expect, it } from 'vitest'

import { closeServer, createHandlingServer, listen, readBody } from '../../sandbox/http.ts'
import { objectAt, textAt } from '../../sandbox/kubernetes/json.ts'
import { systemClock } from '../../src/clock.ts'
import { type Cluster, createClusterOpener } from '../../src/kubernetes/cluster.ts'
import { inspectServer } from '../../src/kubernetes/inspection.ts'
import { deniedToSelf, whoAmI } from '../../src/kubernetes/reviews.ts'
import { createRunSecrets } from '../../src/kubernetes/run-secrets.ts'
import { createServiceAccountTokens } from '../../src/kubernetes/tokens.ts'
import type { RunSecrets } from '../../src/onboarding/ports/run-secrets.ts'
import { readRecording, recordingNames } from './sandbox-world.ts'

interface Client {
  readonly secrets: RunSecrets
  readonly cluster: () => Promise<Cluster>
}

interface Row {
  /** What answers the calls of another method that come before. */
  readonly after?: string
  readonly call: (client: Client) => Promise<unknown>
  /** What the call gives, or the code of the failure that it throws. */
  readonly gives?: unknown
  readonly fails?: string
}

const name = 'onboarding-run-mwtoe9tp'
const data = { 'client-id': 'id', 'client-secret': 'canary' }
const owner = { name: 'gone', uid: '00000000-0000-0000-0000-000000000000' }
const absent = 'secret-get-after-owner-gone'

const make = ({ secrets }: Client): Promise<unknown> => secrets.make('here', name, data)
const read = ({ secrets }: Client): Promise<unknown> => secrets.read('here', name)
const remove = ({ secrets }: Client): Promise<unknown> => secrets.remove('here', name)
const own = ({ secrets }: Client): Promise<unknown> => secrets.own('here', name, owner)

const token = ({ cluster }: Client): Promise<unknown> =>
  createServiceAccountTokens({
    cluster,
    namespace: 'shared',
    serviceAccount: 'onboard-bot',
    clock: systemClock,
  })({ refused: false })

const review =
  (verb: string, resource: string) =>
  async ({ cluster }: Client): Promise<unknown> =>
    deniedToSelf(await cluster(), 'shared', { group: '', resource, verbs: [verb], why: '' })

const granted = objectAt(readRecording('kubernetes', 'token-request').response.json, 'status')

/** What the client makes of each recorded answer. */
const rows: Readonly<Record<string, Row>> = {
  'secret-create': { after: absent, call: make },
  'secret-create-duplicate': { after: absent, call: make, fails: 'exists' },
  'secret-create-forbidden': { after: absent, call: make, fails: 'forbidden' },
  'secret-create-unknown-namespace': { after: absent, call: make, fails: 'forbidden' },
  'secret-create-invalid-key': { after: absent, call: make, fails: 'invalid' },
  'secret-get': { call: read, gives: data },
  [absent]: { call: read },
  'secret-owner-patch': { after: 'secret-get', call: own },
  'secret-delete': { after: 'secret-get', call: remove },
  'secret-delete-missing': { after: 'secret-get', call: remove },
  'token-request': { call: token, gives: textAt(granted, 'token') },
  'token-request-forbidden': { call: token, fails: 'forbidden' },
  'token-request-unknown-service-account': { call: token, fails: 'forbidden' },
  'token-request-too-short': { call: token, fails: 'invalid' },
  'self-subject-access-review-allowed': { call: review('create', 'secrets'), gives: [] },
  'self-subject-access-review-denied': { call: review('create', 'pods'), gives: ['create'] },
  'self-subject-access-review-denied-secret-list': { call: review('list', 'secrets'), gives: ['list'] },
  'self-subject-access-review-subresource': { call: review('get', 'pods/log'), gives: [] },
  version: {
    call: async ({ cluster }) => (await inspectServer(await cluster())).version,
    gives: textAt(readRecording('kubernetes', 'version').response.json, 'gitVersion'),
  },
  'self-subject-review': {
    call: async ({ cluster }) => whoAmI(await cluster()),
    gives: 'system:serviceaccount:shared:onboard-bot',
  },
  'bad-token': { call: read, fails: 'unauthorized' },
  'no-token': { call: read, fails: 'forbidden' },
}

const ofSteps = 'steps ask it, whose client is their own'
const ofPeople = 'nobody in the bot asks it'
const elsewhere = 'test/contract/sandbox-kubernetes.test.ts has the client find a port by it'

/** Why the client does not meet the other recordings here. */
const notPlayed: Readonly<Record<string, string>> = {
  'crd-workflow-raw-get': 'workflows are asked for at argo-server',
  livez: ofPeople,
  'pod-get-missing': 'pods are listed by the labels of a Service, none is asked for by its name',
  'pods-of-argo-server': elsewhere,
  'port-forward-without-upgrade': 'the client always asks for the upgrade',
  readyz: ofPeople,
  'secret-apply': ofSteps,
  'secret-create-not-base64': 'the client encodes what it sends',
  'secret-list-forbidden': 'Secrets are never listed',
  'secret-update-immutable': 'a Secret of a run is made anew, never updated',
  'secret-update-stale': 'a Secret of a run is made anew, never updated',
  'self-subject-rules-review': ofPeople,
  'service-get-argo-server': elsewhere,
  'unknown-api-group': 'the client asks for what a group has, not for its objects',
  'watch-too-old': 'nothing of Kubernetes is watched',
}

let stop: (() => Promise<void>) | undefined
afterEach(async () => {
  await stop?.()
  stop = undefined
})

interface Asked {
  readonly method: string
  readonly path: string
  readonly body: string
}

/** A server that answers with the recording, byte for byte; calls of another method with the other one. */
const play = async (recorded: string, after: string | undefined): Promise<[Client, Asked[]]> => {
  const asked: Asked[] = []
  const server = createHandlingServer(async (request, response) => {
    const { method = '', url = '' } = request
    asked.push({ method, path: url, body: await readBody(request) })
    const main = readRecording('kubernetes', recorded)
    const playsOther = after !== undefined && method !== main.request.method
    const { status, headers, json, body } = (playsOther ? readRecording('kubernetes', after) : main).response
    response.writeHead(status, { 'content-type': String(headers['content-type']) })
    response.end(body ?? JSON.stringify(json))
  })
  const folder = mkdtempSync(join(tmpdir(), 'onboard-bot-recorded-'))
  stop = async () => {
    await closeServer(server)
    rmSync(folder, { recursive: true })
  }
  const path = join(folder, 'kubeconfig')
  const config = {
    'current-context': 'c',
    clusters: [{ name: 'k', cluster: { server: await listen(server, 0), 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: 'TOKEN' } }],
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
  }
  writeFileSync(path, JSON.stringify(config))
  const cluster = createClusterOpener({ kind: 'kubeconfig', path }, {})
  const label = { name: 'onboard-bot.dev/managed', value: 'true' }
  const secrets = createRunSecrets({ places: new Map([['here', { cluster, namespace: 'shared' }]]), label })
  return [{ cluster, secrets }, asked]
}

describe('the client of Kubernetes takes the recorded answer', () => {
  it.each(Object.entries(rows))('%s', async (recorded, { after, call, gives, fails }) => {
    const [client, asked] = await play(recorded, after)
    const result = call(client)
    if (fails === undefined) expect(await result).toEqual(gives)
    else await expect(result).rejects.toMatchObject({ code: fails })
    expect(asked.at(-1)?.method).toBe(readRecording('kubernetes', recorded).request.method)
  })

  it('each by a row, or there is a reason', () => {
    expect([rows, notPlayed].flatMap((table) => Object.keys(table)).toSorted()).toEqual(
      recordingNames('kubernetes'),
    )
  })

  it('secret-create, for a Secret as the client makes it', async () => {
    const [client, asked] = await play('secret-create', absent)
    await make(client)
    const { path, body } = readRecording('kubernetes', 'secret-create').request
    expect(asked.at(-1)?.path).toBe(path)
    const { apiVersion: _version, kind: _kind, ...secret } = body as Record<string, unknown>
    expect(JSON.parse(asked.at(-1)?.body ?? '')).toEqual(secret)
  })
})
