import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'

import { dump } from 'js-yaml'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { closeServer, createHandlingServer, listen, readBody, sendJson } from '../../sandbox/http.ts'
import { type KubernetesSandbox, startKubernetes } from '../../sandbox/kubernetes/server.ts'
import { startProxy } from '../../sandbox/proxy.ts'
import { systemClock } from '../../src/clock.ts'
import { type Cluster, createClusterOpener } from '../../src/kubernetes/cluster.ts'
import { remoteError } from '../../src/kubernetes/errors.ts'
import type { KubernetesAccess } from '../../src/kubernetes/kubeconfig.ts'
import { createCertificate } from './certificate.ts'

let kubernetes: KubernetesSandbox
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onboard-bot-access-'))
})
afterEach(async () => {
  await kubernetes.close()
  rmSync(folder, { recursive: true })
})

const start = async (tls?: { key: string; cert: string }): Promise<void> => {
  kubernetes = await startKubernetes({ clock: systemClock, ...(tls !== undefined && { tls }) })
}

const path = (name: string): string => join(folder, name)

const writeKubeconfig = (user: object, cluster: object = { 'insecure-skip-tls-verify': true }): void => {
  const text = dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'one', cluster: { server: kubernetes.url, ...cluster } }],
    users: [{ name: 'me', user }],
    contexts: [{ name: 'one', context: { cluster: 'one', user: 'me' } }],
    'current-context': 'one',
  })
  writeFileSync(path('kubeconfig'), text)
}

const opener = (
  rest: { exec?: string; context?: string } = {},
  proxies: Readonly<Record<string, string>> = {},
): (() => Promise<Cluster>) => {
  const access: KubernetesAccess = { kind: 'kubeconfig', path: path('kubeconfig'), ...rest }
  return createClusterOpener(access, proxies)
}

const podsOf = async (open: () => Promise<Cluster>): Promise<unknown> => {
  const { core } = await open()
  const { items } = await core.listNamespacedPod({ namespace: 'shared' })
  return items
}

const thrownByClient = async (): Promise<unknown> =>
  podsOf(opener()).catch((error: unknown) => {
    throw remoteError('list pods', error)
  })

const revoke = (token: string): void => {
  kubernetes.tokens.delete(token)
}

describe('a kubeconfig that is not YAML', () => {
  it.each([
    ['bad indentation', 'client-secret: s3cr3t-pw\n       name: oidc\n'],
    ['a name that stands twice', 'token: s3cr3t-pw\n      token: s3cr3t-pw\n'],
  ])('(%s) is told by its line, and never by what stands there', async (_what, lines) => {
    await start()
    writeFileSync(path('kubeconfig'), `kind: Config\nusers:\n  - name: me\n    user:\n      ${lines}`)
    const error: unknown = await opener()().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'invalid' })
    const said = error instanceof Error ? `${error.message} ${inspect(error)}` : ''
    expect(said).toMatch(/it is not YAML \(line [5-7]\)/)
    expect(said).not.toContain('s3cr3t')
  })
})

