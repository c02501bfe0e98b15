import type { IncomingMessage, Server, ServerResponse } from 'node:http'

import { Agent, type Dispatcher } from 'undici'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { closeServer, createHandlingServer, listen, readBody, sendJson } from '../../sandbox/http.ts'
import { createManualClock } from '../../sandbox/manual-clock.ts'
import { ArgoClient } from '../../src/argo/client.ts'
import { createDispatcher } from '../../src/argo/dispatcher.ts'
import { Follower } from '../../src/argo/follower.ts'
import { readStream } from '../../src/argo/stream.ts'
import type { Clock } from '../../src/clock.ts'
import { createLog } from '../../src/log.ts'
import { RemoteError, type WorkflowManifest } from '../../src/onboarding/ports.ts'

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
    expect(error.message).toBe('argo-server cannot be reached: ECONNREFUSED')
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
    expect(errors[0]?.message).toBe('argo-server cannot be reached: TimeoutError')
    expect(performance.now() - startedAt).toBeGreaterThan(9_000)
    expect(performance.now() - startedAt).toBeLessThan(20_000)
  })

  it('without a sign of life on a stream is unreachable', async () => {
    const dispatcher = new Agent({ bodyTimeout: 1_000 })
    const client = await clientFor(
      (_request, response) => {
        withBytes(response).write(frame('ADDED', workflow('x', 'one')))
      },
      { dispatcher },
    )
    expect(await readAll(client)).toEqual(['open', 'one', 'unreachable'])
  })
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

  it.each([301, 302, 405, 501])('is no argo-server for a page with %d', async (status) => {
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

  const errorFrame = (status: number, code: number, message: string): string =>
    `data: {"error":{"grpc_code":${code},"http_code":${status},"message":"${message}","http_status":"x"}} \n\n`

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
  const followed = async (answer: Answer) => {
    const clock = createManualClock(now)
    const client = await clientFor(answer, { clock })
    const log = createLog('silent')
    const follower = new Follower({
      cluster: 'demo',
      client,
      labelSelector: 'a=b',
      clock,
      log,
      random: () => 0.5,
    })
    closing.unshift(async () => {
      follower.close()
    })
    const seen: string[] = []
    follower.follow('x', {
      seen: ({ message }) => seen.push(message ?? 'seen'),
      gone: (name) => seen.push(`${name} is gone`),
    })
    return { clock, seen }
  }
  const isStream = (request: IncomingMessage): boolean => request.url?.includes('/workflow-events/') === true

  it('does not storm a server that ends every stream at once', async () => {
    let streams = 0
    let ended = Promise.withResolvers<void>()
    const { clock } = await followed((request, response) => {
      if (!isStream(request)) {
        sendJson(response, 200, workflow('x', 'one'))
        return
      }
      streams += 1
      withBytes(response).end('data: {} \n\n')
      ended.resolve()
    })
    for (const expected of [1, 2, 3]) {
      await ended.promise
      ended = Promise.withResolvers()
      // The next connection waits for its time, half a second from now.
      await until(() => expect(clock.next()).toBe(clock.now() + 500))
      expect(streams).toBe(expected)
      clock.advance(500)
    }
  })

  it('calls a workflow gone when argo-server says so twice', async () => {
    let looks = 0
    const { clock, seen } = await followed((request, response) => {
      if (isStream(request)) {
        withBytes(response).write(':\n')
        return
      }
      looks += 1
      sendJson(response, 404, { code: 5, message: 'workflows.argoproj.io "x" not found' })
    })
    await until(() => expect(clock.next()).toBe(clock.now() + 2_000))
    expect(seen).toEqual([])
    clock.advance(2_000)
    await until(() => expect(seen).toEqual(['x is gone']))
    expect(looks).toBe(2)
  })

  it('calls nothing gone because a proxy has lost its way', async () => {
    let looks = 0
    const { clock, seen } = await followed((request, response) => {
      if (!isStream(request)) looks += 1
      response.writeHead(404, { 'content-type': 'text/plain' })
      response.end('default backend - 404')
    })
    await until(() => expect(looks).toBe(1))
    // Time enough for a second look, and for the list: each finds the way lost, and none counts.
    await until(() => expect(clock.next()).toBe(clock.now() + 375))
    clock.advance(60_000)
    await until(() => expect(looks).toBe(2))
    await until(() => expect(clock.next()).toBeDefined())
    clock.advance(60_000)
    await until(() => expect(looks).toBe(3))
    expect(seen).toEqual([])
  })

  it('goes on without the mark where the server refuses it', async () => {
    const marks: boolean[] = []
    const { clock, seen } = await followed((request, response) => {
      if (!isStream(request)) {
        sendJson(response, 404, { code: 5, message: 'not found' })
        return
      }
      const isMarked = request.url?.includes('sendInitialEvents') === true
      marks.push(isMarked)
      if (isMarked) sendJson(response, 400, { code: 3, message: 'sendInitialEvents is forbidden for watch' })
      else withBytes(response).write(frame('ADDED', workflow('x', 'one')))
    })
    await until(() => expect(clock.next()).toBe(clock.now() + 375))
    clock.advance(375)
    await until(() => expect(seen).toContain('one'))
    expect(marks).toEqual([true, false])
  })
})
