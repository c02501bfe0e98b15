import { afterEach, expect, it } from 'vitest'

import { closeServer, createHandlingServer, listen, sendJson } from '../../sandbox/http.ts'
import { createManualClock } from '../../sandbox/manual-clock.ts'
import { createDispatcher } from '../../src/argo/dispatcher.ts'
import { createWorkflows } from '../../src/argo/workflows.ts'
import { createLog } from '../../src/log.ts'
import { due } from '../../src/onboarding/due.ts'
import { StoreError } from '../../src/onboarding/ports/store.ts'
import { Following } from '../../src/runner/following.ts'
import { workflowLabels } from '../../src/runner/workflow-metadata.ts'
import { phases } from '../onboarding/builders.ts'
import { World } from '../simulation/world.ts'

const { running } = phases()
const [run] = running.runs
if (run === undefined) throw new Error('there is no run')
const ended = {
  metadata: {
    name: run.workflowName,
    uid: run.uid,
    resourceVersion: '7',
    labels: { ...workflowLabels('simulation', running, run) },
  },
  status: { phase: 'Succeeded', finishedAt: '2026-01-05T09:10:00Z' },
}
const mark = {
  type: 'BOOKMARK',
  object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
}

const server = createHandlingServer(async ({ url = '' }, response) => {
  if (url.startsWith('/api/v1/workflow-events/')) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const result of [{ type: 'ADDED', object: ended }, mark])
      response.write(`data: ${JSON.stringify({ result })}\n\n`)
  } else if (url.includes('?listOptions')) sendJson(response, 200, { items: [ended] })
  else sendJson(response, 200, ended)
})
afterEach(() => closeServer(server))

const eventually = async (condition: () => boolean): Promise<void> => {
  for (let waited = 0; !condition() && waited < 5_000; waited += 10)
    await new Promise((resolve) => setTimeout(resolve, 10))
}

it('an end that could not be saved is entered again, though the server has nothing new to tell', async () => {
  const clock = createManualClock()
  const log = createLog('silent')
  const endpoint = {
    url: await listen(server, 0),
    namespace: 'shared',
    token: async () => 'TOKEN',
    dispatcher: createDispatcher({ isVerified: true }),
  }
  const endpoints = new Map([['prod', endpoint]])
  const workflows = createWorkflows({ endpoints, labelSelector: 'a=b', clock, log, random: () => 0.5 })
  const told: string[] = []
  let tries = 0
  const following = new Following({
    tools: {
      ...new World(() => 0.5).tools({ isAlive: true }),
      workflows,
      clock,
      log,
      checkUnrecorded: async () => undefined,
    },
    tell: async ({ type }) => {
      tries += 1
      if (tries === 1) throw new StoreError('the disk failed', { code: 'disk' })
      told.push(type)
      return running
    },
    track: () => undefined,
  })
  following.follow(running, due(running))
  await eventually(() => tries === 1)
  for (let second = 0; second < 70; second += 1) {
    clock.advance(1_000)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await eventually(() => told.length > 0)
  expect(told).toEqual(['workflow-seen'])
  following.end()
  workflows.close()
})
