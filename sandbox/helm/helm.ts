// A stand-in for the helm command: keeps releases as helm 4 does, as Secrets of the cluster, and installs nothing.
import { readFileSync } from 'node:fs'

import { parse } from 'yaml'
import { z } from 'zod'

const kubeconfig = z.object({
  clusters: z.array(z.object({ cluster: z.object({ server: z.string() }) })).min(1),
  users: z.array(z.object({ user: z.object({ token: z.string() }) })).min(1),
})
const secretList = z.object({
  items: z.array(
    z.object({ metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()) }) }),
  ),
})
const statusSchema = z.object({ message: z.string() })
const faultsSchema = z.object({ install: z.enum(['not-ready', 'chart-missing', 'hang']).optional() })

/** helm says this and ends with 1. */
class HelmError extends Error {}

const flags = new Set([
  '--wait',
  '--install',
  '--ignore-not-found',
  '--rollback-on-failure',
  '--atomic',
  '--short',
  '--pending',
])

const readArguments = (all: readonly string[]): { words: string[]; options: Map<string, string> } => {
  const words: string[] = []
  const options = new Map<string, string>()
  for (let at = 0; at < all.length; at += 1) {
    const word = all[at] ?? ''
    if (!word.startsWith('-')) words.push(word)
    else if (flags.has(word)) options.set(word, 'true')
    else {
      options.set(word, all[at + 1] ?? '')
      at += 1
    }
  }
  return { words, options }
}

const { words, options } = readArguments(process.argv.slice(2))
const [command = '', name = '', chart = ''] = words
const namespace = options.get('--namespace') ?? 'default'

const access = (): { server: string; token: string } => {
  const path = options.get('--kubeconfig') ?? process.env['KUBECONFIG'] ?? ''
  const { clusters, users } = kubeconfig.parse(parse(readFileSync(path, 'utf8')))
  return { server: clusters[0]?.cluster.server ?? '', token: users[0]?.user.token ?? '' }
}

const call = async (method: string, path: string, body?: object): Promise<unknown> => {
  const { server, token } = access()
  const answer = await fetch(`${server}/api/v1/namespaces/${namespace}/secrets${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const json: unknown = await answer.json()
  if (answer.ok) return json
  throw new HelmError(`query: failed to query with labels: ${statusSchema.parse(json).message}`)
}

interface Revision {
  readonly secret: string
  readonly version: number
  readonly status: string
}

const revisions = async (): Promise<readonly Revision[]> => {
  const selector = encodeURIComponent(`owner=helm,name=${name}`)
  const { items } = secretList.parse(await call('GET', `?labelSelector=${selector}`))
  return items
    .map(({ metadata }) => ({
      secret: metadata.name,
      version: Number(metadata.labels['version'] ?? 0),
      status: metadata.labels['status'] ?? 'unknown',
    }))
    .toSorted((a, b) => a.version - b.version)
}

const write = async (version: number, status: string): Promise<void> => {
  const secret = `sh.helm.release.v1.${name}.v${version}`
  await call('POST', '', {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'helm.sh/release.v1',
    metadata: { name: secret, labels: { owner: 'helm', name, status, version: String(version) } },
    stringData: { release: JSON.stringify({ name, namespace, version }) },
  })
}

const fault = (): z.infer<typeof faultsSchema>['install'] => {
  const path = process.env['HELM_FAULTS']
  return path === undefined ? undefined : faultsSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).install
}

const shown = ({ version, status }: Revision): string =>
  JSON.stringify({ name, info: { status, description: '' }, version, namespace })

const upgrade = async (): Promise<string> => {
  const now = fault()
  const last = (await revisions()).at(-1)
  if (last?.status.startsWith('pending-') === true) {
    throw new HelmError('UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress')
  }
  if (now === 'chart-missing') throw new HelmError(`path "${chart}" not found`)
  const version = (last?.version ?? 0) + 1
  if (now === 'hang') {
    await write(version, 'pending-install')
    await new Promise((resolve) => setTimeout(resolve, 3_600_000))
  }
  if (now === 'not-ready') {
    await write(version, 'failed')
    throw new HelmError(
      `resource Deployment/${namespace}/${name} not ready. status: InProgress, message: Available: 0/1\ncontext deadline exceeded`,
    )
  }
  await write(version, 'deployed')
  return shown({ secret: '', version, status: 'deployed' })
}

const status = async (): Promise<string> => {
  const last = (await revisions()).at(-1)
  if (last === undefined) throw new HelmError('release: not found')
  return shown(last)
}

const uninstall = async (): Promise<string> => {
  const all = await revisions()
  if (all.length === 0 && !options.has('--ignore-not-found')) {
    throw new HelmError(`uninstall: Release not loaded: ${name}: release: not found`)
  }
  for (const { secret } of all) await call('DELETE', `/${secret}`)
  return `release "${name}" uninstalled`
}

const commands: Readonly<Record<string, () => Promise<string>>> = {
  version: async () => 'v4.3',
  upgrade,
  status,
  uninstall,
}

try {
  const run = commands[command]
  if (run === undefined) throw new HelmError(`unknown command "${command}" for "helm"`)
  console.log(await run())
} catch (error) {
  console.error(`Error: ${error instanceof Error ? error.message : 'unknown'}`)
  process.exitCode = 1
}
