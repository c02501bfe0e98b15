import type { IncomingMessage, Server, ServerResponse } from 'node:http'

import { Agent, type Dispatcher } from 'undici'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { closeServer, createHandlingServer, listen, readBody, sendJson } from '../../sandbox/http.ts'
import { createManualClock, type ManualClock } from '../../sandbox/manual-clock.ts'
import { ArgoClient } from '../../src/argo/client.ts'
import { createDispatcher } from '../../src/argo/dispatcher.ts'
import { Follower } from '../../src/argo/follower.ts'
import { readStream } from '../../src/argo/stream.ts'
import type { Clock } from '../../src/clock.ts'
import { createLog } from '../../src/log.ts'
import { RemoteError } from '../../src/onboarding/ports/remote-error.ts'
import type { WorkflowManifest } from '../../src/onboarding/ports/workflows.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

const now = Date.UTC(2026, 7, 22, 10)
const page = '<html><body><h1>502 Bad Gateway</h1></body></html>'
const manifest: WorkflowManifest = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Workflow',
  metadata: { name: 'x', labels: {}, annotations: {} },
  spec: {},
}

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

interface Options {
  readonly clock?: Clock
  readonly dispatcher?: Dispatcher
  readonly token?: (options: { refused: boolean }) => Promise<string>
}

const serve = async (answer: Answer): Promise<{ url: string; server: Server }> => {
  const server = createHandlingServer(async (request, response) => answer(request, response))
  closing.push(() => closeServer(server))
  return { url: await listen(server, 0), server }
}

const clientFor = async (answer: Answer, options: Options = {}): Promise<ArgoClient> => {
  const { url } = await serve(answer)
  const { clock = createManualClock(now), token = async () => 'TOKEN' } = options
  const dispatcher = options.dispatcher ?? createDispatcher({ isVerified: true })
  closing.unshift(() => dispatcher.destroy())
  return new ArgoClient({ url, namespace: 'shared', token, dispatcher }, clock)
}

/** Waits for what will come, long enough for a busy machine. */
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000 })

const failureOf = async (asked: Promise<unknown>): Promise<RemoteError> => {
  const error = await asked.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (error instanceof RemoteError) return error
  throw new Error('it did not fail as expected', { cause: error })
}

const text =
  (status: number, body: string, headers: Record<string, string> = {}): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'text/html', ...headers })
    response.end(body)
  }

const workflow = (name: string, message: string): unknown => ({
  metadata: { name, uid: 'u1', resourceVersion: '7' },
  spec: {},
  status: { phase: 'Running', message },
})

const withBytes = (response: ServerResponse, type = 'text/event-stream'): ServerResponse =>
  response.writeHead(200, { 'content-type': type })

const frame = (type: string, object: unknown): string =>
  `data: ${JSON.stringify({ result: { type, object } })} \n\n\n`

const errorFrame = (status: number, code: number, message: string): string =>
  `data: {"error":{"grpc_code":${code},"http_code":${status},"message":"${message}","http_status":"x"}} \n\n`

/** What a stream tells, and how it ends. */
const readAll = async (
  client: ArgoClient,
  onEvent: () => void = () => undefined,
): Promise<readonly string[]> => {
  const told: string[] = []
  const signal = AbortSignal.timeout(20_000)
  const options = {
    labelSelector: 'a=b',
    isMarked: true,
    signal,
    now: () => now,
    onOpen: () => told.push('open'),
  }
  try {
    for await (const event of readStream(client, options)) {
      told.push(event.type === 'complete' ? 'complete' : (event.workflow.status.message ?? event.type))
      onEvent()
    }
    told.push('end')
  } catch (error) {
    told.push(error instanceof RemoteError ? error.code : 'thrown')
  }
  return told
}

const calls: Readonly<Record<string, (client: ArgoClient) => Promise<unknown>>> = {
  create: (client) => client.create(manifest),
  get: (client) => client.get('x'),
  list: (client) => client.list('a=b'),
  retry: (client) => client.retry('x'),
  stop: (client) => client.stop('x'),
}

