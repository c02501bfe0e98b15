import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

import { load } from 'js-yaml'
import { z } from 'zod'

import type { Arguments } from './arguments.ts'
import { type Cluster, ClusterRefusal } from './cluster.ts'
import { HelmError } from './dialect.ts'
import type { Release } from './releases.ts'
import { findRepository } from './repositories.ts'

const chartFile = z.object({
  name: z.string(),
  version: z.string(),
  appVersion: z.coerce.string().default(''),
})

/** Finds a chart as helm does: a path, or a name in a repository. Only repositories on loopback are asked. */
export const findChart = async (chart: string, { options }: Arguments): Promise<Release['chart']> => {
  if (existsSync(join(chart, 'Chart.yaml'))) {
    return { metadata: chartFile.parse(load(readFileSync(join(chart, 'Chart.yaml'), 'utf8'))) }
  }
  if (/^[./]/.test(chart)) throw new HelmError(`path "${chart}" not found`)
  const repository = options.get('--repo')
  if (repository !== undefined && new URL(repository).hostname === '127.0.0.1') {
    const index = `${repository}/index.yaml`
    await fetch(index).catch(() => {
      throw new HelmError(
        `looks like "${repository}" is not a valid chart repository or cannot be reached: Get "${index}": dial tcp ${new URL(index).host}: connect: connection refused`,
      )
    })
  }
  const [known, name] = chart.split('/')
  if (
    repository === undefined &&
    !chart.includes(':') &&
    name !== undefined &&
    findRepository(known ?? '') === undefined
  )
    throw new HelmError(`repo ${known} not found`)
  const version = options.get('--version') ?? '0.1.0'
  return { metadata: { name: basename(chart), version, appVersion: version } }
}

/** The values of the command line: files first, then `--set`. */
export const readValues = ({ files, sets }: Arguments): Record<string, unknown> => {
  const values: Record<string, unknown> = {}
  for (const file of files) {
    if (!existsSync(file)) throw new HelmError(`open ${file}: no such file or directory`)
    Object.assign(values, z.record(z.string(), z.unknown()).parse(load(readFileSync(file, 'utf8'))))
  }
  for (const set of sets) {
    const [, key = '', value = ''] = /^([^=]*)=(.*)$/.exec(set) ?? []
    values[key] = value
  }
  return values
}

/** What the chart would make; values stand in it as clear text, as in helm's own output. */
export const manifestOf = ({ name, config, chart }: Release): string =>
  [
    '---',
    `# Source: ${chart.metadata.name}/templates/all.yaml`,
    'apiVersion: v1',
    'kind: Secret',
    `metadata: {name: ${name}-credentials}`,
    `stringData: ${JSON.stringify({ values: JSON.stringify(config) })}`,
    '',
  ].join('\n')

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const operatorKinds = ['serviceinstances', 'servicebindings'].map((kind) => `${kind}.services.cloud.sap.com`)

/** The one thing that an installation leaves beside its release: the operator's custom resource definitions. */
export const applyChart = async (cluster: Cluster, { name, namespace, chart }: Release): Promise<void> => {
  if (chart.metadata.name !== 'sap-btp-operator') return
  const annotations = { 'meta.helm.sh/release-name': name, 'meta.helm.sh/release-namespace': namespace }
  for (const kind of operatorKinds) {
    const body = { metadata: { name: kind, annotations } }
    await cluster.call('POST', definitions, body).catch((error: unknown) => {
      if (!(error instanceof ClusterRefusal) || error.code !== 409) throw error
    })
  }
}

export const removeChart = async (cluster: Cluster, { chart }: Release): Promise<void> => {
  if (chart.metadata.name !== 'sap-btp-operator') return
  for (const kind of operatorKinds) {
    await cluster.call('DELETE', `${definitions}/${kind}`).catch((error: unknown) => {
      if (!(error instanceof ClusterRefusal) || error.code !== 404) throw error
    })
  }
}
