import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'

import { startArgo } from '../../sandbox/argo/server.ts'
import type { StepRunner } from '../../sandbox/argo/step-runner.ts'
import { closeServer, createHandlingServer, listen, sendJson } from '../../sandbox/http.ts'
import { isObject, textAt } from '../../sandbox/kubernetes/json.ts'
import { startKubernetes } from '../../sandbox/kubernetes/server.ts'
import type { KubernetesSandbox } from '../../sandbox/kubernetes/server.ts'
import { systemClock } from '../../src/clock.ts'
import { openCluster } from '../../src/kubernetes/cluster.ts'
import { findTarget, type PodPort } from '../../src/kubernetes/service-target.ts'
import {
  answeredIn,
  both,
  Comparison,
  date,
  type Difference,
  keptConnection,
  objects,
  onlyRecorded,
  recordedIn,
} from './differences.ts'
import { readRecording, type Recording, recordingNames, replay } from './sandbox-world.ts'

let kubernetes: KubernetesSandbox
beforeEach(async () => {
  kubernetes = await startKubernetes({ clock: systemClock })
})
afterEach(async () => {
  await kubernetes.close()
})

interface Row {
  readonly as?: string
  /** A Secret is made first, as the recording `secret-create` did. */
  readonly hasSecret?: 'mutable' | 'immutable'
  /** The request names the version of that Secret, as the recorded one did. */
  readonly namesVersion?: true
  readonly hasArgo?: true
}

const alone: Row = {}
const onSecret: Row = { hasSecret: 'immutable' }
const rows: Readonly<Record<string, Row>> = {
  'bad-token': alone,
  livez: alone,
  'no-token': alone,
  'pod-get-missing': alone,
  'port-forward-without-upgrade': alone,
  readyz: alone,
  'secret-apply': { hasSecret: 'mutable' },
  'secret-create': alone,
  'secret-create-duplicate': onSecret,
  'secret-create-forbidden': { as: 'nobody' },
  'secret-create-invalid-key': alone,
  'secret-create-not-base64': alone,
  'secret-create-unknown-namespace': alone,
  'secret-delete': onSecret,
  'secret-delete-missing': alone,
  'secret-get': onSecret,
  'secret-get-after-owner-gone': alone,
  'secret-list-forbidden': alone,
  'secret-owner-patch': onSecret,
  'secret-update-immutable': { hasSecret: 'immutable', namesVersion: true },
  'secret-update-stale': onSecret,
  'self-subject-access-review-allowed': alone,
  'self-subject-access-review-denied': { as: 'nobody' },
  'self-subject-access-review-denied-secret-list': alone,
  'self-subject-access-review-subresource': alone,
  'self-subject-review': alone,
  'service-get-argo-server': { hasArgo: true },
  'token-request': alone,
  'token-request-forbidden': alone,
  'token-request-too-short': alone,
  'token-request-unknown-service-account': alone,
  'unknown-api-group': alone,
  version: alone,
}

const throughArgo = 'the bot reads and watches workflows through argo-server alone'
/** What the bot never asks, and the sandbox does not know. */
const neverAsked: Readonly<Record<string, string>> = {
  'crd-workflow-raw-get': throughArgo,
  'self-subject-rules-review': 'the bot asks for each right by itself: the whole list may be incomplete',
  'watch-too-old': throughArgo,
}

const exceptions: Readonly<Record<string, string>> = {
  'pods-of-argo-server':
    'a pod of a kubelet: its image, volumes, probes and addresses are of that cluster; the bot reads its name, age, readiness and ports, which a test below compares',
}