describe('a connection that breaks', () => {
  it('is unreachable when nobody listens', async () => {
    const { url, server } = await serve(() => undefined)
    await closeServer(server)
    closing.pop()
    const dispatcher = createDispatcher({ isVerified: true })
    closing.push(() => dispatcher.destroy())
    const token = async (): Promise<string> => 'TOKEN'
    const client = new ArgoClient({ url, namespace: 'shared', token, dispatcher }, createManualClock(now))
    const error = await failureOf(client.get('x'))
    expect(error).toMatchObject({ code: 'unreachable' })
    expect(error.message).toBe(
      'argo-server cannot be reached: nothing takes connections at its address (ECONNREFUSED)',
    )
  })

  it.each(Object.entries(calls))(
    'before the answer is unreachable for %s, which is sent once',
    async (_, call) => {
      let times = 0
      const client = await clientFor(async (request) => {
        times += 1
        await readBody(request)
        request.socket.resetAndDestroy()
      })
      expect(await failureOf(call(client))).toMatchObject({ code: 'unreachable' })
      // Whether it was carried out is not known: only a look tells, never a second try.
      expect(times).toBe(1)
    },
  )

  it.each(Object.entries(calls))('in the middle of the answer is unreachable for %s', async (_, call) => {
    const whole = JSON.stringify(workflow('x', 'half'))
    const client = await clientFor((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': `${whole.length}` })
      response.write(whole.slice(0, whole.length / 2), () => response.socket?.end())
    })
    expect(await failureOf(call(client))).toMatchObject({ code: 'unreachable' })
  })

  it.each(Object.entries(calls))(
    'behind a proxy that calls half an answer whole is unreachable for %s',
    async (_, call) => {
      const half = JSON.stringify(workflow('x', 'half')).slice(0, 40)
      const client = await clientFor(text(200, half, { 'content-type': 'application/json' }))
      expect(await failureOf(call(client))).toMatchObject({ code: 'unreachable' })
    },
  )
})

describe('a server that hangs', () => {
  it('is given up after ten seconds, before the answer and in the middle of it', async () => {
    const silent = await clientFor(() => undefined)
    const halting = await clientFor((_request, response) => {
      withBytes(response, 'application/json').write('{"metadata":')
    })
    const startedAt = performance.now()
    const errors = await Promise.all([
      failureOf(silent.create(manifest)),
      failureOf(silent.get('x')),
      failureOf(halting.get('x')),
      failureOf(halting.log('x', 'pod')),
    ])
    expect(errors.map(({ code }) => code)).toEqual(Array.from({ length: 4 }, () => 'unreachable'))
    expect(errors[0]?.message).toBe('argo-server cannot be reached: no answer in time')
    expect(performance.now() - startedAt).toBeGreaterThan(9_000)
    expect(performance.now() - startedAt).toBeLessThan(20_000)
  })

  it.each(['before the first byte', 'after it'])(
    'on a stream is unreachable when it gives no sign of life %s',
    async (when) => {
      const dispatcher = new Agent({ headersTimeout: 1_000, bodyTimeout: 1_000 })
      const client = await clientFor(
        (_request, response) => {
          if (when === 'after it') withBytes(response).write(':\n')
        },
        { dispatcher },
      )
      expect(await readAll(client)).toEqual(when === 'after it' ? ['open', 'unreachable'] : ['unreachable'])
    },
  )
})

