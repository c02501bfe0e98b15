import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

import type { Clock } from '../../src/clock.ts'
import type { KubernetesSandbox } from '../kubernetes/server.ts'
import { createTlsServer } from '../tls-server.ts'
import { sendError } from './answers.ts'
import type { Services } from './call.ts'
import { createController } from './controller.ts'
import { ArgoError } from './errors.ts'
import { createFaults, takePlanned } from './faults.ts'
import type { Faults } from './faults.ts'
import { type Installation, installServer } from './installation.ts'
import { createPods } from './pods.ts'
import { createRoutes } from './routes.ts'
import type { StepRunner } from './step-runner.ts'
import { createWorkflowStore } from './store.ts'
import type { Workflow } from './workflow.ts'

export interface ArgoOptions {
  readonly clock: Clock
  readonly kubernetes: KubernetesSandbox
  /** The namespace that the installation manages. */
  readonly namespace: string
  readonly runner: StepRunner
  readonly port?: number
  /** TLS with this certificate, as a real one speaks by default. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** How long after a change the controller looks; real ones take up to 10 s, the default is 50 ms. */
  readonly reconcileMs?: number
  /** Between two keep-alives of a stream; default 15 s. */
  readonly keepAliveMs?: number
  /** Between two bookmarks of a watch; default 60 s. */
  readonly bookmarkMs?: number
}

export interface ArgoSandbox extends Installation {
  readonly url: string
  readonly faults: Faults
  readonly workflows: {
    readonly list: () => Workflow[]
    readonly get: (namespace: string, name: string) => Workflow | undefined
    /** Forgets past events, so that every older resourceVersion is too old. */
    readonly compact: () => void
  }
  /** How often a create for a name was stored. */
  readonly creates: Map<string, number>
  /** Every request that came: method and path with query. */
  readonly requests: { readonly method: string; readonly path: string }[]
  readonly close: () => Promise<void>
}

async function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Argo sandbox: not listening')
  return address.port
}

type Route = ReturnType<typeof createRoutes>

function answerPlanned(request: IncomingMessage, response: ServerResponse, faults: Faults): boolean {
  if (faults.isRefusing) request.socket.destroy()
  if (faults.isRefusing || faults.isHanging) return true
  if (faults.isHoldingStreams && request.url?.startsWith('/api/v1/workflow-events/') === true) return true
  const planned = takePlanned(faults, request.method ?? 'GET', request.url ?? '/')
  if (planned === undefined) return false
  response.writeHead(planned.status, planned.headers ?? { 'Content-Type': 'application/json' })
  response.end(planned.body ?? '')
  return true
}

function handleRequests(services: Services, route: Route, requests: { method: string; path: string }[]) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    requests.push({ method: request.method ?? 'GET', path: request.url ?? '/' })
    if (answerPlanned(request, response, services.faults)) return
    route(request, response).catch((error: unknown) => {
      const known = error instanceof ArgoError ? error : new ArgoError(13, 500, String(error))
      if (response.headersSent) response.destroy()
      else sendError(response, known)
    })
  }
}

function createHttpServer(
  { tls }: ArgoOptions,
  services: Services,
  requests: { method: string; path: string }[],
): ReturnType<typeof createServer> {
  const onRequest = handleRequests(services, createRoutes(services), requests)
  const server = tls === undefined ? createServer(onRequest) : createTlsServer(tls, onRequest)
  server.on('connection', (socket) => {
    if (services.faults.isRefusing) socket.destroy()
  })
  return server
}

/** Starts an argo-server with its controller on loopback: workflows sent to it really run, by `runner`. */
export async function startArgo(options: ArgoOptions): Promise<ArgoSandbox> {
  const { clock, kubernetes, namespace, runner } = options
  const firstVersion = Number(kubernetes.objects.currentVersion())
  const store = createWorkflowStore(kubernetes.objects.nextVersion, firstVersion)
  const streams = new Set<Socket>()
  const faults = createFaults(() => {
    for (const socket of streams) socket.destroy()
  })
  let wake = (_namespace: string, _name: string): void => {}
  const pods = createPods({
    clock,
    kubernetes,
    runner,
    wake: (space, name) => wake(space, name),
    fault: () => faults.pods,
  })
  const isDown = (): boolean => faults.isControllerDown
  const controller = createController({ clock, store, pods, reconcileMs: options.reconcileMs ?? 50, isDown })
  wake = controller.wake
  const creates = new Map<string, number>()
  store.onEvent(({ type, object }) => {
    const { name } = object.metadata
    if (type === 'ADDED') creates.set(name, (creates.get(name) ?? 0) + 1)
    if (type === 'DELETED') kubernetes.collectGarbage()
    else controller.wake(object.metadata.namespace, name)
  })
  kubernetes.registerOwner('Workflow', store.hasUid)
  const services: Services = {
    clock,
    kubernetes,
    namespace,
    store,
    pods,
    faults,
    streams,
    keepAliveMs: options.keepAliveMs ?? 15_000,
    bookmarkMs: options.bookmarkMs ?? 60_000,
  }
  const requests: { method: string; path: string }[] = []
  const server = createHttpServer(options, services, requests)
  const port = await listen(server, options.port ?? 0)
  return {
    ...installServer(kubernetes, namespace, port),
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    faults,
    workflows: { list: () => store.list(), get: store.get, compact: store.compact },
    creates,
    requests,
    close: async () => {
      controller.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      await pods.close()
    },
  }
}