const tracing = 'of the tracing of the API server, which nobody reads here'
const listed: readonly Difference[] = [
  date,
  ...keptConnection,
  ...objects,
  {
    at: /^headers\.(?:audit-id|x-kubernetes-pf-\w+-uid)$/,
    why: tracing,
    isAlike: onlyRecorded,
  },
  {
    at: /^headers\.x-content-type-options$/,
    why: 'it keeps browsers from guessing; Kubernetes has it where Go itself words the refusal',
    isAlike: onlyRecorded,
  },
  {
    at: /^headers\.content-length$/,
    why: 'it follows from the body, which is compared',
    isAlike: ({ recorded, answered, answer: { body } }) =>
      /^\d+$/.test(String(recorded)) && Number(answered) === Buffer.byteLength(`${JSON.stringify(body)}\n`),
  },
  {
    at: /^body\.status\.expirationTimestamp$/,
    why: 'each server has its own clock',
    isAlike: both(/^\d{4}(?:-\d\d){2}T(?:\d\d:){2}\d\dZ$/),
  },
  {
    at: /^body\.status\.token$/,
    why: 'no token is in the recordings',
    isAlike: ({ recorded, answered, around }) =>
      recorded === 'HEADER.PAYLOAD.SIGNATURE' && isTokenOf(String(answered), around.answered),
  },
  {
    at: /credential-id\[\]$/,
    why: 'each token has its own',
    isAlike: both(/^JTI=[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/),
  },
]
const comparison = new Comparison(listed)

const claimsSchema = z.object({ sub: z.string(), exp: z.number() })

/** Whether a token is one of the bot's ServiceAccount that ends when the answer says. */
const isTokenOf = (token: string, status: unknown): boolean => {
  const parts = token.split('.')
  const { sub, exp } = claimsSchema.parse(JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString()))
  const end = Date.parse(textAt(status, 'expirationTimestamp') ?? '') / 1_000
  return parts.length === 3 && sub === 'system:serviceaccount:shared:onboard-bot' && exp === end
}

async function createSecret(isImmutable: boolean): Promise<void> {
  const recorded = readRecording('kubernetes', 'secret-create')
  const body = { ...(isObject(recorded.request.body) ? recorded.request.body : {}), immutable: isImmutable }
  const made = { ...recorded, request: { ...recorded.request, body } }
  expect((await replay(kubernetes.url, made, kubernetes.token('onboard-bot'))).status).toBe(201)
}

const versionOfSecret = (): string => kubernetes.secrets.list('shared')[0]?.metadata.resourceVersion ?? ''

const withVersion = ({ request, ...rest }: Recording): Recording => {
  const body = JSON.stringify(request.body).replace('"1587"', JSON.stringify(versionOfSecret()))
  return { ...rest, request: { ...request, body } }
}

const neverRun: StepRunner = { run: () => new Promise(() => undefined) }

test.for(Object.entries(rows))('the sandbox answers %s as the recorded server did', async ([name, row]) => {
  if (row.hasSecret !== undefined) await createSecret(row.hasSecret === 'immutable')
  const options = { clock: systemClock, kubernetes, namespace: 'shared', runner: neverRun }
  const argo = row.hasArgo && (await startArgo(options))
  try {
    const recorded = readRecording('kubernetes', name)
    const sent = row.namesVersion ? withVersion(recorded) : recorded
    const answer = await replay(kubernetes.url, sent, kubernetes.token(row.as ?? 'onboard-bot'))
    expect(answer.status).toBe(recorded.response.status)
    const answered = await answeredIn(answer, recorded)
    expect(comparison.unlisted(name, recordedIn(recorded), answered)).toEqual([])
  } finally {
    await argo?.close()
  }
})

test.for(Object.keys(neverAsked))('the sandbox knows no %s', async (name) => {
  const answer = await replay(kubernetes.url, readRecording('kubernetes', name), kubernetes.token('admin'))
  expect(answer.status).toBe(404)
})

