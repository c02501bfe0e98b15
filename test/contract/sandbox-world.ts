import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { z } from 'zod'

import { isObject, objectAt, textAt } from '../../sandbox/kubernetes/json.ts'
import type { JsonObject } from '../../sandbox/kubernetes/json.ts'

const recordingSchema = z.object({
  name: z.string(),
  request: z.object({
    method: z.string(),
    path: z.string(),
    headers: z.record(z.string(), z.coerce.string()),
    body: z.unknown().optional(),
  }),
  response: z.looseObject({
    status: z.number(),
    headers: z.record(z.string(), z.string()).default({}),
    json: z.unknown().optional(),
    body: z.string().optional(),
    chunks: z.array(z.object({ text: z.string() })).optional(),
  }),
})

export type Recording = z.infer<typeof recordingSchema>

const folder = join(import.meta.dirname, '../recordings')

const namesIn = (of: string): readonly string[] =>
  readdirSync(join(folder, of))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))

/** The names of all recordings of one server; behind a version those of an older one: `3.7.18/version`. */
export function recordingNames(server: string): string[] {
  const older = readdirSync(folder).filter((name) => name.startsWith(`${server}-`))
  const versioned = older.flatMap((name) =>
    namesIn(name).map((file) => `${name.slice(server.length + 1)}/${file}`),
  )
  return [...namesIn(server), ...versioned].toSorted()
}

/** One recorded exchange. */
export function readRecording(server: string, name: string): Recording {
  const [file = '', version] = name.split('/').toReversed()
  const path = join(folder, version === undefined ? server : `${server}-${version}`, `${file}.json`)
  return recordingSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
}

/** Sends a recorded request with `token` in the place of the recorded one. */
export async function replay(url: string, recording: Recording, token: string): Promise<Response> {
  const { method, path, headers, body } = recording.request
  const sent = Object.entries(headers)
    .filter(([name]) => name !== 'Content-Length')
    .map(([name, value]): [string, string] => [name, value.replace('TOKEN', token)])
  const text =
    body === undefined || body === null ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  return fetch(url + path, { method, headers: sent, ...(text === undefined ? {} : { body: text }) })
}

/** The object that a recording answers with. */
export function recordedObject(recording: Recording): JsonObject {
  return isObject(recording.response.json) ? recording.response.json : {}
}

/** The nodes of a recorded workflow. */
export function recordedNodes(recording: Recording): JsonObject[] {
  return Object.values(objectAt(objectAt(recordedObject(recording), 'status'), 'nodes')).filter(isObject)
}

/** The phase of each recorded node by its id. */
export function phasesOf(workflow: unknown): Record<string, string | undefined> {
  const nodes = objectAt(objectAt(workflow, 'status'), 'nodes')
  return Object.fromEntries(Object.entries(nodes).map(([id, node]) => [id, textAt(node, 'phase')]))
}
