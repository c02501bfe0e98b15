import { closeServer, createHandlingServer, listen, sendJson } from '../http.ts'

export interface SharedMetaSandbox {
  readonly url: string
  /** What it gives, by path; what is changed here counts from the next call on. */
  readonly documents: Record<string, object>
  readonly faults: { isDown: boolean }
  readonly close: () => Promise<void>
}

/** shared-meta: documents by their path, for whoever has the token. */
export const startSharedMeta = async (options: {
  documents: Record<string, object>
  token: string
  port?: number
}): Promise<SharedMetaSandbox> => {
  const faults = { isDown: false }
  const { documents } = options
  const server = createHandlingServer(async (request, response) => {
    if (faults.isDown) return sendJson(response, 503, { error: 'down' })
    if (request.headers.authorization !== `Bearer ${options.token}`)
      return sendJson(response, 401, { error: 'unauthorized' })
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://sandbox').pathname.slice(1))
    const document = Object.hasOwn(documents, path) ? documents[path] : undefined
    return document === undefined
      ? sendJson(response, 404, { error: 'not found' })
      : sendJson(response, 200, document)
  })
  const url = await listen(server, options.port ?? 0)
  return { url, documents, faults, close: () => closeServer(server) }
}
