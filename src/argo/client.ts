import { request } from 'undici'
import type { z } from 'zod'

import type { Clock } from '../clock.ts'
import { retryAfterMs } from '../network/retry-after.ts'
import { RemoteError } from '../onboarding/ports/remote-error.ts'
import type { WorkflowManifest, WorkflowState } from '../onboarding/ports/workflows.ts'
import type { ArgoEndpoint } from './endpoint.ts'
import { errorOf, unreachable } from './errors.ts'
import {
  type ArgoWorkflow,
  infoSchema,
  listSchema,
  logLineSchema,
  versionSchema,
  workflowSchema,
} from './schemas.ts'
import { stateOf } from './steps.ts'

/** A call that is not answered by then counts as unanswered, unless the endpoint says otherwise (milliseconds). */
const usualCallMs = 10_000
/** What nobody reads is not fetched. */
const light = 'fields=-spec.templates,spec.arguments,metadata.managedFields,status.storedTemplates'
const logTail = 100

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly body?: unknown
  readonly accept?: string
}

export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** The value of a header, the first where there are several. */
const header = (headers: Record<string, string | string[] | undefined>, name: string): string | undefined => {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

const json = <T>(answer: Answer, schema: z.ZodType<T>): T => {
  // A wrong address often leads to a page, and with status 200.
  if (!answer.type.startsWith('application/json')) {
    throw new RemoteError('argo-server: the answer is a page and not JSON', { code: 'not-argo' })
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(answer.body)
  } catch (error) {
    throw new RemoteError('argo-server: the answer is cut off', { code: 'unreachable', cause: error })
  }
  const result = schema.safeParse(parsed)
  if (result.success) return result.data
  throw new RemoteError('argo-server: the answer is no workflow', { code: 'not-argo', cause: result.error })
}

// The executor writes into the step's log too (argo=true), and last what its command ended with.
const isExecutors = (line: string): boolean =>
  /^time="?\S+.*\bargo=true\b/.test(line) || /^Error: exit status \d+$/.test(line)

/** The calls to one argo-server that the bot makes. Every method throws RemoteError. */
export class ArgoClient {
  readonly endpoint: ArgoEndpoint
  readonly #clock: Clock

  constructor(endpoint: ArgoEndpoint, clock: Clock) {
    this.endpoint = endpoint
    this.#clock = clock
  }

  async create(manifest: WorkflowManifest): Promise<WorkflowState> {
    const answer = await this.#call({ method: 'POST', path: this.#path(), body: { workflow: manifest } })
    return stateOf(json(answer, workflowSchema))
  }

  /** A create that leaves nothing behind; it looks at no ServiceAccount, image or Secret. */
  async check(manifest: WorkflowManifest): Promise<void> {
    const body = { workflow: manifest, serverDryRun: true }
    json(await this.#call({ method: 'POST', path: this.#path(), body }), workflowSchema)
  }

  /** Such as v4.1.2. argo-server tells it to everybody with a token, good or not. */
  async version(): Promise<string> {
    return json(await this.#call({ method: 'GET', path: '/api/v1/version' }), versionSchema).version
  }

  /** The one namespace that this Argo looks after; undefined when it looks after all. */
  async managedNamespace(): Promise<string | undefined> {
    return json(await this.#call({ method: 'GET', path: '/api/v1/info' }), infoSchema).managedNamespace
  }

  /** Undefined when there is none of that name, or (with a uid) when it is another one than that. */
  async get(name: string, uid?: string): Promise<ArgoWorkflow | undefined> {
    try {
      const answer = await this.#call({ method: 'GET', path: `${this.#path(name)}?${light}` })
      const found = json(answer, workflowSchema)
      // Compared here: argo-server answers 500 to a uid that is another one.
      return uid === undefined || found.metadata.uid === uid ? found : undefined
    } catch (error) {
      if (error instanceof RemoteError && error.code === 'not-found') return undefined
      throw error
    }
  }

  /** What carries the label. The list may be older than what a stream told already. */
  async list(labelSelector: string): Promise<readonly ArgoWorkflow[]> {
    const fields = 'fields=-items.spec,items.metadata.managedFields,items.status.nodes'
    const path = `${this.#path()}?listOptions.labelSelector=${encodeURIComponent(labelSelector)}&${fields}`
    return json(await this.#call({ method: 'GET', path }), listSchema).items ?? []
  }

  async retry(name: string): Promise<void> {
    await this.#act(name, 'retry')
  }

  async stop(name: string): Promise<void> {
    await this.#act(name, 'stop')
  }

  /** The last lines of a pod's main container; empty when the pod is gone. */
  async log(name: string, podName: string): Promise<readonly string[]> {
    // Without the container the answer is empty, or argo-server dies (argo-workflows#13585).
    const query = `podName=${encodeURIComponent(podName)}&logOptions.container=main&logOptions.tailLines=${logTail}`
    const { body } = await this.#call({ method: 'GET', path: `${this.#path(name)}/log?${query}` })
    return body
      .split('\n')
      .flatMap((line) => {
        const parsed = logLineSchema.safeParse(parseLine(line))
        return parsed.success ? [parsed.data.result.content] : []
      })
      .filter((line) => !isExecutors(line))
  }

  /** Headers for a call of one's own, such as the stream. */
  async headers(accept: string, refused = false): Promise<Record<string, string>> {
    return { authorization: `Bearer ${await this.endpoint.token({ refused })}`, accept }
  }

  // Only the workflow in the answer says that it was done: a page with status 200 comes from somebody else.
  async #act(name: string, verb: 'retry' | 'stop'): Promise<void> {
    json(await this.#call({ method: 'PUT', path: `${this.#path(name)}/${verb}`, body: {} }), workflowSchema)
  }

  #path(name?: string): string {
    const base = `/api/v1/workflows/${encodeURIComponent(this.endpoint.namespace)}`
    return name === undefined ? base : `${base}/${encodeURIComponent(name)}`
  }

  async #call(call: Call): Promise<Answer> {
    const first = await this.#send(call, false)
    // A token may have ended before its time: a new one is tried once.
    const answer = first.status === 401 ? await this.#send(call, true) : first
    if (answer.status === 200) return answer
    throw errorOf(answer, this.endpoint)
  }

  async #send(call: Call, refused: boolean): Promise<Answer & { waitMs: number | undefined }> {
    const { url, dispatcher, callMs = usualCallMs } = this.endpoint
    const { method, path, body, accept = 'application/json' } = call
    const headers = await this.headers(accept, refused)
    try {
      const answer = await request(`${url.replace(/\/$/, '')}${path}`, {
        method,
        dispatcher,
        headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(callMs),
      })
      return {
        status: answer.statusCode,
        type: header(answer.headers, 'content-type') ?? '',
        body: await answer.body.text(),
        waitMs: retryAfterMs(answer.headers, this.#clock.now()),
      }
    } catch (error) {
      throw unreachable(error, this.endpoint)
    }
  }
}

const parseLine = (line: string): unknown => {
  try {
    // As lines of JSON, or framed as events: argo-server gives either.
    return JSON.parse(line.startsWith('data: ') ? line.slice('data: '.length) : line)
  } catch {
    // Blank lines and what is cut off carry nothing.
    return undefined
  }
}
