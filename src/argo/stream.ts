import { type Dispatcher, request } from 'undici'

import { retryAfterMs } from '../network/retry-after.ts'
import { RemoteError } from '../onboarding/ports/remote-error.ts'
import type { ArgoClient } from './client.ts'
import { errorOf, unreachable } from './errors.ts'
import { type ArgoWorkflow, frameSchema } from './schemas.ts'
import { readFrames } from './sse.ts'

export type StreamEvent =
  | { readonly type: 'is'; readonly workflow: ArgoWorkflow }
  | { readonly type: 'deleted'; readonly workflow: ArgoWorkflow }
  /** Everything that was there when the stream began has been told. */
  | { readonly type: 'complete' }

interface Options {
  readonly labelSelector: string
  /** Ask for the mark that tells the end of the snapshot. */
  readonly isMarked: boolean
  readonly signal: AbortSignal
  readonly now: () => number
  /** Called once the server has answered. */
  readonly onOpen: () => void
  /** Called for all that comes, also for what only says that the server lives. */
  readonly onSign?: () => void
}

/** What nobody reads is not sent. */
const unread = `-${['spec.templates', 'spec.arguments', 'metadata.managedFields', 'status.storedTemplates']
  .map((path) => `result.object.${path}`)
  .join()}`

const endOfSnapshot = 'k8s.io/initial-events-end'

const pathOf = (namespace: string, { labelSelector, isMarked }: Options): string => {
  const query = new URLSearchParams({
    'listOptions.labelSelector': labelSelector,
    fields: unread,
    ...(isMarked && {
      'listOptions.sendInitialEvents': 'true',
      'listOptions.resourceVersionMatch': 'NotOlderThan',
      'listOptions.allowWatchBookmarks': 'true',
    }),
  })
  return `/api/v1/workflow-events/${encodeURIComponent(namespace)}?${query.toString()}`
}

// The Kubernetes watch below ends every half hour or so; argo-server calls that 429 EOF.
const isNormalEnd = (status: number, message: string): boolean => status === 429 && message.endsWith('EOF')

const parsed = (frame: string): unknown => {
  try {
    return JSON.parse(frame)
  } catch {
    // A frame that is cut off says nothing; what it was about comes with the next snapshot.
    return undefined
  }
}

/** What one frame says; undefined when the stream has come to its normal end. Throws RemoteError. */
const eventOf = (frame: string): StreamEvent | 'nothing' | undefined => {
  const { data } = frameSchema.safeParse(parsed(frame))
  // An error whose text was filtered away arrives as {}.
  if (data === undefined) return frame.trim() === '{}' ? undefined : 'nothing'
  if ('error' in data) {
    const { http_code: status, message } = data.error
    if (isNormalEnd(status, message)) return undefined
    throw errorOf({ status, body: frame, waitMs: undefined }, {})
  }
  const { type, object } = data.result
  if (type === 'BOOKMARK') {
    return object.metadata?.annotations?.[endOfSnapshot] === 'true' ? { type: 'complete' } : 'nothing'
  }
  return { type: type === 'DELETED' ? 'deleted' : 'is', workflow: object }
}

const open = async (client: ArgoClient, options: Options): Promise<Dispatcher.ResponseData> => {
  const { url, namespace, dispatcher } = client.endpoint
  const ask = async (refused: boolean): Promise<Dispatcher.ResponseData> =>
    request(`${url.replace(/\/$/, '')}${pathOf(namespace, options)}`, {
      dispatcher,
      headers: await client.headers('text/event-stream', refused),
      signal: options.signal,
    })
  const first = await ask(false)
  if (first.statusCode !== 401) return first
  // A token may have ended before its time: a new one is tried once.
  await first.body.dump()
  return ask(true)
}

const watched = async function* (
  chunks: AsyncIterable<Uint8Array>,
  onSign: () => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    onSign()
    yield chunk
  }
}

/**
 * One connection of the event stream: first what is there, then every change. Ends when the server ends it;
 * throws RemoteError when it breaks or is refused.
 */
export const readStream = async function* (
  client: ArgoClient,
  options: Options,
): AsyncGenerator<StreamEvent> {
  try {
    const { statusCode: status, headers, body } = await open(client, options)
    if (status !== 200) {
      const answer = { status, body: await body.text(), waitMs: retryAfterMs(headers, options.now()) }
      const error = errorOf(answer, client.endpoint)
      if (isNormalEnd(status, error.message)) return
      throw error
    }
    if (!String(headers['content-type']).startsWith('text/event-stream')) {
      await body.dump()
      throw new RemoteError('argo-server: the answer is no event stream', { code: 'not-argo' })
    }
    options.onOpen()
    for await (const frame of readFrames(watched(body, options.onSign))) {
      const event = eventOf(frame)
      if (event === undefined) return
      if (event !== 'nothing') yield event
    }
  } catch (error) {
    throw unreachable(error, client.endpoint)
  }
}
