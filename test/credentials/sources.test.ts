import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { closeServer, listen } from '../../sandbox/http.ts'
import { type KubernetesSandbox, startKubernetes } from '../../sandbox/kubernetes/server.ts'
import { systemClock } from '../../src/clock.ts'
import { createCredentials } from '../../src/credentials/credentials.ts'
import { createDirectorySource } from '../../src/credentials/directory.ts'
import { createExistingSecret } from '../../src/credentials/existing-secret.ts'
import { createSharedMeta } from '../../src/credentials/shared-meta.ts'
import type { SecretSource } from '../../src/credentials/source.ts'
import { openCluster } from '../../src/kubernetes/cluster.ts'
import { createSecretReader } from '../../src/kubernetes/existing-secrets.ts'
import { RemoteError } from '../../src/onboarding/ports/remote-error.ts'

const key = { cluster: 'prod-eu', namespace: 'shop', template: 'sap-btp' }
const canary = 'canary-3f9a'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onboard-bot-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const fetched = (source: SecretSource | undefined, path: string, inside?: string): Promise<unknown> =>
  createCredentials(() => source).fetch(key, {
    cis: { path, ...(inside !== undefined && { key: inside }) },
  })

/** What the card says and what cures it; whatever is wrong, no value is in it. */
const refusal = async (promise: Promise<unknown>): Promise<readonly string[]> => {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof RemoteError)) throw new Error(`not refused: ${String(error)}`)
  expect(`${error.message} ${error.cure ?? ''}`).not.toContain(canary)
  return [error.code, error.message, error.cure ?? '']
}

