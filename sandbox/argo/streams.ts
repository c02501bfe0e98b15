import type { Call, Services } from './call.ts'
import { ArgoError, workflowNotFound } from './errors.ts'
import type { Guard } from './guard.ts'
import { startLog } from './log.ts'
import { openStream } from './stream.ts'
import { startWatch } from './watch.ts'

/** The calls that are answered bit by bit, by name. */
export function createStreams(services: Services, guard: Guard): Record<string, (call: Call) => void> {
  const { store, pods, clock, faults, keepAliveMs, bookmarkMs, streams } = services
  const open = (call: Call, feed: (stream: ReturnType<typeof openStream>) => void): void => {
    const fields = call.query.get('fields') ?? ''
    const stream = openStream(call.request, call.response, { clock, fields, keepAliveMs, faults })
    const { socket } = call.request
    streams.add(socket)
    stream.onClose(() => streams.delete(socket))
    try {
      feed(stream)
    } catch (error) {
      if (!(error instanceof ArgoError)) throw error
      stream.end(error)
    }
  }
  return {
    watch: (call) =>
      open(call, (stream) => {
        guard.check(call, ['watch'])
        const namespace = call.namespace === '' ? undefined : call.namespace
        startWatch(stream, { store, clock, namespace, query: call.query, bookmarkMs })
      }),
    log: (call) =>
      open(call, (stream) => {
        guard.check(call, ['get'])
        const workflow = store.get(call.namespace, call.name)
        if (workflow === undefined) throw workflowNotFound(call.name)
        guard.checkPods(call, 'watch')
        guard.checkPods(call, 'list')
        if (!guard.mayReadLogs(call)) return stream.end()
        startLog(stream, { store, pods, workflow, query: call.query })
      }),
  }
}
