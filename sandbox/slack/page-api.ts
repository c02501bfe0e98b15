import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'

import { z } from 'zod'

import { readBody } from '../http.ts'
import { bot, channels, groups, slackbot, users } from './cast.ts'
import type { People } from './people.ts'
import { asHandedOn, escaped } from './typed.ts'
import type { Workspace } from './workspace.ts'

/** The switches and actions that the page offers beside Slack. */
export interface Panel {
  readonly read: () => {
    readonly groups: readonly {
      readonly title: string
      readonly switches: readonly {
        readonly id: string
        readonly label: string
        readonly on: boolean
        readonly help: string
      }[]
    }[]
    readonly actions: readonly { readonly id: string; readonly label: string; readonly help: string }[]
  }
  readonly switch: (id: string, on: boolean) => void
  readonly run: (id: string) => Promise<string>
}

const line = z.string().max(3_000, 'This is too long: a line has at most 3000 characters.')
const actSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('say'), as: z.string(), channel: z.string(), text: line }),
  z.object({ kind: z.literal('command'), as: z.string(), channel: z.string(), text: line }),
  z.object({
    kind: z.literal('click'),
    as: z.string(),
    channel: z.string(),
    ts: z.string(),
    actionId: z.string(),
    value: z.string().optional(),
  }),
  z.object({ kind: z.literal('fill'), as: z.string(), block: z.string(), value: z.string() }),
  z.object({ kind: z.literal('submit'), as: z.string() }),
  z.object({ kind: z.literal('close'), as: z.string() }),
  z.object({ kind: z.literal('switch'), id: z.string(), on: z.boolean() }),
  z.object({ kind: z.literal('run'), id: z.string() }),
])
type Act = z.infer<typeof actSchema>

const files: Record<string, { readonly name: string; readonly type: string }> = {
  '/': { name: 'index.html', type: 'text/html' },
  '/page.js': { name: 'page.js', type: 'text/javascript' },
  '/emoji.json': { name: 'emoji.json', type: 'application/json' },
  '/blocks.js': { name: 'blocks.js', type: 'text/javascript' },
  '/page.css': { name: 'page.css', type: 'text/css' },
}

/** The web page of the sandbox's Slack: what somebody sees, and what they do. */
export class PageApi {
  readonly #workspace: Workspace
  readonly #people: People
  readonly #panel: Panel | undefined
  readonly #streams = new Set<ServerResponse>()

  constructor(options: { workspace: Workspace; people: People; panel: Panel | undefined }) {
    this.#workspace = options.workspace
    this.#people = options.people
    this.#panel = options.panel
    this.#workspace.onChange(() => {
      for (const stream of this.#streams) stream.write('data: changed\n\n')
    })
  }

  close(): void {
    for (const stream of this.#streams) stream.end()
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://sandbox')
    if (!this.#isOwn(request)) {
      response.writeHead(403).end('This page may only be used from itself.')
      return
    }
    if (url.pathname === '/sandbox/events') this.#stream(response)
    else if (url.pathname === '/sandbox/state')
      this.#json(response, this.#state(url.searchParams.get('as') ?? ''))
    else if (url.pathname === '/sandbox/act') await this.#act(request, response)
    else this.#file(url.pathname, response)
  }

  // Another page in the same browser must not drive a demo on this machine.
  #isOwn({ headers: { host, origin } }: IncomingMessage): boolean {
    const isLoopback = /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(host ?? '')
    return isLoopback && (origin === undefined || origin === `http://${host}`)
  }

  #file(path: string, response: ServerResponse): void {
    const file = files[path.startsWith('/archives/') ? '/' : path]
    if (file === undefined) {
      response.writeHead(404).end('not found')
      return
    }
    const headers = { 'content-type': `${file.type}; charset=utf-8`, 'cache-control': 'no-store' }
    response.writeHead(200, headers).end(readFileSync(new URL(`page/${file.name}`, import.meta.url)))
  }

  #json(response: ServerResponse, body: unknown): void {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write('data: changed\n\n')
    this.#streams.add(response)
    response.on('close', () => this.#streams.delete(response))
  }

  #state(user: string): object {
    const { workspace } = { workspace: this.#workspace }
    const visible = [...workspace.channels.values()].filter(({ members }) => members.has(user))
    const ids = new Set(visible.map(({ id }) => id))
    return {
      people: users.filter(({ id }) => id !== bot.userId),
      names: Object.fromEntries([
        [slackbot.userId, slackbot.name],
        ...users.map(({ id, name }) => [id, name]),
        ...groups.map(({ id, handle }) => [id, handle]),
        ...channels.map(({ id, name }) => [id, name]),
      ]),
      bot,
      channels: visible.map(({ id, name, directWith }) => ({
        id,
        name: directWith === undefined ? name : bot.name,
        isDirect: directWith !== undefined,
      })),
      messages: workspace.messages.filter(({ channel }) => ids.has(channel)),
      ephemerals: workspace.ephemerals.filter((one) => one.user === user),
      view: this.#people.view(user),
      panel: this.#panel?.read(),
      commands: [
        '/onboard',
        '/onboard help',
        '/onboard list',
        '/onboard status',
        '/onboard who-can-approve',
        '/onboard-cleanup',
      ],
    }
  }

  async #act(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') {
      response.writeHead(405).end()
      return
    }
    const act = actSchema.safeParse(JSON.parse(await readBody(request)))
    if (!act.success) {
      response.writeHead(400).end(act.error.issues.map(({ message }) => message).join(' '))
      return
    }
    this.#json(response, { said: await this.#perform(act.data) })
  }

  async #perform(act: Act): Promise<unknown> {
    switch (act.kind) {
      case 'say':
        this.#say(act)
        return undefined
      case 'command':
        return this.#people.command(act.as, asHandedOn(act.text), act.channel)
      case 'click': {
        const { channel, ts, actionId, value, as } = act
        return this.#people.click(as, {
          channel,
          ts,
          actionId,
          value,
          blockId: undefined,
          label: '',
          hasConfirm: false,
        })
      }
      case 'fill':
        return this.#people.fill(act.as, act.block, act.value)
      case 'submit':
        return this.#people.submit(act.as)
      case 'close':
        this.#people.close(act.as)
        return undefined
      case 'switch':
        this.#panel?.switch(act.id, act.on)
        this.#workspace.changed()
        return undefined
      case 'run': {
        const said = await this.#panel?.run(act.id)
        this.#workspace.changed()
        return said
      }
    }
  }

  #say({ as, channel, text }: Extract<Act, { kind: 'say' }>): void {
    this.#workspace.messages.push({
      ts: this.#workspace.ts(),
      channel,
      user: as,
      threadTs: undefined,
      text: escaped(text),
      blocks: [],
      metadata: undefined,
      isEdited: false,
    })
    this.#workspace.changed()
  }
}