describe('shared-meta', () => {
  let server: Server
  let url: string
  let asked: { path: string; authorization: string | undefined }[]
  let answer: (response: ServerResponse, request: IncomingMessage) => void

  beforeEach(async () => {
    asked = []
    server = createServer((request, response) => {
      asked.push({ path: request.url ?? '', authorization: request.headers.authorization })
      answer(response, request)
    })
    url = await listen(server, 0)
  })
  afterEach(() => closeServer(server))

  const says =
    (status: number, body = '{}', headers: Record<string, string> = {}) =>
    (response: ServerResponse): void => {
      response.writeHead(status, headers).end(body)
    }
  const silence = (): void => undefined
  const source = (): SecretSource =>
    createSharedMeta({
      url: `${url}/v1/`,
      token: () => 'the-token',
      random: () => 0,
      // Only where nothing comes is there a reason not to wait: a slow machine answers late.
      limits: answer === silence ? { callMs: 300, allMs: 3_000 } : { callMs: 10_000, allMs: 20_000 },
    })

  it.each([
    ['bare', `{"client":"${canary}"}`, undefined, `{"client":"${canary}"}`],
    ['wrapped in credentials', `{"credentials":{"client":"${canary}"}}`, undefined, `{"client":"${canary}"}`],
    ['one of its keys', `{"credentials":{"uaa":{"secret":"${canary}"}}}`, 'uaa.secret', canary],
  ])('gives a document %s, for a bearer token', async (_, body, inside, value) => {
    answer = says(200, body)
    expect(await fetched(source(), 'btp/{cluster}/cis', inside)).toEqual({ cis: value })
    expect(asked).toEqual([{ path: '/v1/btp/prod-eu/cis', authorization: 'Bearer the-token' }])
  })

  const wait = 'is up and that the bot can reach it: it is asked again by itself.'
  it.each<[string, string, (response: ServerResponse) => void, readonly (string | number)[]]>([
    [
      'nothing at the path',
      'x',
      says(404),
      [
        'invalid',
        'the secret "cis" of prod-eu/shop/sap-btp is not there: shared-meta has nothing at btp/cis, key x',
        'Put it there: it is fetched again by itself.',
        1,
      ],
    ],
    [
      'no such key',
      'uaa.secret',
      says(200, `{"credentials":{"uaa":{"id":"${canary}"}}}`),
      [
        'invalid',
        'the secret "cis" of prod-eu/shop/sap-btp is not there: shared-meta has nothing at btp/cis, key uaa.secret',
        'Put it there: it is fetched again by itself.',
        1,
      ],
    ],
    [
      'an empty value',
      'x',
      says(200, '{"x":""}'),
      [
        'invalid',
        'the secret "cis" of prod-eu/shop/sap-btp is not there: shared-meta has nothing at btp/cis, key x',
        'Put it there: it is fetched again by itself.',
        1,
      ],
    ],
    [
      'a token that is not taken',
      'x',
      says(401),
      [
        'unauthorized',
        'shared-meta does not take the token (HTTP 401): btp/cis',
        'Renew the token that the bot has for shared-meta.',
        1,
      ],
    ],
    [
      'a path that is not allowed',
      'x',
      says(403),
      [
        'forbidden',
        'shared-meta does not allow the token to read it (HTTP 403): btp/cis',
        'Let the token of the bot read this path in shared-meta.',
        1,
      ],
    ],
    [
      'a redirect, which is not followed',
      'x',
      says(302, '', { location: 'https://login.example.com' }),
      [
        'invalid',
        'shared-meta answers HTTP 302 for btp/cis',
        'Check the URL of shared-meta in the configuration.',
        1,
      ],
    ],
    [
      'no JSON',
      'x',
      says(200, `{"secret":"${canary}`),
      [
        'invalid',
        'shared-meta answers with no JSON for btp/cis',
        'Look at what shared-meta keeps at btp/cis.',
        1,
      ],
    ],
    [
      'no object',
      'x',
      says(200, `["${canary}"]`),
      [
        'invalid',
        'shared-meta answers with no JSON object for btp/cis',
        'Look at what shared-meta keeps at btp/cis.',
        1,
      ],
    ],
    [
      'more than a Secret can hold',
      'x',
      says(200, `"${canary.repeat(120_000)}"`),
      [
        'invalid',
        'shared-meta answers with more than 1 MiB for btp/cis',
        'Look at what shared-meta keeps at btp/cis.',
        1,
      ],
    ],
    [
      'a server in trouble, after some tries',
      'x',
      says(503),
      [
        'unavailable',
        'shared-meta answers HTTP 503 for btp/cis',
        'Wait, or look at shared-meta: it is asked again by itself.',
        3,
      ],
    ],
    [
      'a connection that is cut',
      'x',
      (response) => response.destroy(),
      [
        'unreachable',
        'shared-meta cannot be reached for btp/cis: it does not answer',
        `Check that shared-meta ${wait}`,
        3,
      ],
    ],
    [
      'no answer in time',
      'x',
      silence,
      [
        'unreachable',
        'shared-meta cannot be reached for btp/cis: HOST does not answer in time',
        'Check whether pods may reach it (network policy, firewall, proxy): it is asked again by itself.',
        3,
      ],
    ],
  ])('%s is told in one sentence with its cure', async (_, inside, given, told) => {
    answer = given
    const { host } = new URL(url)
    const expected = told.map((one) => (typeof one === 'string' ? one.replace('HOST', host) : one))
    expect([...(await refusal(fetched(source(), 'btp/cis', inside))), asked.length]).toEqual(expected)
  })

  it.each([
    [
      () => 'https://shared-meta.invalid',
      'the host name of shared-meta.invalid is not known',
      'Check the address, and the DNS: it is asked again by itself.',
    ],
    [
      () => 'http://127.0.0.1:9',
      '127.0.0.1:9 refuses the connection',
      'Check the address, and whether the service runs: it is asked again by itself.',
    ],
    [
      () => url.replace('http:', 'https:'),
      'HOST speaks no TLS',
      'Check whether the address begins with http:// or https://: it is asked again by itself.',
    ],
  ])('an address where nothing answers is told with its reason (%#)', async (address, why, cure) => {
    const none = createSharedMeta({ url: address(), token: () => 'the-token', random: () => 0 })
    const text = `shared-meta cannot be reached for btp/cis: ${why.replace('HOST', new URL(url).host)}`
    expect(await refusal(fetched(none, 'btp/cis'))).toEqual(['unreachable', text, cure])
  })

  it('is asked again when it said it would be there, and as late as it said', async () => {
    let first = 0
    answer = (response) => {
      if (first === 0) {
        first = Date.now()
        says(429, '{}', { 'retry-after': '1' })(response)
      } else says(200, '{"x":"1"}')(response)
    }
    expect(await fetched(source(), 'btp/cis', 'x')).toEqual({ cis: '1' })
    expect(Date.now() - first).toBeGreaterThanOrEqual(990)
  })

  it('is left alone for as long as it says where that is longer than a run waits', async () => {
    answer = says(429, '{}', { 'retry-after': '90' })
    const error: unknown = await fetched(source(), 'btp/cis').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'rate-limited', retryAfterMs: 90_000 })
    expect(asked).toHaveLength(1)
  })

  it('is asked once for a document that several keys need', async () => {
    answer = says(200, '{"a":"1","b":"2"}')
    const wanted = { one: { path: 'p', key: 'a' }, two: { path: 'p', key: 'b' } }
    const credentials = createCredentials(() => source())
    expect(await credentials.fetch(key, wanted)).toEqual({ one: '1', two: '2' })
    expect(asked).toHaveLength(1)
    await credentials.fetch(key, wanted)
    expect(asked).toHaveLength(2)
  })
})

