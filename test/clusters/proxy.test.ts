import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { dump } from 'js-yaml'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { closeServer, listen } from '../../sandbox/http.ts'
import { ArgoClient } from '../../src/argo/client.ts'
import { createDispatcher } from '../../src/argo/dispatcher.ts'
import { refusal } from '../../src/cli/doctor/remote.ts'
import { systemClock } from '../../src/clock.ts'
import { createSharedMeta } from '../../src/credentials/shared-meta.ts'
import { createClusterOpener } from '../../src/kubernetes/cluster.ts'
import { remoteError } from '../../src/kubernetes/errors.ts'
import { createOidcTokens } from '../../src/kubernetes/oidc.ts'
import type { RemoteError } from '../../src/onboarding/ports/remote-error.ts'
import { troubleOf } from '../../src/runner/trouble.ts'

let folder: string
let proxy: Server
/** With a password. */
let address: string
let place: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onboard-bot-proxy-'))
  proxy = createServer()
  place = new URL(await listen(proxy, 0)).host
  address = `http://bob:top-secret@${place}`
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await closeServer(proxy)
  rmSync(folder, { recursive: true })
})

const kubernetes = async (named: object): Promise<unknown> => {
  const path = join(folder, 'kubeconfig')
  const cluster = { server: 'https://kubernetes.test:6443', ...named }
  writeFileSync(
    path,
    dump({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'one', cluster }],
      users: [{ name: 'me', user: { token: 'T' } }],
      contexts: [{ name: 'one', context: { cluster: 'one', user: 'me' } }],
      'current-context': 'one',
    }),
  )
  const { core } = await createClusterOpener({ kind: 'kubeconfig', path }, {})()
  return core.listNamespacedPod({ namespace: 'shared' }).catch((error: unknown) => {
    throw remoteError('list pods', error)
  })
}

interface Caller {
  readonly who: string
  readonly names: (address: string) => unknown
  readonly call: () => Promise<unknown>
  /** What stands before the words on the proxy. */
  readonly says: string
  readonly setting: string
  readonly around: string
}

const byEnvironment = {
  names: (url: string) => vi.stubEnv('HTTPS_PROXY', url),
  setting: 'HTTPS_PROXY or HTTP_PROXY',
  around: 'name the host behind it in NO_PROXY',
}

const callers: readonly Caller[] = [
  {
    ...byEnvironment,
    who: 'the client of argo-server',
    call: () => {
      const dispatcher = createDispatcher({ isVerified: true })
      const endpoint = { url: 'https://argo.test', namespace: 'shared', token: async () => 'T', dispatcher }
      return new ArgoClient(endpoint, systemClock).get('x')
    },
    says: 'argo-server cannot be reached: ',
  },
  {
    ...byEnvironment,
    who: 'the client of the Kubernetes API',
    call: () => kubernetes({}),
    says: 'Kubernetes: list pods: ',
  },
  {
    who: 'that of a kubeconfig with a proxy-url',
    names: () => undefined,
    call: () => kubernetes({ 'proxy-url': address }),
    says: 'Kubernetes: list pods: ',
    setting: 'proxy-url in the kubeconfig',
    around: 'take proxy-url out of the kubeconfig',
  },
  {
    ...byEnvironment,
    who: 'the sign-in by OIDC',
    call: () =>
      createOidcTokens({ 'refresh-token': 'r', 'idp-issuer-url': 'https://issuer.test', 'client-id': 'c' })(),
    says: 'Kubernetes: the sign-in by OIDC: https://issuer.test cannot be reached: ',
  },
]

const rows = [
  ['refuses the connection', undefined, 'Check SETTING and whether the proxy runs, or AROUND.'],
  ['does not answer', 'closed', 'Check SETTING and whether the proxy runs, or AROUND.'],
  ['refused (403)', 'HTTP/1.1 403 no', 'Have the proxy let the call through, or AROUND.'],
  ['refused (407)', 'HTTP/1.1 407 who', 'Check the user and the password in SETTING.'],
  ['refused (502)', 'HTTP/1.1 502 no', 'Look whether the proxy reaches the host behind it, or AROUND.'],
] as const

const begin = async (answer: string | undefined): Promise<void> => {
  proxy.on('connect', (_request, socket) => {
    if (answer === 'closed') socket.destroy()
    else socket.end(`${answer}\r\n\r\n`)
  })
  if (answer === undefined) await closeServer(proxy)
}

const thrownBy = (call: () => Promise<unknown>): Promise<RemoteError> =>
  call().then(
    () => Promise.reject(new Error('nothing was thrown')),
    (error: RemoteError) => error,
  )

describe.for(callers)('$who names the proxy that stands in its way, without its password', (caller) => {
  it.for(rows)('which %s', async ([does, answer, cure]) => {
    await begin(answer)
    caller.names(address)
    const error = await thrownBy(caller.call)
    const expected = {
      text: `${caller.says}the proxy ${place} ${does}`,
      cure: cure.replace('SETTING', caller.setting).replace('AROUND', caller.around),
    }
    expect(error.code).toBe('unreachable')
    expect(troubleOf(error)).toEqual(expected)
    expect(refusal(error, '')).toEqual({
      outcome: 'wrong',
      says: `cannot be reached: the proxy ${place} ${does}`,
      cure: expected.cure,
    })
  })
})

it('shared-meta names the proxy that stands in its way', async () => {
  await begin('HTTP/1.1 403 no')
  byEnvironment.names(address)
  const limits = { callMs: 1_000, allMs: 100 }
  const key = { cluster: 'prod', namespace: 'shop', template: 'sap-btp' }
  const options = { url: 'https://meta.test', token: () => 'T', random: () => 0, limits }
  expect(await thrownBy(() => createSharedMeta(options).read('x', key))).toMatchObject({
    message: `shared-meta cannot be reached for x: the proxy ${place} refused (403)`,
    cure: 'Have the proxy let the call through, or name the host behind it in NO_PROXY: it is asked again by itself.',
  })
})

it('a proxy that cannot forward a call to an http address is named, as is one that makes no tunnel', async () => {
  await begin(undefined)
  vi.stubEnv('HTTP_PROXY', address)
  const dispatcher = createDispatcher({ isVerified: true })
  const endpoint = { url: 'http://argo.test:2746', namespace: 'shared', token: async () => 'T', dispatcher }
  expect(await thrownBy(() => new ArgoClient(endpoint, systemClock).get('x'))).toMatchObject({
    message: `argo-server cannot be reached: the proxy ${place} refuses the connection`,
  })
})
