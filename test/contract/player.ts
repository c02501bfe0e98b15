import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingHttpHeaders, Server, ServerResponse } from 'node:http'

import { z } from 'zod'

import { createHandlingServer, listen, readBody } from '../../sandbox/http.ts'

const recordingSchema = z.object({
  name: z.string(),
  request: z.object({
    method: z.string(),
    path: z.string(),
    body: z.unknown().optional(),
  }),
  response: z.object({
    status: z.number(),
    headers: z.record(z.string(), z.string()).default({}),
    json: z.unknown().optional(),
    body: z.string().optional(),
    chunks: z.array(z.object({ text: z.string() })).optional(),
    ended: z.string().optional(),
  }),
})
export type Recording = z.infer<typeof recordingSchema>

const root = 'test/recordings'
const server = 'argo-server'
/** Folders of older servers end with their version, which then stands before the names in them. */
const folders = readdirSync(root).filter((folder) => folder.startsWith(server))

const prefixOf = (folder: string): string => (folder === server ? '' : `${folder.slice(server.length + 1)}/`)

/** Every recorded exchange with argo-server: its file's name, behind the version where it is an older server's. */
export const recordingNames = (): readonly string[] =>
  folders.flatMap((folder) =>
    readdirSync(`${root}/${folder}`)
      .filter((name) => name.endsWith('.json'))
      .map((name) => `${prefixOf(folder)}${name.replace(/\.json$/, '')}`),
  )

/** Throws where the file is no recording. */
export const readRecording = (name: string): Recording => {
  const [file = '', version] = name.split('/').toReversed()
  const folder = version === undefined ? server : `${server}-${version}`
  return recordingSchema.parse(JSON.parse(readFileSync(`${root}/${folder}/${file}.json`, 'utf8')))
}

interface Asked {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Player {
  readonly url: string
  readonly server: Server
  /** What was asked for, in order. */
  readonly asked: readonly Asked[]
}

// What the connection decides by itself.
const hopByHop = new Set(['connection', 'transfer-encoding', 'content-length', 'date', 'keep-alive'])

// `body` is recorded only where the bytes differ from compact JSON.
const chunksOf = ({ chunks, body, json }: Recording['response']): readonly string[] =>
  chunks?.map(({ text }) => text) ?? [body ?? (json === undefined ? '' : JSON.stringify(json))]

/** Resolves when the bytes have left the process. */
const send = (answer: ServerResponse, chunk: string): Promise<void> =>
  new Promise((resolve) => {
    answer.write(chunk, () => {
      resolve()
    })
  })

/**
 * A server that answers everything with one recording: its status, its headers, and its body byte for byte and chunk
 * for chunk. It ends as the recorded server did, or where the recording client hung up, in that client's place; a
 * reset waits for `beforeReset`, so that what was sent before it can be read.
 */
export const play = async (
  { response }: Recording,
  beforeReset: Promise<void> = Promise.resolve(),
): Promise<Player> => {
  const asked: Asked[] = []
  const server = createHandlingServer(async (request, answer) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://player')
    const { method = '', headers } = request
    asked.push({ method, path: pathname, query: searchParams, headers, body: await readBody(request) })
    const own = Object.entries(response.headers).filter(([name]) => !hopByHop.has(name))
    answer.writeHead(response.status, Object.fromEntries(own))
    for (const chunk of chunksOf(response)) await send(answer, chunk)
    if (response.ended?.startsWith('error') === true) {
      await beforeReset
      answer.socket?.resetAndDestroy()
    } else {
      answer.end()
    }
  })
  return { url: await listen(server, 0), server, asked }
}
