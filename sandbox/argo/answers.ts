import type { ServerResponse } from 'node:http'

import type { ArgoError } from './errors.ts'

/** `text` as Go writes JSON: `<`, `>` and `&` escaped. */
export function escapeGo(text: string): string {
  return text.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026')
}

/** The headers that come with everything that went through the gRPC side. */
export const grpcHeaders: Readonly<Record<string, string>> = {
  'Grpc-Metadata-Content-Type': 'application/grpc',
  'Grpc-Metadata-Trailer': 'Grpc-Status, Grpc-Message, Grpc-Status-Details-Bin',
}

/** Answers 200 with `value`. */
export function sendValue(response: ServerResponse, value: unknown): void {
  const headers = {
    'Content-Type': 'application/json',
    'Grpc-Metadata-Argo-Version': 'v4.1.2',
    ...grpcHeaders,
  }
  response.writeHead(200, headers).end(escapeGo(JSON.stringify(value)))
}

/** Answers a unary call with a refusal. */
export function sendError(response: ServerResponse, error: ArgoError): void {
  const headers = error.isFromGateway ? {} : grpcHeaders
  response
    .writeHead(error.status, { 'Content-Type': 'application/json', ...headers })
    .end(escapeGo(JSON.stringify({ code: error.code, message: error.message })))
}

/** Answers a call that is one too many for the HTTP side. */
export function sendTooMany(response: ServerResponse): void {
  response.writeHead(429, { 'Content-Type': 'text/plain; charset=utf-8' }).end('Too Many Requests\n')
}

/** Answers with the page of the UI, as every path outside `/api/` does; at a workflow's, people are told that there is none. */
export function sendPage(response: ServerResponse, path: string): void {
  const said = path.startsWith('/workflows/')
    ? 'argo-server shows its own page of this workflow here; the sandbox has none.'
    : 'argo'
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': "default-src 'self' 'unsafe-inline'; img-src 'self' data:",
    'Strict-Transport-Security': 'max-age=31536000',
    'X-Frame-Options': 'DENY',
  }
  response.writeHead(200, headers).end(`<html><body>${said}</body></html>\n`)
}
