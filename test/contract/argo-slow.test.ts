import { setTimeout as sleep } from 'node:timers/promises'

import { expect, it } from 'vitest'

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
