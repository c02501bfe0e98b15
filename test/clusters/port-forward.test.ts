import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { type ArgoOptions, type ArgoSandbox, startArgo } from '../../sandbox/argo/server.ts'
import { type KubernetesSandbox, startKubernetes } from '../../sandbox/kubernetes/server.ts'
import { ArgoClient } from '../../src/argo/client.ts'
import { createStreamDispatcher, type TlsSettings } from '../../src/argo/dispatcher.ts'
import { readStream } from '../../src/argo/stream.ts'
import { systemClock } from '../../src/clock.ts'
import { openCluster } from '../../src/kubernetes/cluster.ts'
import { createCertificate } from './certificate.ts'

let kubernetes: KubernetesSandbox
let argo: ArgoSandbox
let folder: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onboard-bot-forward-'))
  kubernetes = await startKubernetes({ clock: systemClock })
})
afterEach(async () => {
  await argo.close()
  await kubernetes.close()
  rmSync(folder, { recursive: true })
})

const install = async (options: Partial<ArgoOptions> = {}): Promise<void> => {
  const run = async (): Promise<{
    exitCode: number
    terminationMessage: string
    outputs: Record<string, string>
    log: string[]
  }> => ({ exitCode: 0, terminationMessage: '', outputs: {}, log: [] })
  argo = await startArgo({ clock: systemClock, kubernetes, namespace: 'shared', runner: { run }, ...options })
}

const address = { namespace: 'shared', name: 'argo-server', port: 2746 }
const unverified: TlsSettings = { isVerified: false }

const connect = async (
  scheme: 'http' | 'https',
  tls = unverified,
  service = address,
): Promise<ArgoClient> => {
  const path = join(folder, 'kubeconfig')
  writeFileSync(path, kubernetes.kubeconfig('onboard-bot'))
  const cluster = await openCluster({ kind: 'kubeconfig', path })
  const dispatcher = createStreamDispatcher(() => cluster.connect(service), tls)
  const token = async (): Promise<string> => kubernetes.token('onboard-bot')
  const url = `${scheme}://argo-server.shared.svc:2746`
  return new ArgoClient({ url, namespace: 'shared', token, dispatcher }, systemClock)
}

const nameThePort = (targetPort: string): void => {
  const key = { resource: 'services', namespace: 'shared', name: 'argo-server' }
  const spec = { ports: [{ port: 2746, targetPort }], selector: { app: 'argo-server' } }
  kubernetes.objects.replace(key, { kind: 'Service', apiVersion: 'v1', spec }, 'test')
}

const manifest = (name: string): Parameters<ArgoClient['create']>[0] => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Workflow',
  metadata: { name, labels: { a: 'b' }, annotations: {} },
  spec: { entrypoint: 'main', templates: [{ name: 'main', container: { image: 'busybox', args: ['ok'] } }] },
})

describe('argo-server by port-forward', () => {
  it.each(['http', 'https'] as const)(
    'is called by %s, and what stands serves call after call',
    async (scheme) => {
      await install(scheme === 'https' ? { tls: await createCertificate('localhost') } : {})
      const client = await connect(scheme)
      for (let call = 0; call < 9; call += 1) await client.list('a=b')
      // undici may open a second one while the first still reads the end of an answer.
      expect(kubernetes.forwards.count()).toBeLessThanOrEqual(2)
      expect((await client.create(manifest('one'))).name).toBe('one')
      expect(await client.get('one')).toMatchObject({ metadata: { name: 'one' } })
    },
  )

  it('is called many times at once over a bounded number of connections', async () => {
    await install()
    const client = await connect('http')
    const answers = await Promise.all(Array.from({ length: 40 }, () => client.list('a=b')))
    expect(answers).toHaveLength(40)
    expect(kubernetes.forwards.count()).toBe(10)
  })

  it('finds the port of a Service that names it', async () => {
    await install()
    nameThePort('web')
    const client = await connect('http')
    expect(await client.list('a=b')).toEqual([])
  })

  it('breaks when the pod goes, and the next call goes to the pod that came', async () => {
    await install({ tls: await createCertificate('localhost') })
    const client = await connect('https')
    let opened = (): void => undefined
    const open = new Promise<void>((resolve) => {
      opened = resolve
    })
    const { signal } = new AbortController()
    const options = { labelSelector: 'a=b', isMarked: true, signal, now: Date.now, onOpen: opened }
    const read = (async () => {
      for await (const event of readStream(client, options)) if (event.type === 'deleted') return 'deleted'
      return 'ended'
    })()
    await open
    const cutAt = Date.now()
    argo.replacePod()
    await expect(read).rejects.toMatchObject({ code: 'unreachable' })
    expect(Date.now() - cutAt).toBeLessThan(1_000)
    expect((await client.create(manifest('two'))).name).toBe('two')
  })

  it.each([
    ['its own CA', 'argo-server.shared.svc', undefined],
    ['its own CA, and another host name', 'localhost', 'its certificate is for another host name'],
  ])('verifies the certificate where a CA is given: %s', async (_what, host, problem) => {
    const tls = await createCertificate(host)
    await install({ tls })
    const client = await connect('https', { isVerified: true, ca: tls.cert })
    const call = client.list('a=b')
    if (problem === undefined) expect(await call).toEqual([])
    else await expect(call).rejects.toThrow(problem)
  })

  it('says so when the certificate is of another CA', async () => {
    await install({ tls: await createCertificate('argo-server.shared.svc') })
    const { cert } = await createCertificate('argo-server.shared.svc')
    const client = await connect('https', { isVerified: true, ca: cert })
    await expect(client.list('a=b')).rejects.toThrow('its certificate is of no known CA')
  })
})

describe('what stands in the way is said in the words of the cluster', () => {
  const refusals: readonly (readonly [what: string, breakIt: () => void, code: string, text: string])[] = [
    [
      'no right to port-forward',
      () => {
        const who = kubernetes.identity('onboard-bot')
        const rules = kubernetes.rules.get(who) ?? []
        kubernetes.rules.set(
          who,
          rules.filter(({ resources }) => !resources.includes('pods/portforward')),
        )
      },
      'forbidden',
      'cannot get resource "pods/portforward" in API group "" in the namespace "shared"',
    ],
    [
      'no Service',
      () =>
        void kubernetes.objects.remove({ resource: 'services', namespace: 'shared', name: 'argo-server' }),
      'not-found',
      'services "argo-server" not found',
    ],
    [
      'a port that the pod does not name',
      () => nameThePort('metrics'),
      'invalid',
      'has no port named metrics',
    ],
    [
      'no pod',
      () => {
        for (const key of kubernetes.objects.keys()) {
          if (key.resource === 'pods') kubernetes.objects.remove(key)
        }
      },
      'unavailable',
      'find the pods of the Service shared/argo-server: none of 0 is ready',
    ],
    [
      'nothing that listens in the pod',
      () => {
        const key = kubernetes.objects.keys().find(({ resource }) => resource === 'pods')
        kubernetes.forwards.serve(key?.name ?? '', 1)
      },
      'unreachable',
      'error forwarding port 2746',
    ],
  ]
  it.each(refusals)('%s', async (_what, breakIt, code, text) => {
    await install()
    const client = await connect('http')
    breakIt()
    const error = await client.list('a=b').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code, message: expect.stringContaining(text) })
  })

  it('no such port of the Service', async () => {
    await install()
    const client = await connect('http', unverified, { ...address, port: 80 })
    await expect(client.list('a=b')).rejects.toThrow('the Service shared/argo-server has no port 80')
  })
})
