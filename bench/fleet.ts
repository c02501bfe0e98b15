import type { IncomingMessage, Server, ServerResponse } from 'node:http'

import { closeServer, createHandlingServer, listen, readBody, sendJson } from '../sandbox/http.ts'

/** A workflow that moves when it is told to: each of its steps goes from pending over running to succeeded. */
export interface Moving {
  readonly cluster: string
  readonly name: string
  readonly uid: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** How many changes there were: two for each step. */
  changes: number
  version: number
  changedAt: number
}

const stepNames = ['create-subaccount', 'register-platform', 'install-proxy']
const phaseOf = (changes: number, step: number): string => {
  const done = changes - 2 * step
  if (done <= 0) return 'Pending'
  return done === 1 ? 'Running' : 'Succeeded'
}
const at = '2026-11-23T19:42:01Z'

const nodesOf = ({ name, changes }: Moving): Record<string, object> => {
  const nodes: Record<string, object> = {}
  const add = (id: string, node: object): void => {
    nodes[id] = {
      id,
      templateScope: `local/${name}`,
      startedAt: at,
      finishedAt: null,
      progress: '0/1',
      ...node,
    }
  }
  add(name, { name, displayName: name, type: 'Steps', phase: 'Running' })
  for (const [index, step] of stepNames.entries()) {
    const phase = phaseOf(changes, index)
    const finishedAt = phase === 'Succeeded' ? at : null
    if (index > 0 && phaseOf(changes, index - 1) !== 'Succeeded') continue
    const base = { phase, finishedAt, boundaryID: name, templateName: step }
    const inputs = { parameters: [{ name: 'run-secret', value: `${name}-run` }] }
    const [group, retry, pod] = [`${name}-1${index}`, `${name}-2${index}`, `${name}-3${index}`]
    add(group, {
      ...base,
      name: `${name}[${index}]`,
      displayName: `[${index}]`,
      type: 'StepGroup',
      children: [retry],
    })
    add(retry, {
      ...base,
      inputs,
      name: `${name}[${index}].${step}`,
      displayName: step,
      type: 'Retry',
      children: [pod],
    })
    add(pod, {
      ...base,
      inputs,
      name: `${name}[${index}].${step}(0)`,
      displayName: `${step}(0)`,
      type: 'Pod',
      nodeFlag: { retried: true },
      hostNodeName: 'node-1',
    })
  }
  return nodes
}

/** A workflow as argo-server shows it, without what the bot leaves out. */
export const objectOf = (workflow: Moving, withNodes = true): object => {
  const { name, uid, labels, annotations, version, changes } = workflow
  const isDone = changes >= 2 * stepNames.length
  return {
    metadata: { name, namespace: 'shared', uid, resourceVersion: String(version), labels, annotations },
    spec: { entrypoint: 'main', arguments: {} },
    status: {
      phase: isDone ? 'Succeeded' : 'Running',
      startedAt: at,
      finishedAt: isDone ? at : null,
      ...(withNodes && { nodes: nodesOf(workflow) }),
    },
  }
}

const frame = (type: string, object: object): string =>
  `data: ${JSON.stringify({ result: { type, object } })} \n\n\n`
const mark = frame('BOOKMARK', { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } })

/** argo-server's own. */
const keepAliveMs = 15_000

/** Many argo-servers in one: the first part of the path is the cluster. It says what real ones say, and no more. */
export class Fleet {
  readonly workflows = new Map<string, Moving>()
  readonly calls = { stream: 0, list: 0, other: 0 }
  readonly #streams = new Map<ServerResponse, string>()
  readonly #server: Server
  readonly #keepAlive = setInterval(() => {
    for (const stream of this.#streams.keys()) stream.write(':\n')
  }, keepAliveMs)
  #version = 1
  url = ''

  constructor() {
    this.#server = createHandlingServer((request, response) => this.#answer(request, response))
  }

  async open(): Promise<void> {
    this.url = await listen(this.#server, 0)
  }

  /** On how many clusters a stream is open that was told its snapshot. */
  get followed(): number {
    return new Set(this.#streams.values()).size
  }

  of(cluster: string): readonly Moving[] {
    return [...this.workflows.values()].filter((workflow) => workflow.cluster === cluster)
  }

  put(workflow: Pick<Moving, 'cluster' | 'name' | 'uid' | 'labels' | 'annotations'>): Moving {
    const moving = { ...workflow, changes: 0, version: this.#next(), changedAt: 0 }
    this.workflows.set(`${workflow.cluster}/${workflow.name}`, moving)
    return moving
  }

  /** Moves a workflow by one change, and tells the streams. */
  change(workflow: Moving): void {
    workflow.changes += 1
    workflow.version = this.#next()
    workflow.changedAt = performance.now()
    this.#tell(workflow, 'MODIFIED')
  }

  close(): Promise<void> {
    clearInterval(this.#keepAlive)
    return closeServer(this.#server)
  }

  #next(): number {
    this.#version += 1
    return this.#version
  }

  #tell(workflow: Moving, type: string): void {
    const text = frame(type, objectOf(workflow))
    for (const [stream, cluster] of this.#streams) if (cluster === workflow.cluster) stream.write(text)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, cluster = '', , , resource, , name] = (request.url ?? '').split('?')[0]?.split('/') ?? []
    if (resource === 'workflow-events') return this.#stream(cluster, response)
    if (request.method === 'GET' && name === undefined) {
      this.calls.list += 1
      const items = this.of(cluster).map((workflow) => objectOf(workflow, false))
      return sendJson(response, 200, { metadata: {}, items })
    }
    this.calls.other += 1
    if (request.method === 'POST') return this.#create(cluster, await readBody(request), response)
    const found = this.workflows.get(`${cluster}/${name ?? ''}`)
    if (found === undefined) return sendJson(response, 404, { code: 5, message: 'not found' })
    return sendJson(response, 200, objectOf(found))
  }

  #stream(cluster: string, response: ServerResponse): void {
    this.calls.stream += 1
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const workflow of this.of(cluster)) response.write(frame('ADDED', objectOf(workflow)))
    response.write(mark, () => this.#streams.set(response, cluster))
    response.on('close', () => this.#streams.delete(response))
  }

  #create(cluster: string, body: string, response: ServerResponse): void {
    const { workflow, serverDryRun } = JSON.parse(body) as {
      serverDryRun?: boolean
      workflow: { metadata: Pick<Moving, 'name' | 'labels' | 'annotations'> }
    }
    const made = { cluster, uid: `uid-${workflow.metadata.name}`, ...workflow.metadata }
    if (serverDryRun === true) {
      return sendJson(response, 200, objectOf({ ...made, changes: 0, version: 1, changedAt: 0 }))
    }
    const moving = this.put(made)
    this.#tell(moving, 'ADDED')
    return sendJson(response, 200, objectOf(moving))
  }
}