describe("an answer that is not argo-server's own", () => {
  it.each([
    ['a date, as argo-server sends it', 'Sat, 22 Aug 2026 10:00:03 UTC', 3_000],
    ['a date with GMT', 'Sat, 22 Aug 2026 10:00:03 GMT', 3_000],
    ['seconds, as proxies send it', '7', 7_000],
    ['a date that is over', 'Sat, 22 Aug 2026 09:00:00 UTC', 0],
    ['too long a time', '86400', 60_000],
    ['nothing that can be read', 'soon', undefined],
  ])('tells how long to wait after too many requests: %s', async (_, header, ms) => {
    const headers = { 'content-type': 'text/plain; charset=utf-8', 'retry-after': header }
    const client = await clientFor(text(429, 'Too Many Requests\n', headers))
    const error = await failureOf(client.get('x'))
    expect(error).toMatchObject({ code: 'rate-limited', message: 'argo-server: HTTP 429' })
    expect(error.retryAfterMs).toBe(ms)
  })

  it('tells it by the reset of its limit where it says nothing else, as argo-server does within gRPC', async () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'Sat, 22 Aug 2026 10:00:01 GMT' }
    const client = await clientFor(text(429, '{"code":8,"message":"please retry later"}', headers))
    expect(await failureOf(client.get('x'))).toMatchObject({ code: 'rate-limited', retryAfterMs: 1_000 })
  })

  it('that is too large will be too large again', async () => {
    const message = 'grpc: received message larger than max (104857601 vs. 104857600)'
    const client = await clientFor((_request, response) => {
      sendJson(response, 429, { code: 8, message })
    })
    expect(await failureOf(client.create(manifest))).toMatchObject({ code: 'invalid' })
  })

  it.each([500, 502, 503, 504])(
    'is unavailable for a page with %d, and the page is not told',
    async (status) => {
      const client = await clientFor(text(status, page))
      for (const call of Object.values(calls)) {
        const error = await failureOf(call(client))
        expect(error).toMatchObject({ code: 'unavailable', message: `argo-server: HTTP ${status}` })
      }
    },
  )

  it.each(Object.entries(calls))('is no success of %s for a page with 200', async (_, call) => {
    expect(await failureOf(call(await clientFor(text(200, page))))).toMatchObject({ code: 'not-argo' })
  })

  it.each([301, 302, 400, 403, 405, 501])('is no argo-server for a page with %d', async (status) => {
    const client = await clientFor(text(status, page, { location: '/login' }))
    for (const call of Object.values(calls)) {
      expect(await failureOf(call(client))).toMatchObject({ code: 'not-argo' })
    }
  })

  it.each([
    ['page', text(404, 'default backend - 404', { 'content-type': 'text/plain' })],
    [
      'JSON',
      text(404, '{"message":"no Route matched with those values"}', { 'content-type': 'application/json' }),
    ],
  ])('never says that a workflow is not there: %s of a proxy', async (_, answer) => {
    expect(await failureOf((await clientFor(answer)).get('x'))).toMatchObject({ code: 'not-argo' })
  })

  it('may be other JSON with 200, and is no workflow', async () => {
    const client = await clientFor((_request, response) => {
      sendJson(response, 200, { status: 'ok' })
    })
    for (const call of [calls['create'], calls['get'], calls['retry'], calls['stop']]) {
      expect(await failureOf(call?.(client) ?? Promise.resolve())).toMatchObject({ code: 'not-argo' })
    }
  })
})

describe('a token that is refused', () => {
  const tokens =
    (seen: boolean[]) =>
    async ({ refused }: { refused: boolean }): Promise<string> => {
      seen.push(refused)
      return refused ? 'NEW' : 'OLD'
    }
  const byToken: Answer = (request, response) => {
    if (request.headers.authorization !== 'Bearer NEW') {
      sendJson(response, 401, { code: 16, message: 'Unauthorized' })
    } else if (request.url?.includes('/workflow-events/') === true) {
      withBytes(response).end(frame('ADDED', workflow('x', 'one')))
    } else {
      sendJson(response, 200, workflow('x', 'one'))
    }
  }

  it('is asked for anew once, for a call and for a stream', async () => {
    const seen: boolean[] = []
    const client = await clientFor(byToken, { token: tokens(seen) })
    expect(await client.get('x')).toMatchObject({ metadata: { name: 'x' } })
    expect(await readAll(client)).toEqual(['open', 'one', 'end'])
    expect(seen).toEqual([false, true, false, true])
  })

  it('is told when the new one is refused too', async () => {
    const seen: boolean[] = []
    const client = await clientFor(
      (_request, response) => {
        sendJson(response, 401, { code: 16, message: 'Unauthorized' })
      },
      { token: tokens(seen) },
    )
    expect(await failureOf(client.get('x'))).toMatchObject({ code: 'unauthorized' })
    expect(await readAll(client)).toEqual(['unauthorized'])
    expect(seen).toEqual([false, true, false, true])
  })
})

