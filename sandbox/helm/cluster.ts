import { readFileSync } from 'node:fs'

import { load } from 'js-yaml'
import { z } from 'zod'

import type { Arguments } from './arguments.ts'
import { type Dialect, HelmError } from './dialect.ts'

const kubeconfig = z.object({
  clusters: z.array(z.object({ cluster: z.object({ server: z.string() }) })).min(1),
  users: z.array(z.object({ user: z.object({ token: z.string() }) })).min(1),
})
const statusSchema = z.object({ message: z.string() })

/** Kubernetes refuses; helm puts its own words before the message. */
export class ClusterRefusal extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

export interface Cluster {
  readonly call: (method: string, path: string, body?: object) => Promise<unknown>
}

/** The cluster that the kubeconfig names; throws HelmError where helm would not reach it. */
export const reachCluster = async ({ options }: Arguments, dialect: Dialect): Promise<Cluster> => {
  const path = options.get('--kubeconfig') ?? process.env['KUBECONFIG'] ?? ''
  const { clusters, users } = kubeconfig.parse(load(readFileSync(path, 'utf8')))
  const server = options.get('--kube-apiserver') ?? clusters[0]?.cluster.server ?? ''
  const token = options.get('--kube-token') ?? users[0]?.user.token ?? ''
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const version = await fetch(`${server}/version`, { headers }).catch(() => undefined)
  if (version === undefined) {
    const { host } = new URL(server)
    throw new HelmError(
      `${dialect.unreachable}: Get "${server}/version": dial tcp ${host}: connect: connection refused`,
    )
  }
  if (version.status === 401) {
    throw new HelmError(`${dialect.unreachable}: the server has asked for the client to provide credentials`)
  }
  return {
    call: async (method, at, body) => {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) }
      const answer = await fetch(`${server}${at}`, { method, headers, ...sent })
      const json: unknown = await answer.json()
      if (answer.ok) return json
      throw new ClusterRefusal(answer.status, statusSchema.parse(json).message)
    },
  }
}