describe('a folder of secrets', () => {
  beforeEach(() => {
    mkdirSync(join(folder, 'secrets', 'btp'), { recursive: true })
  })
  const source = (): SecretSource => createDirectorySource(join(folder, 'secrets'))
  const write = (path: string, text: string): void => writeFileSync(join(folder, path), text)

  it.each([
    ['JSON', `{"credentials":{"a":"${canary}"}}`, 'a', canary],
    ['plain text, without the line end', `${canary}\n`, undefined, canary],
    ['what only looks like JSON', `{${canary}`, undefined, `{${canary}`],
  ])('gives %s', async (_, text, inside, value) => {
    write('secrets/btp/cis', text)
    expect(await fetched(source(), 'btp/cis', inside)).toEqual({ cis: value })
  })

  it('follows links inside itself, as Kubernetes mounts a Secret', async () => {
    mkdirSync(join(folder, 'secrets', '..2026_01_01'))
    write('secrets/..2026_01_01/cis', 'value')
    symlinkSync('..2026_01_01', join(folder, 'secrets', '..data'))
    symlinkSync('..data/cis', join(folder, 'secrets', 'cis'))
    expect(await fetched(source(), 'cis')).toEqual({ cis: 'value' })
  })

  const escaping = (path: string): readonly string[] => [
    'invalid',
    `the secret file ${path} is outside the folder of secrets`,
    'Mend the path in the template, or the link in the folder.',
  ]
  it.each(['../outside', 'btp/../../outside', '/etc/passwd', '.', 'btp/..'])(
    'refuses the path %s, which leaves it',
    async (path) => {
      write('outside', canary)
      expect(await refusal(fetched(source(), path))).toEqual(escaping(path))
    },
  )

  it('refuses a link that leads out of it', async () => {
    write('outside', canary)
    symlinkSync(join(folder, 'outside'), join(folder, 'secrets', 'link'))
    expect(await refusal(fetched(source(), 'link'))).toEqual(escaping('link'))
  })

  it('names a file that is not there, and what cannot be read', async () => {
    expect(await refusal(fetched(source(), 'btp/none'))).toEqual([
      'invalid',
      `the secret "cis" of prod-eu/shop/sap-btp is not there: ${join(folder, 'secrets')} has nothing at btp/none`,
      'Put it there: it is fetched again by itself.',
    ])
    expect(await refusal(fetched(source(), 'btp'))).toEqual([
      'forbidden',
      'the secret file btp cannot be read',
      'Let the bot read it: check its rights, and that it is a file.',
    ])
  })

  it('names a key that is asked of plain text', async () => {
    write('secrets/cis', canary)
    expect(await refusal(fetched(source(), 'cis', 'uaa'))).toEqual([
      'invalid',
      `the secret "cis" of prod-eu/shop/sap-btp is not there: what ${join(folder, 'secrets')} has at cis is no JSON object, so it has no key uaa`,
      'Put a JSON object there, or take the key out of the template.',
    ])
  })
})

