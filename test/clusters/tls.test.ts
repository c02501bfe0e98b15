import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { type ArgoSandbox, startArgo } from '../../sandbox/argo/server.ts'
import { type KubernetesSandbox, startKubernetes } from '../../sandbox/kubernetes/server.ts'
import { ArgoClient } from '../../src/argo/client.ts'
import { readStream } from '../../src/argo/stream.ts'
import { systemClock } from '../../src/clock.ts'
import { connectClusters } from '../../src/clusters.ts'
import { configSchema } from '../../src/config/schema.ts'
import { createClusterOpener } from '../../src/kubernetes/cluster.ts'
import { remoteError } from '../../src/kubernetes/errors.ts'
import { RemoteError } from '../../src/onboarding/ports/remote-error.ts'
import { troubleOf } from '../../src/runner/trouble.ts'
import { createCertificate } from './certificate.ts'

let folder: string
let kubernetes: KubernetesSandbox
let argo: ArgoSandbox | undefined
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onboard-bot-tls-'))
  kubernetes = await startKubernetes({ clock: systemClock })
  writeFileSync(join(folder, 'kubeconfig'), kubernetes.kubeconfig('onboard-bot'))
  writeFileSync(join(folder, 'token'), kubernetes.token('onboard-bot'))
})
afterEach(async () => {
  await argo?.close()
  await kubernetes.close()
  rmSync(folder, { recursive: true })
})

const install = async (host: string | undefined): Promise<ArgoSandbox> => {
  const run = async (): Promise<never> => Promise.reject(new Error('nothing is run here'))
  const tls = host === undefined ? {} : { tls: await createCertificate(host) }
  const started = await startArgo({
    clock: systemClock,
    kubernetes,
    namespace: 'shared',
    runner: { run },
    ...tls,
  })
  argo = started
  return started
}

/** The client of a cluster whose configuration says this of argo-server. */
const clientOf = (said: object): ArgoClient => {
  const file = configSchema.parse({
    installation: 'acme',
    channel: 'C0ONBOARD',
    clusters: {
      prod: {
        kubernetes: { kubeconfig: join(folder, 'kubeconfig') },
        argo: { namespace: 'shared', tokenFile: join(folder, 'token'), ...said },
        stepsImage: 'steps:1',
        templates: { namespace: {} },
      },
    },
  })
  const endpoint = connectClusters({ file, proxies: {} }, systemClock).endpoints.get('prod')
  if (endpoint === undefined) throw new Error('there is no cluster')
  return new ArgoClient(endpoint, systemClock)
}

const thrownBy = async (call: () => Promise<unknown>): Promise<RemoteError> => {
  try {
    await call()
  } catch (error) {
    if (error instanceof RemoteError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const openStream = async (client: ArgoClient): Promise<void> => {
  const { signal } = new AbortController()
  const options = { labelSelector: 'a=b', isMarked: true, signal, now: Date.now, onOpen: () => undefined }
  for await (const event of readStream(client, options)) if (event.type === 'complete') return
}

const needsTls = 'argo-server: it speaks TLS, and was called without'
const speaksNone = 'argo-server cannot be reached: it speaks no TLS'

describe('a mistaken scheme is told with what to write instead', () => {
  it.each([
    {
      what: 'an http address of a server with TLS',
      host: 'localhost',
      argoOf: ({ url }: ArgoSandbox) => ({ url: url.replace('https:', 'http:') }),
      code: 'not-argo',
      message: needsTls,
      cure: 'Set clusters.prod.argo.url to URL',
    },
    {
      what: 'an https address of a server without',
      host: undefined,
      argoOf: ({ url }: ArgoSandbox) => ({ url: url.replace('http:', 'https:') }),
      code: 'unreachable',
      message: speaksNone,
      cure: 'Start argo-server with --secure, or set clusters.prod.argo.url to URL',
    },
    {
      what: 'a port-forward without TLS to a server with it',
      host: 'localhost',
      argoOf: () => ({ service: { secure: false } }),
      code: 'not-argo',
      message: needsTls,
      cure: 'Take "secure: false" out of clusters.prod.argo.service.',
    },
    {
      what: 'a port-forward with TLS to a server without',
      host: undefined,
      argoOf: () => ({}),
      code: 'unreachable',
      message: speaksNone,
      cure: 'Set clusters.prod.argo.service.secure to false, or start argo-server with --secure.',
    },
  ])('$what', async ({ host, argoOf, code, message, cure }) => {
    const server = await install(host)
    const client = clientOf(argoOf(server))
    for (const call of [() => client.list('a=b'), () => openStream(client)]) {
      const error = await thrownBy(call)
      expect(error).toMatchObject({ code, message })
      expect(troubleOf(error)).toEqual({ text: message, cure: cure.replace('URL', server.url) })
    }
  })

  it('a connection that is closed without an answer may be one that wants TLS', async () => {
    const { url, faults } = await install(undefined)
    faults.isRefusing = true
    expect(await thrownBy(() => clientOf({ url }).list('a=b'))).toMatchObject({
      code: 'unreachable',
      message: 'argo-server cannot be reached: it closed the connection without an answer',
      cure: `Check that it is up. If it speaks TLS: Set clusters.prod.argo.url to ${url.replace('http:', 'https:')}`,
    })
  })
})

it('a certificate of no known CA is told with where its CA belongs', async () => {
  const { url } = await install('localhost')
  expect(await thrownBy(() => clientOf({ url }).list('a=b'))).toMatchObject({
    code: 'unreachable',
    message: 'argo-server cannot be reached: its certificate is of no known CA',
    cure: "Put argo-server's CA into clusters.prod.argo.caFile. The one that it makes itself is for localhost only.",
  })
})

describe('the Kubernetes API', () => {
  const openAt = (server: string, cluster: object = {}): Promise<RemoteError> => {
    const path = join(folder, 'other')
    const names = { cluster: 'a', user: 'a' }
    const kubeconfig = {
      clusters: [{ name: 'a', cluster: { server, ...cluster } }],
      users: [{ name: 'a', user: { token: 'x' } }],
      contexts: [{ name: 'a', context: names }],
      'current-context': 'a',
    }
    writeFileSync(path, JSON.stringify(kubeconfig))
    return thrownBy(async () => {
      const { core } = await createClusterOpener({ kind: 'kubeconfig', path }, {})()
      await core.listNamespacedPod({ namespace: 'shared' }).catch((error: unknown) => {
        throw remoteError('list pods', error)
      })
    })
  }

  it('called without TLS, or with it for nothing, says so', async () => {
    const { url } = kubernetes
    expect(await openAt(url.replace('http:', 'https:'))).toMatchObject({
      message: 'Kubernetes: list pods: it speaks no TLS',
      cure: 'Correct the address in the kubeconfig: the Kubernetes API speaks TLS.',
    })
    const tls = await createCertificate('localhost')
    const secured = await startKubernetes({ clock: systemClock, tls })
    try {
      expect(await openAt(secured.url.replace('https:', 'http:'))).toMatchObject({
        code: 'invalid',
        message: `Kubernetes: the kubeconfig has an address without TLS: ${secured.url.replace('https:', 'http:')}`,
        cure: 'Put its https address into the kubeconfig.',
      })
      expect(await openAt(secured.url)).toMatchObject({
        message: 'Kubernetes: list pods: its certificate is of no known CA',
        cure: "Put the CA of the Kubernetes API into the kubeconfig's certificate-authority-data.",
      })
    } finally {
      await secured.close()
    }
  })
})