describe('a stream', () => {
  const umlauts = 'übergröße € 😀'
  const bytes = Buffer.from(frame('ADDED', workflow('x', umlauts)))

  // Every place from the first byte of the text to its last, so also inside each character of two, three and four.
  const first = bytes.indexOf('ü')
  const cuts = Array.from({ length: Buffer.byteLength(umlauts) + 1 }, (_, index) => first + index)

  it.each(cuts)('is read whole when a frame is cut at byte %d', async (cut) => {
    const firstHalfRead = Promise.withResolvers<void>()
    const client = await clientFor(async (_request, response) => {
      withBytes(response).write(
        Buffer.concat([Buffer.from(frame('ADDED', workflow('x', 'one'))), bytes.subarray(0, cut)]),
      )
      // The event before the cut is told: what stands before the cut is read, and the rest is not yet sent.
      await firstHalfRead.promise
      response.end(bytes.subarray(cut))
    })
    expect(await readAll(client, firstHalfRead.resolve)).toEqual(['open', 'one', umlauts, 'end'])
  })

  it('is read whole when every byte comes alone', async () => {
    const client = await clientFor(async (_request, response) => {
      withBytes(response)
      for (const byte of bytes) {
        await new Promise((resolve) => response.write(Buffer.of(byte), resolve))
      }
      response.end()
    })
    expect(await readAll(client)).toEqual(['open', umlauts, 'end'])
  })

  it.each([
    ['reset', 'unreachable', (response: ServerResponse) => response.socket?.resetAndDestroy()],
    ['ended', 'end', (response: ServerResponse) => response.end()],
  ])('that is %s inside a frame tells what was whole', async (_, end, finish) => {
    const firstRead = Promise.withResolvers<void>()
    const client = await clientFor(async (_request, response) => {
      withBytes(response).write(frame('ADDED', workflow('x', 'one')))
      await firstRead.promise
      await new Promise((resolve) => response.write(bytes.subarray(0, 60), resolve))
      finish(response)
    })
    expect(await readAll(client, firstRead.resolve)).toEqual(['open', 'one', end])
  })

  it('goes on after frames that it does not know', async () => {
    const client = await clientFor((_request, response) => {
      withBytes(response).end(
        `:\n: comment\nevent: x\ndata: not json\n\n${frame('LATER', workflow('x', 'no'))}${frame('ADDED', { metadata: {} })}${frame('ADDED', workflow('x', 'one'))}`,
      )
    })
    expect(await readAll(client)).toEqual(['open', 'one', 'end'])
  })

  it.each([
    ['the end of the watch beneath', errorFrame(429, 8, 'EOF'), 'end'],
    ['an error that a field filter has emptied', 'data: {} \n\n', 'end'],
    ['a version too old', errorFrame(400, 3, 'too old resource version: 1 (368)'), 'invalid'],
    ['a right taken away', errorFrame(403, 7, 'forbidden'), 'forbidden'],
    ['too many requests', errorFrame(429, 8, 'please retry later.'), 'rate-limited'],
    ['trouble of the server', errorFrame(500, 13, 'runtime error'), 'unavailable'],
  ])('ends with what an error in it means: %s', async (_, error, end) => {
    const client = await clientFor((_request, response) => {
      // Left open: the error is the end, whatever the connection does.
      withBytes(response).write(`${frame('ADDED', workflow('x', 'one'))}${error}`)
    })
    expect(await readAll(client)).toEqual(['open', 'one', end])
  })

  it.each([
    ['a page with 200', text(200, page), 'not-argo'],
    ['lines of JSON', text(200, '{}', { 'content-type': 'application/json' }), 'not-argo'],
    ['a page with 404', text(404, page), 'not-argo'],
    ['a page with 502', text(502, page), 'unavailable'],
    ['too many requests as text', text(429, 'Too Many Requests\n'), 'rate-limited'],
  ])('is never opened by %s', async (_, answer, end) => {
    expect(await readAll(await clientFor(answer))).toEqual([end])
  })

  it('is one whatever its type says of characters', async () => {
    const client = await clientFor((_request, response) => {
      withBytes(response, 'text/event-stream; charset=utf-8').end(frame('ADDED', workflow('x', 'one')))
    })
    expect(await readAll(client)).toEqual(['open', 'one', 'end'])
  })
})

