import { type ClientRequest, type IncomingMessage, request } from 'node:http'

import { isObject, objectAt, textAt } from '../../sandbox/kubernetes/json.ts'
import type { Recording } from './sandbox-world.ts'

/** One piece of a stream of server-sent events. */
export type Frame = { readonly kind: 'keep-alive' } | { readonly kind: 'data'; readonly value: unknown }

/** Reads what a watch sent. Throws where it is framed in another way than Argo frames it. */
const framesOf = (text: string): readonly Frame[] => {
  const pieces = text.match(/:\n|data: [^\n]* \n\n\n|[^]+/g) ?? []
  return pieces.map((piece): Frame => {
    if (piece === ':\n') return { kind: 'keep-alive' }
    const data = /^data: (?<json>[^\n]*) \n\n\n$/.exec(piece)?.groups?.['json']
    if (data === undefined) throw new Error(`no frame: ${JSON.stringify(piece.slice(0, 200))}`)
    return { kind: 'data', value: JSON.parse(data) }
  })
}

/** What a recorded watch sent. */
export const recordedFrames = ({ response }: Recording): readonly Frame[] =>
  framesOf((response.chunks ?? []).map(({ text }) => text).join(''))

/** The events among the frames; of workflows only those of `name`. */
export const eventsOf = (frames: readonly Frame[], name?: string): readonly unknown[] =>
  frames.flatMap((frame) => {
    const event = frame.kind === 'data' ? objectAt(frame.value, 'result') : {}
    const whose = textAt(objectAt(objectAt(event, 'object'), 'metadata'), 'name')
    const isMeant = isObject(event) && (whose === undefined || name === undefined || whose === name)
    return frame.kind === 'data' && isMeant ? [event] : []
  })

/** A recorded watch that is asked of the sandbox, and read as it comes by the client that made the recordings. */
export class Listening {
  /** Resolves with the first byte: before it there are no headers. */
  readonly answer: Promise<IncomingMessage>
  /** How the stream ended: `done`, or the code of the error that the client got. */
  readonly ended: Promise<string>
  hasHeaders = false
  readonly #request: ClientRequest
  #text = ''

  constructor(url: string, { request: { path, headers } }: Recording, token: string) {
    const sent = Object.entries(headers).map(([name, value]) => [name, value.replace('TOKEN', token)])
    this.#request = request(url + path, { agent: false, headers: Object.fromEntries(sent) })
    this.answer = new Promise((resolve, reject) => {
      this.#request.on('response', resolve).on('error', reject).end()
    })
    this.#request.once('response', () => {
      this.hasHeaders = true
    })
    this.ended = this.#read()
  }

  get frames(): readonly Frame[] {
    return framesOf(this.#text)
  }

  hangUp(): void {
    this.#request.destroy()
  }

  async #read(): Promise<string> {
    try {
      const answer = await this.answer
      for await (const piece of answer.setEncoding('utf8')) this.#text += String(piece)
      return 'done'
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error)
    }
  }
}
