import assert from 'node:assert/strict'
import { once } from 'node:events'

import { WebSocket } from 'ws'
import { z } from 'zod'

import { createManualClock, type ManualClock } from '../../sandbox/manual-clock.ts'
import { tokens } from '../../sandbox/slack/cast.ts'
import { type SlackSandbox, startSlack } from '../../sandbox/slack/server.ts'

type Values = Readonly<Record<string, unknown>>

const answerSchema = z.looseObject({
  ok: z.boolean(),
  error: z.string().optional(),
  errors: z.array(z.string()).optional(),
  response_metadata: z.looseObject({ messages: z.array(z.string()).optional() }).optional(),
  channel: z.unknown().optional(),
  ts: z.string().optional(),
  url: z.string().optional(),
})
const frameSchema = z.looseObject({
  type: z.string(),
  envelope_id: z.string().optional(),
  payload: z
    .looseObject({ response_url: z.string().optional(), trigger_id: z.string().optional() })
    .optional(),
})
export type Frame = z.infer<typeof frameSchema>

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: z.infer<typeof answerSchema>
}

/** One socket of an app, with all that came over it. */
export class AppSocket {
  readonly frames: Frame[] = []
  readonly #socket: WebSocket
  readonly #news: (() => void)[] = []

  constructor(url: string) {
    this.#socket = new WebSocket(url)
    this.#socket.on('message', (data: Buffer) => {
      this.frames.push(frameSchema.parse(JSON.parse(data.toString())))
      for (const told of this.#news.splice(0)) told()
    })
  }

  /** The next frame that fits, also one that is there already. */
  async next(fits: (frame: Frame) => boolean): Promise<Frame> {
    const found = this.frames.find(fits)
    if (found !== undefined) return found
    await new Promise<void>((resolve) => this.#news.push(resolve))
    return this.next(fits)
  }

  ack(frame: Frame, payload?: unknown): void {
    this.#socket.send(JSON.stringify({ envelope_id: frame.envelope_id, payload }))
  }

  async closed(): Promise<void> {
    await once(this.#socket, 'close')
  }

  async refused(): Promise<Error> {
    const [error] = (await once(this.#socket, 'error')) as [Error]
    return error
  }
}

/** An app that speaks to the sandbox's Slack over real HTTP and real sockets, on a clock that is moved by hand. */
export class SlackApp {
  readonly slack: SlackSandbox
  readonly clock: ManualClock

  private constructor(slack: SlackSandbox, clock: ManualClock) {
    this.slack = slack
    this.clock = clock
  }

  static async begin(): Promise<SlackApp> {
    const clock = createManualClock()
    return new SlackApp(await startSlack({ clock }), clock)
  }

  /** Calls a method as Slack's own client does: a form whose nested values are JSON. */
  async call(method: string, values: Values = {}, token: string = tokens.bot): Promise<Answer> {
    const fields = Object.entries(values).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ])
    return this.send(method, new URLSearchParams(fields), { authorization: `Bearer ${token}` })
  }

  async send(
    method: string,
    body: URLSearchParams | string,
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const response = await fetch(this.slack.apiUrl + method, { method: 'POST', body, headers })
    return {
      status: response.status,
      headers: response.headers,
      body: answerSchema.parse(await response.json()),
    }
  }

  /** Posts a message and gives its `ts`. */
  async post(values: Values = {}): Promise<string> {
    const { body } = await this.call('chat.postMessage', { channel: 'C0ONBOARD', text: 'hello', ...values })
    assert(body.ts !== undefined, `not posted: ${body.error}`)
    return body.ts
  }

  async respond(url: string, body: Values): Promise<{ status: number; body: string }> {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: response.status, body: await response.text() }
  }

  /** Connects one more socket; resolves when Slack has said hello. */
  async connect(): Promise<AppSocket> {
    const { body } = await this.call('apps.connections.open', {}, tokens.app)
    const socket = new AppSocket(body.url ?? '')
    await socket.next(({ type }) => type === 'hello')
    return socket
  }
}