describe('following', () => {
  interface Following {
    readonly clock: ManualClock
    readonly follower: Follower
    /** What the listener was told, in order. */
    readonly told: string[]
    /** What was asked for: `stream`, `list` or the name of a workflow. */
    readonly asked: string[]
  }

  const askedFor = (url = ''): string => {
    if (url.includes('/workflow-events/')) return 'stream'
    return /workflows\/shared\/(\w+)/.exec(url)?.[1] ?? 'list'
  }

  const followed = async (answer: Answer): Promise<Following> => {
    const clock = createManualClock(now)
    const told: string[] = []
    const asked: string[] = []
    const client = await clientFor(
      (request, response) => {
        asked.push(askedFor(request.url))
        return answer(request, response)
      },
      { clock },
    )
    const follower = new Follower({
      cluster: 'demo',
      client,
      labelSelector: 'a=b',
      clock,
      log: createLog('silent'),
      random: () => 0.5,
      unfollowed: ({ name, resubmittedFrom }) =>
        told.push(
          resubmittedFrom === undefined
            ? `${name} is not followed`
            : `${name} is a copy of ${resubmittedFrom}`,
        ),
    })
    closing.unshift(async () => {
      follower.close()
    })
    follower.follow(
      { name: 'x', uid: 'u1' },
      {
        seen: ({ message }) => told.push(message ?? 'seen'),
        gone: (name) => told.push(`${name} is gone`),
        unseen: ({ message }) => told.push(message),
      },
    )
    return { clock, follower, told, asked }
  }

  /** Answers the stream so, and everything else as if there were nothing. */
  const streaming =
    (answer: (response: ServerResponse, request: IncomingMessage) => void): Answer =>
    (request, response) => {
      const what = askedFor(request.url)
      if (what === 'stream') answer(response, request)
      else if (what === 'list') sendJson(response, 200, { metadata: {}, items: null })
      else sendJson(response, 404, { code: 5, message: `workflows.argoproj.io "${what}" not found` })
    }

  const streams = (asked: readonly string[]): number => asked.filter((what) => what === 'stream').length
  const mark = frame('BOOKMARK', { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } })

  it.each([
    ['ends', (response: ServerResponse) => withBytes(response).end('data: {} \n\n')],
    [
      'opens and breaks',
      (response: ServerResponse) =>
        withBytes(response).write(':\n', () => response.socket?.resetAndDestroy()),
    ],
    ['is refused', (response: ServerResponse) => sendJson(response, 403, { code: 7, message: 'no' })],
  ])('waits longer and longer for a stream that %s at once', async (_, answer) => {
    const { clock, asked } = await followed(streaming(answer))
    // Half of each wait is chance; here chance is always in the middle.
    for (const [index, wait] of [375, 750, 1_500, 3_000, 6_000].entries()) {
      await until(() => expect(clock.times()).toContain(clock.now() + wait))
      expect(streams(asked)).toBe(index + 1)
      clock.advance(wait)
    }
  })

  it('opens a stream that held for a while again at once, and the waits begin anew', async () => {
    const open: ServerResponse[] = []
    const { clock, asked } = await followed(
      streaming((response) => {
        withBytes(response).write(mark)
        open.push(response)
      }),
    )
    for (const count of [1, 2]) {
      await until(() => expect(asked.filter((what) => what === 'x')).toHaveLength(2 * count - 1))
      clock.advance(5_000)
      open.at(-1)?.end(`data: {"error":{"grpc_code":8,"http_code":429,"message":"EOF"}} \n\n`)
      await until(() => expect(streams(asked)).toBe(count + 1))
    }
  })

  it('waits as long as the server asks', async () => {
    const { clock, asked } = await followed(
      streaming((response) => {
        response.writeHead(429, {
          'content-type': 'text/plain',
          'retry-after': 'Sat, 22 Aug 2026 10:00:20 UTC',
        })
        response.end('Too Many Requests\n')
      }),
    )
    await until(() => expect(clock.times()).toContain(now + 20_000))
    expect(streams(asked)).toBe(1)
  })

  it('looks up what the snapshot did not tell, and only that, as soon as the mark says that it is complete', async () => {
    const other = workflow('other', 'not followed')
    const missing = await followed(
      streaming((response) => withBytes(response).write(`${frame('ADDED', other)}${mark}`)),
    )
    await until(() => expect(missing.asked).toEqual(['stream', 'x']))
    const there = await followed(
      streaming((response) => withBytes(response).write(`${frame('ADDED', workflow('x', 'one'))}${mark}`)),
    )
    await until(() => expect(there.told).toEqual(['one']))
    there.clock.advance(10_000)
    expect(there.asked).toEqual(['stream'])
  })

  it('takes a snapshot for complete after a silence where the server drops the wish for a mark', async () => {
    const { clock, asked } = await followed(streaming((response) => withBytes(response).write(':\n')))
    await until(() => expect(clock.times()).toContain(now + 3_000))
    expect(asked).toEqual(['stream'])
    clock.advance(3_000)
    await until(() => expect(asked).toEqual(['stream', 'x']))
  })

  it('goes on without the mark where the server refuses it', async () => {
    const marks: boolean[] = []
    const { clock, told } = await followed(
      streaming((response, request) => {
        const isMarked = request.url?.includes('sendInitialEvents') === true
        marks.push(isMarked)
        if (isMarked)
          sendJson(response, 400, { code: 3, message: 'sendInitialEvents is forbidden for watch' })
        else withBytes(response).write(frame('ADDED', workflow('x', 'one')))
      }),
    )
    await until(() => expect(clock.times()).toContain(clock.now() + 375))
    clock.advance(375)
    await until(() => expect(told).toContain('one'))
    expect(marks).toEqual([true, false])
  })

  it('begins with a new snapshot, and its mark, after a version that is too old', async () => {
    const marks: boolean[] = []
    const tooOld = errorFrame(400, 3, 'too old resource version: 1 (368)')
    const { clock, asked } = await followed(
      streaming((response, request) => {
        marks.push(request.url?.includes('sendInitialEvents') === true)
        withBytes(response).write(marks.length === 1 ? tooOld : mark)
      }),
    )
    await until(() => expect(clock.times()).toContain(clock.now() + 375))
    clock.advance(375)
    await until(() => expect(asked).toEqual(['stream', 'stream', 'x']))
    expect(marks).toEqual([true, true])
  })

  it('calls a workflow gone when argo-server says so twice', async () => {
    const { clock, told, asked } = await followed(streaming((response) => withBytes(response).write(mark)))
    await until(() => expect(clock.times()).toContain(now + 2_000))
    expect(told).toEqual([])
    clock.advance(2_000)
    await until(() => expect(told).toEqual(['x is gone']))
    expect(asked).toEqual(['stream', 'x', 'x'])
  })

  it('calls a workflow gone whose name another one has by now', async () => {
    const another = { metadata: { name: 'x', uid: 'u2', resourceVersion: '9' }, spec: {}, status: {} }
    const { clock, told } = await followed((request, response) => {
      if (askedFor(request.url) === 'stream') withBytes(response).write(`${frame('ADDED', another)}${mark}`)
      else sendJson(response, 200, another)
    })
    await until(() => expect(clock.times()).toContain(now + 2_000))
    clock.advance(2_000)
    await until(() => expect(told).toEqual(['x is not followed', 'x is gone']))
  })

  it('calls a workflow gone that was deleted while the stream was broken', async () => {
    let streamed = 0
    const { clock, told, asked } = await followed(
      streaming((response) => {
        streamed += 1
        withBytes(response)
        if (streamed > 1) response.write(mark)
        else
          response.write(`${frame('ADDED', workflow('x', 'one'))}${mark}`, () =>
            response.socket?.resetAndDestroy(),
          )
      }),
    )
    await until(() => expect(clock.times()).toContain(clock.now() + 375))
    clock.advance(375)
    // Long before the next list.
    await until(() => expect(clock.times()).toContain(clock.now() + 2_000))
    clock.advance(2_000)
    await until(() => expect(told).toEqual(['one', 'x is gone']))
    expect(asked).not.toContain('list')
  })

  it('asks once more with the next list for a workflow that could not be looked up', async () => {
    let isBroken = true
    const { clock, told } = await followed((request, response) => {
      const what = askedFor(request.url)
      if (what === 'stream') withBytes(response).write(mark)
      else if (what === 'list') sendJson(response, 200, { metadata: {}, items: null })
      else if (isBroken) {
        isBroken = false
        sendJson(response, 503, { code: 14, message: 'try later' })
      } else sendJson(response, 404, { code: 5, message: 'workflows.argoproj.io "x" not found' })
    })
    await until(() => expect(isBroken).toBe(false))
    clock.advance(60_000)
    await until(() => expect(clock.times()).toContain(clock.now() + 2_000))
    clock.advance(2_000)
    await until(() => expect(told).toEqual(['x is gone']))
  })

  it('tells nobody of a workflow of another uid, be it followed by the same name', async () => {
    const of = (uid: string, message: string): object => ({
      ...(workflow('x', message) as object),
      metadata: { name: 'x', uid, resourceVersion: uid },
      status: { message },
    })
    const { follower, told } = await followed((request, response) => {
      if (askedFor(request.url) === 'stream')
        withBytes(response).write(`${frame('ADDED', of('u1', 'the first'))}${mark}`)
      else sendJson(response, 200, of('u2', 'the second'))
    })
    await until(() => expect(told).toEqual(['the first']))
    const seen: string[] = []
    follower.follow(
      { name: 'x', uid: 'u2' },
      { seen: ({ message }) => seen.push(message ?? ''), gone: () => undefined, unseen: () => undefined },
    )
    await until(() => expect(seen).toEqual(['the second']))
    expect(told).toEqual(['the first'])
  })

  it('calls nothing gone because a proxy has lost its way', async () => {
    const { clock, told, asked } = await followed((_request, response) => {
      response.writeHead(404, { 'content-type': 'text/plain' })
      response.end('default backend - 404')
    })
    for (const wait of [375, 750, 1_500]) {
      await until(() => expect(clock.times()).toContain(clock.now() + wait))
      clock.advance(wait)
    }
    await until(() => expect(asked.filter((what) => what === 'list')).toHaveLength(1))
    expect(told).toEqual([])
  })

  it('takes the outcome from an ended workflow that is deleted, and looks for one that had not ended', async () => {
    const ended = {
      ...(workflow('x', 'all done') as object),
      status: { phase: 'Succeeded', message: 'all done' },
    }
    const first = await followed(
      streaming((response) =>
        withBytes(response).write(`${frame('ADDED', workflow('x', 'one'))}${mark}${frame('DELETED', ended)}`),
      ),
    )
    await until(() => expect(first.told).toEqual(['one', 'all done']))
    expect(first.asked).toEqual(['stream'])
    const second = await followed(
      streaming((response) =>
        withBytes(response).write(
          `${frame('ADDED', workflow('x', 'one'))}${mark}${frame('DELETED', workflow('x', 'one'))}`,
        ),
      ),
    )
    await until(() => expect(second.clock.times()).toContain(now + 2_000))
    second.clock.advance(2_000)
    await until(() => expect(second.told).toEqual(['one', 'x is gone']))
  })

  it('lists once a minute while something is followed, and looks up only what differs', async () => {
    let version = '7'
    const { clock, told, asked, follower } = await followed((request, response) => {
      const what = askedFor(request.url)
      const one = { metadata: { name: 'x', uid: 'u1', resourceVersion: version }, spec: {}, status: {} }
      if (what === 'stream') withBytes(response).write(`${frame('ADDED', workflow('x', 'one'))}${mark}`)
      else if (what === 'list') sendJson(response, 200, { metadata: {}, items: [one] })
      else sendJson(response, 200, { ...one, status: { message: `version ${version}` } })
    })
    await until(() => expect(told).toEqual(['one']))
    clock.advance(60_000)
    await until(() => expect(asked).toEqual(['stream', 'list']))
    version = '8'
    clock.advance(60_000)
    await until(() => expect(told).toEqual(['one', 'version 8']))
    expect(asked).toEqual(['stream', 'list', 'list', 'x'])
    const other = follower.follow(
      { name: 'y', uid: 'u9' },
      { seen: () => undefined, gone: () => undefined, unseen: () => undefined },
    )
    other.end()
    clock.advance(60_000)
    await until(() => expect(asked.filter((what) => what === 'list')).toHaveLength(3))
  })

  it('says so when a right was taken away in the middle and is not given back', async () => {
    const message = 'workflows.argoproj.io is forbidden: User cannot watch'
    let isRevoked = false
    const { clock, told } = await followed(
      streaming((response) => {
        if (isRevoked) return sendJson(response, 403, { error: { grpc_code: 7, http_code: 403, message } })
        isRevoked = true
        const revoked = `data: {"error":{"grpc_code":7,"http_code":403,"message":"${message}"}} \n\n`
        return withBytes(response).write(`${frame('ADDED', workflow('x', 'one'))}${mark}${revoked}`)
      }),
    )
    for (const wait of [375, 750, 1_500, 3_000]) {
      await until(() => expect(clock.times()).toContain(clock.now() + wait))
      clock.advance(wait)
    }
    await until(() => expect(told).toContain(`argo-server: ${message}`))
  })

  it('tells of the copy that a person made of a workflow, and never takes it for one of ours', async () => {
    const copy = {
      metadata: {
        name: 'x-7f2p9',
        uid: 'u3',
        labels: { 'workflows.argoproj.io/resubmitted-from-workflow': 'x' },
      },
      spec: {},
      status: {},
    }
    const { told } = await followed(
      streaming((response) =>
        withBytes(response).write(`${frame('ADDED', workflow('x', 'one'))}${frame('ADDED', copy)}${mark}`),
      ),
    )
    await until(() => expect(told).toEqual(['one', 'x-7f2p9 is a copy of x']))
  })
})