it.each([
  ['a certificate', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'],
  ['nothing', ''],
  ['a list', '- a\n'],
  ['something else of Kubernetes', 'apiVersion: v1\nkind: Secret\n'],
])('a kubeconfig that is %s is named, with what to give', async (_what, text) => {
  await start()
  writeFileSync(path('kubeconfig'), text)
  await expect(opener()()).rejects.toMatchObject({
    code: 'invalid',
    message: `Kubernetes: the kubeconfig ${path('kubeconfig')} is none: it holds no clusters and contexts`,
    cure: 'Give the path of one, such as "kubectl config view --flatten" writes it.',
  })
})

it.each(['a page', 'a redirect to a page', 'nothing at all'])(
  'a kubeconfig that leads to %s leads to no Kubernetes',
  async (what) => {
    await start()
    const server = createHandlingServer(async ({ url }, response) => {
      if (what === 'nothing at all') response.writeHead(200).end()
      else if (what === 'a page' || url === '/login')
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>')
      else response.writeHead(302, { location: '/login' }).end()
    })
    const url = await listen(server, 0)
    try {
      writeKubeconfig({ token: 'T' }, { server: url, 'insecure-skip-tls-verify': true })
      await expect(thrownByClient()).rejects.toMatchObject({
        code: 'not-argo',
        message: `Kubernetes: what answers at ${url} is no Kubernetes API`,
        cure: 'Check the server in the kubeconfig, and the proxy on the way there.',
      })
    } finally {
      await closeServer(server)
    }
  },
)

describe('a kubeconfig that leads nowhere says so, and what to write', () => {
  const cure = 'Put the CA of the Kubernetes API into it.'
  const encoded = Buffer.from('no certificate').toString('base64')
  const none = 'Kubernetes: the kubeconfig names a CA that is none:'
  it.each([
    {
      what: 'a CA that is none',
      cluster: { 'certificate-authority-data': encoded },
      message: `${none} certificate-authority-data holds no certificate (PEM)`,
    },
    {
      what: 'an empty file of CAs',
      cluster: { 'certificate-authority': 'empty' },
      message: `${none} FOLDER/empty holds no certificate (PEM)`,
    },
    {
      what: 'a context that is not there',
      rest: { context: 'onne' },
      message: 'Kubernetes: the kubeconfig FOLDER/kubeconfig has no context "onne"',
      says: 'Name one in "kubernetes.context"; did you mean "one"?',
    },
  ])('$what', async ({ cluster = {}, rest = {}, message, says = cure }) => {
    await start()
    writeFileSync(path('empty'), '')
    writeKubeconfig({ token: kubernetes.token('onboard-bot') }, cluster)
    writeFileSync(path('kubeconfig'), readFileSync(path('kubeconfig'), 'utf8').replace('http:', 'https:'))
    await expect(opener(rest)()).rejects.toMatchObject({
      code: 'invalid',
      message: message.replace('FOLDER', folder),
      cure: says,
    })
  })

  it('a pod that is none', async () => {
    await start()
    await expect(createClusterOpener({ kind: 'in-cluster' }, {})()).rejects.toMatchObject({
      code: 'unreachable',
      message: 'Kubernetes: this process has not what a cluster mounts into its pods',
      cure: 'Give "kubeconfig: PATH" in the place of "inCluster", or let the pod mount the token of its ServiceAccount.',
    })
  })

  it('a CA of an OIDC issuer that is none', async () => {
    await start()
    const config = {
      'id-token': 'ended',
      'refresh-token': 'x',
      'idp-issuer-url': 'https://localhost:1',
      'idp-certificate-authority-data': encoded,
    }
    writeKubeconfig({ 'auth-provider': { name: 'oidc', config } })
    await expect(thrownByClient()).rejects.toMatchObject({
      code: 'invalid',
      message: 'Kubernetes: the sign-in by OIDC: idp-certificate-authority holds no certificate (PEM)',
    })
  })
})

describe('what changes on disk counts at once', () => {
  it('a kubeconfig with another token', async () => {
    await start()
    const first = kubernetes.token('onboard-bot')
    writeKubeconfig({ token: first })
    const open = opener()
    expect(await podsOf(open)).toEqual([])
    revoke(first)
    await expect(podsOf(open)).rejects.toMatchObject({ code: 401 })
    writeKubeconfig({ token: kubernetes.token('onboard-bot') })
    expect(await podsOf(open)).toEqual([])
  })

  it('a token in a file that the kubeconfig names, when the one before is refused', async () => {
    await start()
    const first = kubernetes.token('onboard-bot')
    writeFileSync(path('token'), first)
    writeKubeconfig({ tokenFile: 'token' })
    const open = opener()
    expect(await podsOf(open)).toEqual([])
    revoke(first)
    writeFileSync(path('token'), kubernetes.token('onboard-bot'))
    await expect(podsOf(open)).rejects.toMatchObject({ code: 401 })
    expect(await podsOf(open)).toEqual([])
  })

  it('the certificate of the CA in a file that the kubeconfig names', async () => {
    const [tls, other] = [await createCertificate('localhost'), await createCertificate('localhost')]
    await start(tls)
    writeFileSync(path('ca.pem'), other.cert)
    writeKubeconfig({ token: kubernetes.token('onboard-bot') }, { 'certificate-authority': 'ca.pem' })
    const open = opener()
    await expect(podsOf(open)).rejects.toMatchObject({ cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } })
    writeFileSync(path('ca.pem'), tls.cert)
    expect(await podsOf(open)).toEqual([])
  })
})

describe('a kubeconfig that signs in by a program', () => {
  const program = (says: string): string => {
    const file = path('sign-in')
    writeFileSync(file, `#!/bin/sh\necho run >> ${path('runs')}\n${says}\n`)
    chmodSync(file, 0o700)
    return file
  }
  const credential = (token: string): string =>
    `echo '${JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } })}'`
  const runs = (): number => readFileSync(path('runs'), 'utf8').trim().split('\n').length
  const user = (command: string): object => ({
    exec: { apiVersion: 'client.authentication.k8s.io/v1', command, args: ['get-token'] },
  })

  it('runs it where the configuration names it, once for many calls, and again when it is refused', async () => {
    await start()
    const first = kubernetes.token('onboard-bot')
    const command = program(credential(first))
    writeKubeconfig(user(command))
    const open = opener({ exec: command })
    await Promise.all(Array.from({ length: 5 }, () => podsOf(open)))
    expect(runs()).toBe(1)
    revoke(first)
    program(credential(kubernetes.token('onboard-bot')))
    await expect(podsOf(open)).rejects.toMatchObject({ code: 401 })
    expect(await podsOf(open)).toEqual([])
    expect(runs()).toBe(2)
  })

  it.each([undefined, 'another'])('is refused where the configuration names %s', async (exec) => {
    await start()
    const command = program('exit 0')
    writeKubeconfig(user(command))
    const open = opener(exec === undefined ? {} : { exec })
    await expect(podsOf(open)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining(`add "exec: ${command}" beside "kubeconfig"`),
    })
    expect(() => runs()).toThrow('ENOENT')
  })

  it('is refused where the program hides in a provider of old', async () => {
    await start()
    const config = { 'cmd-path': program('exit 0'), 'cmd-args': 'x' }
    writeKubeconfig({ 'auth-provider': { name: 'gcp', config } })
    await expect(podsOf(opener())).rejects.toThrow('the program of the provider gcp')
  })

  it('and what it says when it fails carries no secret', async () => {
    await start()
    const command = program('echo "no access: token=abcdefgh" >&2; exit 1')
    writeKubeconfig(user(command))
    const { connect } = await opener({ exec: command })()
    await expect(connect({ namespace: 'shared', name: 'argo-server', port: 2746 })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/no access: token=\[secret\]$/),
    })
  })
})

