import type { ServerResponse } from 'node:http'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { closeServer, createHandlingServer, listen, readBody, sendJson } from '../../sandbox/http.ts'
import { createManualClock } from '../../sandbox/manual-clock.ts'
import { createDispatcher } from '../../src/argo/dispatcher.ts'
import { createWorkflows } from '../../src/argo/workflows.ts'
import { createLog } from '../../src/log.ts'
import type { Event } from '../../src/onboarding/events.ts'
import type { Onboarding } from '../../src/onboarding/onboarding.ts'
import type { WorkflowManifest } from '../../src/onboarding/ports/workflows.ts'
import { retryWorkflow } from '../../src/runner/effects/retry-workflow.ts'
import { stopWorkflow } from '../../src/runner/effects/stop-workflow.ts'
import { submitWorkflow } from '../../src/runner/effects/submit-workflow.ts'
import type { RunWork } from '../../src/runner/performing.ts'
import { workflowLabels } from '../../src/runner/workflow-metadata.ts'
import { after, approved, phases, requested } from '../onboarding/builders.ts'
import { World } from '../simulation/world.ts'

type Fault = (response: ServerResponse) => void

interface Stored {
  readonly metadata: { name: string; uid: string; labels: Record<string, string> }
  readonly spec?: object
  readonly status: { phase?: string; finishedAt?: string }
}

const page =
  (status: number): Fault =>
  (response) => {
    response.writeHead(status, { 'content-type': 'text/html' }).end('<html></html>')
  }
const told =
  (status: number, code: number, message: string): Fault =>
  (response) =>
    sendJson(response, status, { code, message })

/** After these nobody knows whether the call was carried out; each with the failure that it is. */
const unclear: Readonly<Record<string, readonly [Fault, string]>> = {
  'a connection that breaks': [(response) => response.socket?.resetAndDestroy(), 'unreachable'],
  'half an answer': [
    (response) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': '99' })
        .write('{"metadata":', () => response.socket?.end()),
    'unreachable',
  ],
  'no answer in time': [() => undefined, 'unreachable'],
  'a conflict': [told(409, 6, 'workflows.argoproj.io "x" already exists'), 'exists'],
  'a panic of the server': [told(500, 13, 'runtime error: invalid memory address'), 'unavailable'],
  'a proxy that lost the server': [page(502), 'unavailable'],
  'a proxy whose patience ended': [page(504), 'unavailable'],
}

/** All but the one that takes ten seconds; the client calls it unreachable as well. */
const quick = Object.entries(unclear).filter(([what]) => what !== 'no answer in time')

/** What the server will have done with the next change, whatever it answers. */
type Fate = 'done' | 'not done'

const seenEnd = '2026-01-05T09:10:00Z'

/** One argo-server with at most one workflow, and what was asked of it. */
class Server {
  workflow: Stored | undefined
  fate: Fate = 'done'
  fault: Fault | undefined
  readonly asked: string[] = []
  readonly http = createHandlingServer(async (request, response) => {
    const { method = '', url = '' } = request
    const verb = /\/(retry|stop)$/.exec(url)?.[1]
    const body = JSON.parse((await readBody(request)) || '{}') as {
      serverDryRun?: true
      workflow: WorkflowManifest
    }
    if (method === 'GET') {
      this.asked.push('get')
      if (this.workflow === undefined) told(404, 5, 'workflows.argoproj.io "x" not found')(response)
      else sendJson(response, 200, this.workflow)
      return
    }
    if (body.serverDryRun) {
      sendJson(response, 200, { metadata: { name: 'x', uid: 'dry' }, spec: {}, status: {} })
      return
    }
    this.asked.push(verb ?? 'create')
    if (this.fate === 'done') this.#change(verb, body.workflow)
    if (this.fault === undefined) sendJson(response, 200, this.workflow ?? {})
    else this.fault(response)
  })

  #change(verb: string | undefined, manifest: WorkflowManifest): void {
    if (verb === undefined) {
      const { name, labels } = manifest.metadata
      this.workflow = { metadata: { name, uid: 'uid-1', labels: { ...labels } }, status: {} }
    } else if (this.workflow !== undefined) {
      const { metadata } = this.workflow
      this.workflow =
        verb === 'retry'
          ? { metadata, status: { phase: 'Running' } }
          : { metadata, spec: { shutdown: 'Stop' }, status: { phase: 'Running' } }
    }
  }
}

let server: Server
let world: World
let events: Event[]
const dispatcher = createDispatcher({ isVerified: true })

beforeEach(() => {
  server = new Server()
  world = new World(() => 0.5)
  world.files.set('digest', 'text')
  events = []
})
afterEach(() => closeServer(server.http))

