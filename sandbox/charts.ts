import { closeServer, createHandlingServer, listen } from './http.ts'

/** A repository of charts on loopback that lets in whoever has its credentials. */
export interface ChartsSandbox {
  /** Its address with the credentials in it. */
  readonly url: string
  /** What was asked for with them. */
  readonly served: readonly string[]
  readonly close: () => Promise<void>
}

/** Starts it; it has an index, and no chart: the sandbox's helm needs none. */
export const startCharts = async (username: string, password: string): Promise<ChartsSandbox> => {
  const served: string[] = []
  const expected = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const server = createHandlingServer(async (request, response) => {
    const isIn = request.headers.authorization === expected
    if (isIn) served.push(request.url ?? '')
    response.writeHead(isIn ? 200 : 401).end(isIn ? 'apiVersion: v1\nentries: {}\n' : '')
  })
  const url = new URL(await listen(server, 0))
  Object.assign(url, { username, password: encodeURIComponent(password) })
  return { url: `${url.href}charts`, served, close: () => closeServer(server) }
}