it('a kubeconfig signs in by OIDC, and gets a new token when the one in it has ended', async () => {
  await start()
  const tls = await createCertificate('localhost')
  const asked: string[] = []
  const token = (exp: number): string => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    return `${part({ alg: 'RS256' })}.${part({ iss: issuer, sub: 'bot', aud: 'kubernetes', iat: 1, exp })}.c2ln`
  }
  const server = createServer(tls, (request, response) => {
    void (async () => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''} ${await readBody(request)}`)
      if (request.url?.startsWith('/.well-known/') === true) {
        sendJson(response, 200, { issuer, token_endpoint: `${issuer}/token` })
      } else {
        const id = { id_token: fresh, access_token: 'unused', token_type: 'Bearer', expires_in: 3600 }
        sendJson(response, 200, { ...id, refresh_token: 'refresh-2' })
      }
    })()
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const issuer = `https://localhost:${(server.address() as AddressInfo).port}`
  const fresh = token(Math.floor(Date.now() / 1_000) + 3_600)
  kubernetes.tokens.set(fresh, kubernetes.identity('onboard-bot'))
  const config = {
    'client-id': 'kubernetes',
    'idp-issuer-url': issuer,
    'idp-certificate-authority-data': Buffer.from(tls.cert).toString('base64'),
    'id-token': token(2),
    'refresh-token': 'refresh-1',
  }
  writeKubeconfig({ 'auth-provider': { name: 'oidc', config } })
  const open = opener()
  try {
    expect(await podsOf(open)).toEqual([])
    expect(await podsOf(open)).toEqual([])
  } finally {
    server.close()
  }
  expect(asked.filter((line) => line.includes('refresh-1'))).toHaveLength(1)
})

describe('a proxy that the environment names', () => {
  const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'] as const
  const before = names.map((name) => [name, process.env[name]] as const)
  afterEach(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })

  it.each([
    ['is used for calls and for port-forwards', 'HTTPS_PROXY', '', true],
    ['is HTTP_PROXY where there is no HTTPS_PROXY', 'HTTP_PROXY', '', true],
    ['is not used for a host that NO_PROXY names', 'HTTPS_PROXY', 'localhost', false],
    ['is not used for a host among others', 'HTTPS_PROXY', 'example.com localhost', false],
  ])('%s', async (_what, name, noProxy, isUsed) => {
    const tls = await createCertificate('localhost')
    await start(tls)
    const proxy = await startProxy()
    const proxies = { [name]: proxy.url, NO_PROXY: noProxy }
    Object.assign(process.env, proxies)
    const ca = { 'certificate-authority-data': Buffer.from(tls.cert).toString('base64') }
    writeKubeconfig({ token: kubernetes.token('onboard-bot') }, ca)
    const pod = { kind: 'Pod', apiVersion: 'v1', metadata: { labels: { app: 'a' } } }
    const status = { conditions: [{ type: 'Ready', status: 'True' }] }
    const spec = { ports: [{ port: 80, targetPort: 8080 }], selector: { app: 'a' } }
    const key = { namespace: 'shared', name: 'a' }
    kubernetes.objects.create({ ...key, resource: 'pods' }, { ...pod, status }, 'test')
    kubernetes.objects.create(
      { ...key, resource: 'services' },
      { kind: 'Service', apiVersion: 'v1', spec },
      'test',
    )
    const open = opener({}, proxies)
    try {
      // As many as there are connections, so that what comes on top is the port-forward's.
      await Promise.all(Array.from({ length: 20 }, () => podsOf(open)))
      expect(proxy.seen.size).toBe(isUsed ? 1 : 0)
      const tunnels = proxy.tunnels()
      const stream = await (await open()).connect({ ...key, port: 80 })
      expect(proxy.tunnels() - tunnels).toBe(isUsed ? 1 : 0)
      stream.destroy()
    } finally {
      await proxy.close()
    }
  })
})
