import type { ServerResponse } from 'node:http'

import { afterEach, expect, it, vi } from 'vitest'

import { closeServer, createHandlingServer, listen, sendJson } from '../../sandbox/http.ts'
import { createManualClock, type ManualClock } from '../../sandbox/manual-clock.ts'
import { ArgoClient } from '../../src/argo/client.ts'
import { createDispatcher } from '../../src/argo/dispatcher.ts'
import { Follower } from '../../src/argo/follower.ts'
import { createLog } from '../../src/log.ts'
import type { Followed } from '../../src/onboarding/ports/workflows.ts'

type Does = 'answers' | 'refuses' | 'hangs'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000 })
const mark = { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } }
const event = (type: string, object: unknown): string =>
  `data: ${JSON.stringify({ result: { type, object } })} \n\n`

/** An argo-server with one workflow, `x`, whose stream, list and GET do what they are told. */
class Server {
  readonly does: Record<'stream' | 'list' | 'get', Does> = {
    stream: 'answers',
    list: 'answers',
    get: 'answers',
  }
  readonly asked: string[] = []
  version = '1'
  #stream: ServerResponse | undefined

  readonly #server = createHandlingServer(async ({ url = '' }, response) => {
    const what = url.includes('/workflow-events/') ? 'stream' : url.includes('/shared/x') ? 'get' : 'list'
    this.asked.push(what)
    if (what === 'stream') this.#stream = response
    if (this.does[what] === 'hangs') return
    if (this.does[what] === 'refuses') sendJson(response, 503, { code: 14, message: `no ${what}` })
    else this.#answer(what, response)
  })

  async listen(): Promise<string> {
    closing.push(() => closeServer(this.#server))
    return listen(this.#server, 0)
  }

  change(version: string): void {
    this.version = version
    this.#stream?.write(event('MODIFIED', this.#workflow()))
  }

  /** What a connection that has been silent for too long comes to, too. */
  cutStream(): void {
    this.#stream?.socket?.destroy()
  }

  #workflow(): object {
    const { version } = this
    const metadata = { name: 'x', uid: 'u1', resourceVersion: version }
    return { metadata, spec: {}, status: { message: `version ${version}` } }
  }

  #answer(what: string, response: ServerResponse): void {
    const workflow = this.#workflow()
    if (what === 'get') sendJson(response, 200, workflow)
    else if (what === 'list') sendJson(response, 200, { metadata: {}, items: [workflow] })
    else {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(event('ADDED', workflow) + event('BOOKMARK', mark))
    }
  }
}

interface Scene {
  readonly server: Server
  readonly clock: ManualClock
  readonly told: string[]
  readonly followed: Followed
}

const follow = async (): Promise<Scene> => {
  const [server, clock, told] = [new Server(), createManualClock(), [] as string[]]
  const dispatcher = createDispatcher({ isVerified: true })
  const endpoint = { url: await server.listen(), namespace: 'shared', token: async () => 'T', dispatcher }
  const follower = new Follower({
    cluster: 'demo',
    client: new ArgoClient({ ...endpoint, callMs: 300 }, clock),
    labelSelector: 'a=b',
    clock,
    log: createLog('silent'),
    random: () => 0.5,
    unfollowed: () => undefined,
  })
  closing.unshift(async () => {
    follower.close()
    await dispatcher.destroy()
  })
  const followed = follower.follow(
    { name: 'x', uid: 'u1' },
    {
      seen: ({ message = '' }, { isWatched }) => told.push(isWatched ? message : `${message} by a look`),
      gone: () => told.push('gone'),
      unseen: ({ message }, { isListed }) => told.push(`${isListed ? 'listed' : 'unseen'}: ${message}`),
    },
  )
  await until(() => expect(told).toEqual(['version 1']))
  return { server, clock, told, followed }
}

/** Lets the stream be opened again after it broke for the first time. */
const reopen = async ({ clock }: Scene): Promise<void> => {
  await until(() => expect(clock.times()).toContain(clock.now() + 375))
  clock.advance(375)
}

const silence = 'unseen: argo-server cannot be reached: no answer in time'
const heldBack = 'listed: argo-server answers, but its event stream does not come through.'

it('a server that takes every call and answers none is told as soon as its stream is given up and its list fails', async () => {
  const scene = await follow()
  const { server, clock, told } = scene
  Object.assign(server.does, { stream: 'hangs', list: 'hangs', get: 'hangs' })
  clock.advance(35_000)
  server.cutStream()
  await until(() => expect(told).toEqual(['version 1', silence]))
  Object.assign(server.does, { stream: 'answers', list: 'answers', get: 'answers' })
  await reopen(scene)
  await until(() => expect(told).toEqual(['version 1', silence, 'version 1']))
})

it('a stream that alone is held back is told as that, and the list that answers brings what has happened', async () => {
  const scene = await follow()
  const { server, clock, told } = scene
  server.does.stream = 'hangs'
  server.version = '2'
  clock.advance(35_000)
  server.cutStream()
  await until(() => expect(told).toEqual(['version 1', heldBack, 'version 2 by a look']))
  server.version = '3'
  await reopen(scene)
  await until(() => expect(server.asked.filter((what) => what === 'stream')).toHaveLength(2))
  clock.advance(24_625)
  await until(() => expect(told.slice(3)).toEqual([heldBack, 'version 3 by a look']))
  server.does.stream = 'answers'
  server.cutStream()
  await until(() => expect(clock.times()).toContain(clock.now() + 750))
  clock.advance(750)
  // Told again while it lasts: the second connection that broke had the list made, too.
  await until(() => expect(told.slice(5)).toEqual([heldBack, 'version 3']))
})

it('a list of the minute that fails while the stream is broken is word enough; beside a stream that stands it is none', async () => {
  const { server, clock, told } = await follow()
  server.does.list = 'refuses'
  clock.advance(60_000)
  await until(() => expect(server.asked).toEqual(['stream', 'list']))
  clock.advance(59_900)
  server.change('2')
  await until(() => expect(told).toEqual(['version 1', 'version 2']))
  server.does.stream = 'refuses'
  // With a sign of life a moment ago its end says nothing yet.
  server.cutStream()
  await until(() => expect(clock.times()).toContain(clock.now() + 375))
  clock.advance(100)
  await until(() => expect(told.slice(2)).toContain('unseen: argo-server: no list'))
})

it('a look that was asked for and failed is made up for by the next list, also where nothing has changed', async () => {
  const { server, clock, told, followed } = await follow()
  server.does.get = 'refuses'
  followed.look()
  await until(() => expect(server.asked).toEqual(['stream', 'get']))
  await until(() => expect(told).toEqual(['version 1']))
  server.does.get = 'answers'
  clock.advance(60_000)
  await until(() => expect(told).toEqual(['version 1', 'version 1']))
  clock.advance(60_000)
  await until(() => expect(server.asked).toEqual(['stream', 'get', 'list', 'get', 'list']))
})
