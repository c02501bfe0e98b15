import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { expect, it, vi } from 'vitest'

import { closeServer, createHandlingServer, listen } from '../../sandbox/http.ts'
import { ArgoClient } from '../../src/argo/client.ts'
import { createDispatcher } from '../../src/argo/dispatcher.ts'
import { readStream } from '../../src/argo/stream.ts'
import { systemClock } from '../../src/clock.ts'

it('a quiet stream whose headers come after 15 s, with its first sign of life, is open', async () => {
  const server = createHandlingServer(async (_request, response) => {
    await sleep(15_500)
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(':\n')
  })
  const dispatcher = createDispatcher({ isVerified: true })
  try {
    const url = await listen(server, 0)
    const client = new ArgoClient(
      { url, namespace: 'shared', token: async () => 'T', dispatcher },
      systemClock,
    )
    const told: string[] = []
    const onOpen = (): number => told.push('open')
    const { signal } = new AbortController()
    for await (const event of readStream(client, {
      labelSelector: 'a',
      isMarked: true,
      signal,
      now: Date.now,
      onOpen,
    })) {
      told.push(event.type)
    }
    expect(told).toEqual(['open'])
  } finally {
    await dispatcher.destroy()
    await closeServer(server)
  }
})

it('a proxy that takes the connection and never answers is no answer, like any other silence', async () => {
  const proxy = createServer()
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const address = proxy.address()
  vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
  const dispatcher = createDispatcher({ isVerified: true })
  vi.unstubAllEnvs()
  try {
    const endpoint = { url: 'https://argo.test', namespace: 'shared', token: async () => 'T', dispatcher }
    const asked = new ArgoClient(endpoint, systemClock).get('x')
    await expect(asked).rejects.toMatchObject({ code: 'unreachable' })
  } finally {
    await dispatcher.destroy()
    proxy.close()
  }
})
