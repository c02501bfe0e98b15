import { readdirSync, readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

import { z } from 'zod'

import { createHandlingServer, listen } from '../../sandbox/http.ts'

const recordingSchema = z.object({
  name: z.string(),
  request: z.object({ method: z.string(), path: z.string(), body: z.unknown().optional() }),
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

const folder = 'test/recordings/argo-server'

export const recordingNames = (): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.replace(/\.json$/, ''))

export const readRecording = (name: string): Recording =>
  recordingSchema.parse(JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8')))

// What the connection decides by itself.
const hopByHop = new Set(['connection', 'transfer-encoding', 'content-length', 'date', 'keep-alive'])

/** A server that answers everything with one recording, chunk for chunk. */
export const play = async ({ response }: Recording): Promise<{ url: string; server: Server }> => {
  const server = createHandlingServer(async (_request, answer) => {
    const headers = Object.entries(response.headers).filter(([name]) => !hopByHop.has(name))
    answer.writeHead(response.status, Object.fromEntries(headers))
    const chunks = response.chunks?.map(({ text }) => text) ?? [
      response.body ?? JSON.stringify(response.json ?? ''),
    ]
    for (const chunk of chunks) {
      answer.write(chunk)
      await sleep(1)
    }
    if (response.ended?.startsWith('error') === true) answer.destroy()
    else answer.end()
  })
  return { url: await listen(server, 0), server }
}