test('argo-server’s Service and pod lead to the same port in the sandbox and in the recordings', async () => {
  const answers = new Map(
    ['service-get-argo-server', 'pods-of-argo-server'].map((name) => {
      const { request, response } = readRecording('kubernetes', name)
      return [request.path, response.json]
    }),
  )
  const recorded = createHandlingServer(async (request, response) => {
    sendJson(response, 200, answers.get(request.url ?? ''))
  })
  const argo = await startArgo({ clock: systemClock, kubernetes, namespace: 'shared', runner: neverRun })
  const folder = mkdtempSync(join(tmpdir(), 'onboard-bot-'))
  const path = join(folder, 'kubeconfig')
  const targetAt = async (url: string): Promise<PodPort> => {
    writeFileSync(path, kubernetes.kubeconfig('onboard-bot').replace(kubernetes.url, url))
    const { core } = await openCluster({ kind: 'kubeconfig', path })
    return findTarget(core, { namespace: 'shared', name: 'argo-server', port: 2746 })
  }
  try {
    const real = await targetAt(await listen(recorded, 0))
    expect(real).toEqual({ namespace: 'shared', pod: 'argo-server-7457765b45-hsvkm', port: 2746 })
    const pod: unknown = expect.stringMatching(/^argo-server-/)
    expect(await targetAt(kubernetes.url)).toEqual({ ...real, pod })
  } finally {
    await closeServer(recorded)
    await argo.close()
    rmSync(folder, { recursive: true })
  }
})

test.for(Object.keys(exceptions))('the sandbox answers %s otherwise, as its reason says', async (name) => {
  const argo = await startArgo({ clock: systemClock, kubernetes, namespace: 'shared', runner: neverRun })
  try {
    const recorded = readRecording('kubernetes', name)
    const answer = await replay(kubernetes.url, recorded, kubernetes.token('onboard-bot'))
    expect(answer.status).toBe(recorded.response.status)
    const said = await answeredIn(answer, recorded)
    const unlisted = new Comparison(listed).unlisted(name, recordedIn(recorded), said)
    expect(unlisted.map((line) => line.split(':')[0])).toContain('body.items[].spec.containers[].image')
  } finally {
    await argo.close()
  }
})

test('every listed difference is there', ({ skip }) => {
  skip(comparison.size < Object.keys(rows).length, 'only some recordings were compared')
  expect(comparison.unneeded()).toEqual([])
})

test('every recording has a row or a reason, and none is left over', () => {
  const known = [rows, neverAsked, exceptions].flatMap((table) => Object.keys(table))
  expect(known.toSorted()).toEqual(recordingNames('kubernetes'))
})

// As a kube-apiserver 1.36 refused them.
const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const subdomainRule = String.raw`a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`
const policies = '/apis/networking.k8s.io/v1/namespaces/shared/networkpolicies'

test.each([
  { path: '/api/v1/namespaces', kind: 'Namespace', name: 'Bad_Name', why: labelRule },
  { path: '/api/v1/namespaces', kind: 'Namespace', name: 'a.b', why: 'must not contain dots' },
  {
    path: '/api/v1/namespaces',
    kind: 'Namespace',
    name: 'a'.repeat(64),
    why: 'must be no more than 63 characters',
  },
  { path: '/api/v1/namespaces/shared/secrets', kind: 'Secret', name: 'Bad_Name', why: subdomainRule },
  { path: policies, kind: 'NetworkPolicy.networking.k8s.io', name: 'Bad_Name', why: subdomainRule },
])('a name that Kubernetes does not take is refused: $kind $name', async ({ path, kind, name, why }) => {
  const send = (method: string, at: string, type: string): Promise<Response> =>
    fetch(`${kubernetes.url}${at}`, {
      method,
      headers: { authorization: `Bearer ${kubernetes.token('admin')}`, 'content-type': type },
      body: JSON.stringify({ metadata: { name } }),
    })
  const message = `${kind} "${name}" is invalid: metadata.name: Invalid value: "${name}": ${why}`
  const created = await send('POST', path, 'application/json')
  const applied = await send('PATCH', `${path}/${name}?fieldManager=x`, 'application/apply-patch+yaml')
  for (const answer of [created, applied]) {
    expect(answer.status).toBe(422)
    expect(await answer.json()).toMatchObject({ reason: 'Invalid', message, details: { name } })
  }
})
