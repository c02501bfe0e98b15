import type { ServerResponse } from 'node:http'

import type { Clock } from '../../src/clock.ts'
import type { ArgoError } from './errors.ts'

/** `text` as Go writes JSON: `<`, `>` and `&` escaped. */
export function escapeGo(text: string): string {
  return text.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026')
}

function limitHeaders(clock: Clock): Record<string, string> {
  return {
    'X-Ratelimit-Limit': '1000',
    'X-Ratelimit-Remaining': '999',
    'X-Ratelimit-Reset': new Date(clock.now() + 1000).toUTCString(),
  }
}

/** The headers that come with everything that went through the gRPC side. */
export function grpcHeaders(clock: Clock): Record<string, string> {
  return {
    'Grpc-Metadata-Content-Type': 'application/grpc',
    'Grpc-Metadata-Trailer': 'Grpc-Status, Grpc-Message, Grpc-Status-Details-Bin',
    ...limitHeaders(clock),
  }
}

/** Answers 200 with `value`. */
export function sendValue(response: ServerResponse, value: unknown, clock: Clock): void {
  const headers = {
    'Content-Type': 'application/json',
    'Grpc-Metadata-Argo-Version': 'v4.1.2',
    ...grpcHeaders(clock),
  }
  response.writeHead(200, headers).end(escapeGo(JSON.stringify(value)))
}

/** Answers a unary call with a refusal. */
export function sendError(response: ServerResponse, error: ArgoError, clock: Clock): void {
  const headers = error.isFromGateway ? limitHeaders(clock) : grpcHeaders(clock)
  response
    .writeHead(error.status, { 'Content-Type': 'application/json', ...headers })
    .end(escapeGo(JSON.stringify({ code: error.code, message: error.message })))
}

/** Answers with the page of the UI, as every path outside `/api/` does. */
export function sendPage(response: ServerResponse): void {
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': "default-src 'self' 'unsafe-inline'; img-src 'self' data:",
    'Strict-Transport-Security': 'max-age=31536000',
    'X-Frame-Options': 'DENY',
  }
  response.writeHead(200, headers).end('<html><body>argo</body></html>\n')
}