const workOn = async (onboarding: Onboarding): Promise<RunWork> => {
  const [run] = onboarding.runs
  if (run === undefined) throw new Error('there is no run')
  const clock = createManualClock(run.submitBy - 1)
  const endpoint = {
    url: await listen(server.http, 0),
    namespace: 'shared',
    token: async () => 'TOKEN',
    dispatcher,
  }
  const workflows = createWorkflows({
    endpoints: new Map([['prod', endpoint]]),
    labelSelector: 'a=b',
    clock,
    log: createLog('silent'),
    random: () => 0.5,
  })
  const ports = world.tools({ isAlive: true })
  return {
    onboarding,
    index: 0,
    run,
    tools: { ...ports, clock, workflows, checkUnrecorded: async () => undefined },
    tell: async (event) => {
      events.push(event)
      return onboarding
    },
  }
}

const toldTypes = (): readonly string[] => events.map(({ type }) => type)

describe('a create', () => {
  const submitting = after(requested(), approved())

  it.each(Object.entries(unclear))(
    'that was carried out and is answered by %s is found: one workflow, made once',
    async (_, [fault]) => {
      server.fault = fault
      await submitWorkflow(await workOn(submitting))
      expect(server.asked).toEqual(['create', 'get'])
      expect(events.at(-1)).toMatchObject({ type: 'workflow-created', uid: 'uid-1' })
    },
    20_000,
  )

  it.each(quick)(
    'that was not carried out and is answered by %s is tried again later, after a look',
    async (_, [fault, code]) => {
      server.fault = fault
      server.fate = 'not done'
      const work = await workOn(submitting)
      await expect(submitWorkflow(work)).rejects.toMatchObject({ code })
      expect(server.asked).toEqual(['create', 'get'])
      expect(toldTypes()).toEqual(['secret-planned'])
      server.fault = undefined
      server.fate = 'done'
      const again = { ...work, run: { ...work.run, secret: true } }
      await submitWorkflow(again)
      expect(server.asked).toEqual(['create', 'get', 'get', 'create'])
      expect(events.at(-1)).toMatchObject({ type: 'workflow-created', uid: 'uid-1' })
    },
  )

  const own = (): Record<string, string> => {
    const [run] = submitting.runs
    return run === undefined ? {} : { ...workflowLabels('simulation', submitting, run) }
  }
  const foreigners: Readonly<Record<string, () => Record<string, string>>> = {
    'without our labels': () => ({}),
    'of another seal': () => ({ ...own(), 'onboard-bot.dev/seal': 'other' }),
    'of another installation': () => ({ ...own(), 'onboard-bot.dev/installation': 'staging' }),
    'that somebody resubmitted from ours': () => ({
      ...own(),
      'workflows.argoproj.io/resubmitted-from-workflow': 'onboard-0',
    }),
  }

  it.each(Object.entries(foreigners))(
    'whose name a workflow %s has is a conflict that people see, and adopts nothing',
    async (_, labels) => {
      server.workflow = { metadata: { name: 'onboard-1', uid: 'theirs', labels: labels() }, status: {} }
      server.fate = 'not done'
      server.fault = told(409, 6, 'workflows.argoproj.io "onboard-1" already exists')
      await expect(submitWorkflow(await workOn(submitting))).rejects.toMatchObject({
        code: 'exists',
        message: 'a workflow named onboard-1 is there already and is not ours',
      })
      expect(toldTypes()).toEqual(['secret-planned'])
    },
  )

  it.each([
    ['invalid', told(400, 3, 'spec.entrypoint is required')],
    ['forbidden', told(403, 7, 'exceeded quota: compute')],
    ['rate-limited', told(429, 8, 'please retry later.')],
    ['not-argo', page(200)],
  ] as const)('that is refused as %s was not carried out: nothing is looked up', async (code, fault) => {
    server.fault = fault
    server.fate = 'not done'
    await expect(submitWorkflow(await workOn(submitting))).rejects.toMatchObject({ code })
    expect(server.asked).toEqual(['create'])
  })
})

describe.each([
  {
    verb: 'retry',
    change: retryWorkflow,
    before: { phase: 'Failed', finishedAt: seenEnd },
    happened: 'retry-happened',
  },
  { verb: 'stop', change: stopWorkflow, before: { phase: 'Running' }, happened: 'stop-sent' },
])('a $verb', ({ verb, change, before, happened }) => {
  const work = async (): Promise<RunWork> => {
    const { running } = phases()
    const made = await workOn(running)
    const labels = { ...workflowLabels('simulation', running, made.run) }
    const { workflowName: name, uid = '' } = made.run
    server.workflow = { metadata: { name, uid, labels }, status: before }
    return {
      ...made,
      run: { ...made.run, retry: { by: 'U0ADA', at: 0, workflowName: name, finishedAt: seenEnd } },
    }
  }

  it.each(quick)(
    'that was carried out and is answered by %s is seen to be done, and is not sent again',
    async (_, [fault]) => {
      const made = await work()
      server.fault = fault
      await change(made)
      expect(server.asked).toEqual(['get', verb, 'get'])
      expect(toldTypes().at(-1)).toBe(happened)
    },
  )

  it.each(quick)(
    'that was not carried out and is answered by %s is not taken for done',
    async (_, [fault, code]) => {
      const made = await work()
      server.fault = fault
      server.fate = 'not done'
      await expect(change(made)).rejects.toMatchObject({ code })
      expect(toldTypes()).not.toContain(happened)
    },
  )
})
