import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Clock } from '../../src/clock.ts'
import { escapeGo, grpcHeaders } from './answers.ts'
import { streamError } from './errors.ts'
import type { ArgoError } from './errors.ts'
import type { Faults } from './faults.ts'
import { filterFields } from './fields.ts'

export interface StreamOptions {
  readonly clock: Clock
  readonly fields: string
  readonly keepAliveMs: number
  readonly faults: Faults
}

export interface Stream {
  /** Sends one result. */
  readonly send: (result: object) => void
  /** Ends the stream, with an error chunk where one is given. */
  readonly end: (error?: ArgoError) => void
  readonly onClose: (listener: () => void) => void
}

/**
 * Answers a request as a stream. SSE only where `Accept` is exactly that type, else one JSON object a line. No header
 * is sent before the first byte, so an error that comes first is an HTTP status, and a quiet stream has none yet.
 */
export function openStream(
  request: IncomingMessage,
  response: ServerResponse,
  options: StreamOptions,
): Stream {
  const { clock, fields, keepAliveMs, faults } = options
  const isSse = request.headers.accept === 'text/event-stream'
  const listeners = new Set<() => void>()
  let cancelKeepAlive = (): void => {}
  const write = (text: string, status = 200): void => {
    if (response.writableEnded || response.destroyed) return
    if (!response.headersSent) {
      const type = isSse
        ? { 'Content-Type': 'text/event-stream', 'X-Content-Type-Options': 'nosniff' }
        : { 'Content-Type': 'application/json' }
      response.writeHead(status, { ...grpcHeaders, ...type, 'Transfer-Encoding': 'chunked' })
    }
    const bytes = Buffer.from(text)
    const size = faults.isSplittingChunks ? 7 : bytes.length
    for (let at = 0; at < bytes.length; at += size) response.write(bytes.subarray(at, at + size))
  }
  const keepAlive = (): void => {
    cancelKeepAlive = clock.after(keepAliveMs, () => {
      write(':\n')
      keepAlive()
    })
  }
  if (isSse) keepAlive()
  response.once('close', () => {
    cancelKeepAlive()
    for (const listener of listeners) listener()
  })
  const render = (value: object): string => escapeGo(JSON.stringify(filterFields(value, fields)))
  return {
    send: (result) => {
      const text = render({ result })
      write(isSse ? `data: ${text} \n\n\n` : `${text}\n`)
    },
    end: (error) => {
      if (error !== undefined) {
        const text = render(streamError(error))
        write(isSse ? `data: ${text} \n\n` : text, error.status)
      } else write('')
      response.end()
    },
    onClose: (listener) => listeners.add(listener),
  }
}