describe('an existing Secret of the cluster', () => {
  let kubernetes: KubernetesSandbox
  beforeEach(async () => {
    kubernetes = await startKubernetes({ clock: systemClock })
    kubernetes.createNamespace('credentials')
  })
  afterEach(() => kubernetes.close())

  const source = (namespace?: string): SecretSource => {
    const path = join(folder, 'kubeconfig')
    writeFileSync(path, kubernetes.kubeconfig('onboard-bot'))
    const cluster = (): ReturnType<typeof openCluster> => openCluster({ kind: 'kubeconfig', path })
    const places = new Map([['prod-eu', { cluster, namespace: 'shared' }]])
    const about = { name: 'btp', ...(namespace !== undefined && { namespace }) }
    return createExistingSecret('the Secret btp', createSecretReader(places, about))
  }
  const put = (data: Record<string, string>, namespace = 'shared'): void => {
    const encoded = Object.entries(data).map(([name, value]) => [name, Buffer.from(value).toString('base64')])
    const body = { kind: 'Secret', apiVersion: 'v1', data: Object.fromEntries(encoded) }
    kubernetes.objects.create({ resource: 'secrets', namespace, name: 'btp' }, body, 'test')
  }

  it('gives the value of a key; the path is the key, with dots for slashes', async () => {
    put({ 'btp.cis': `{"clientid":"${canary}"}` })
    expect(await fetched(source(), 'btp/cis', 'clientid')).toEqual({ cis: canary })
  })

  it('needs the right to get this one Secret and no other', async () => {
    put({ cis: canary }, 'credentials')
    const rights = [
      { verbs: ['get'], groups: [''], resources: ['secrets'], names: ['btp'], namespaces: ['credentials'] },
    ]
    kubernetes.rules.set(kubernetes.identity('onboard-bot'), rights)
    expect(await fetched(source('credentials'), 'cis')).toEqual({ cis: canary })
    kubernetes.rules.set(kubernetes.identity('onboard-bot'), [])
    expect(await refusal(fetched(source('credentials'), 'cis'))).toEqual([
      'forbidden',
      'Kubernetes: read the Secret credentials/btp: secrets "btp" is forbidden: User "system:serviceaccount:shared:onboard-bot" cannot get resource "secrets" in API group "" in the namespace "credentials"',
      '',
    ])
  })

  it('is named with its key when either is not there', async () => {
    const told = [
      'invalid',
      'the secret "cis" of prod-eu/shop/sap-btp is not there: the Secret btp has nothing at btp/cis',
      'Put it there: it is fetched again by itself.',
    ]
    expect(await refusal(fetched(source(), 'btp/cis'))).toEqual(told)
    put({ other: canary })
    expect(await refusal(fetched(source(), 'btp/cis'))).toEqual(told)
  })
})

describe('without a source', () => {
  it('a template that needs none gets nothing, and one that needs some is told where to name one', async () => {
    expect(await createCredentials(() => undefined).fetch(key, {})).toEqual({})
    expect(await refusal(fetched(undefined, 'btp/cis'))).toEqual([
      'invalid',
      'the template sap-btp needs "cis", and the configuration names no source of secrets for it',
      'Give "credentials" in the configuration: at the template, at its cluster, or at the top.',
    ])
  })
})
