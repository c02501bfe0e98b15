import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { repositoryRoot } from '../../sandbox/world.ts'
import { createCertificate } from './certificate.ts'

const folder = mkdtempSync(join(tmpdir(), 'onboard-bot-ca-'))
const ca = join(folder, 'ca.pem')
let url: string
let close: () => void
beforeAll(async () => {
  const tls = await createCertificate('localhost')
  writeFileSync(ca, tls.cert)
  const server = createServer(tls, (_request, response) => {
    response.setHeader('content-type', 'application/json').end('{"items":[]}')
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  url = `https://localhost:${(server.address() as AddressInfo).port}`
  close = () => server.close()
})
afterAll(() => {
  close()
  rmSync(folder, { recursive: true })
})

const openKubernetes = `
  const { writeFileSync } = await import('node:fs')
  const { openCluster } = await import('./src/kubernetes/cluster.ts')
  const path = process.env.FOLDER + '/kubeconfig'
  const names = { cluster: 'a', user: 'a' }
  writeFileSync(path, JSON.stringify({
    clusters: [{ name: 'a', cluster: { server: process.env.URL } }],
    users: [{ name: 'a', user: { token: 'x' } }],
    contexts: [{ name: 'a', context: names }],
    'current-context': 'a',
  }))
  const { core } = await openCluster({ kind: 'kubeconfig', path })
  await core.listNamespacedPod({ namespace: 'shared' })`
const askArgo = `
  const { request } = await import('undici')
  const { createDispatcher } = await import('./src/argo/dispatcher.ts')
  await request(process.env.URL, { dispatcher: createDispatcher({ isVerified: true }) })`
const askSharedMeta = `
  const { createSharedMeta } = await import('./src/credentials/shared-meta.ts')
  await createSharedMeta({ url: process.env.URL, token: () => 'x', random: () => 0 }).read('a')`
const askSlack = `
  const { createLog } = await import('./src/log.ts')
  const { createBoltLogger } = await import('./src/slack/bolt-logger.ts')
  const { systemClock } = await import('./src/clock.ts')
  const { createClient } = await import('./src/slack/open-slack.ts')
  const apiUrl = process.env.URL + '/'
  const logger = createBoltLogger({ log: createLog('silent'), apiUrl, clock: systemClock })
  const access = { botToken: 'x', apiUrl, logger }
  await createClient(access, 5000).api.test().catch((error) => { if (error.original) throw error.original })`

const run = async (program: string, environment: Record<string, string>): Promise<string> => {
  const env = { ...process.env, URL: url, FOLDER: folder, ...environment }
  const text = `${program}\nconsole.log('reached')\nprocess.exit(0)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', text], {
    cwd: repositoryRoot,
    env,
  })
  return stdout.trim()
}

it.each([
  ['argo-server', askArgo],
  ['Kubernetes', openKubernetes],
  ['shared-meta', askSharedMeta],
  ['Slack', askSlack],
])(
  '%s behind a CA that only NODE_EXTRA_CA_CERTS names is reached, and else is not',
  async (_what, program) => {
    expect(await run(program, { NODE_EXTRA_CA_CERTS: ca })).toBe('reached')
    await expect(run(program, {})).rejects.toThrow('Command failed')
  },
)
