import { forbiddenMessage } from '../kubernetes/identities.ts'
import { findAction, readActionBody, verbsOf } from './actions.ts'
import { type Call, isDryRun, type Services } from './call.ts'
import { actorLabel, createWorkflow, readSubmitted } from './create.ts'
import { ArgoError, internal, notImplemented, permissionDenied, workflowNotFound } from './errors.ts'
import { filterFields, filterWorkflow } from './fields.ts'
import { type Guard, readHeader } from './guard.ts'
import { readInfo } from './info.ts'
import { listWorkflows } from './list.ts'
import { podName } from './nodes.ts'
import type { WorkflowStore } from './store.ts'
import { validateWorkflow } from './validate.ts'
import { isFailure, type Workflow } from './workflow.ts'

type Handler = (call: Call) => unknown

function findWorkflow(store: WorkflowStore, { namespace, name }: Call): Workflow {
  const newestFirst = (a: Workflow, b: Workflow): number =>
    Number(b.metadata.resourceVersion) - Number(a.metadata.resourceVersion)
  const found =
    name === '@latest' ? store.list(namespace).toSorted(newestFirst)[0] : store.get(namespace, name)
  if (found === undefined) throw workflowNotFound(name)
  return found
}

// A retry deletes what failed with the caller's token.
function checkPods(guard: Guard, call: Call, { metadata, status }: Workflow): void {
  if (call.action !== 'retry') return
  const failed = Object.values(status.nodes ?? {}).filter(
    ({ type, phase }) => type === 'Pod' && isFailure(phase),
  )
  for (const node of failed) guard.checkPods(call, 'delete', podName(metadata.name, node))
}

function lint({ kubernetes }: Services, { body, request }: Call): object {
  const submitted = readSubmitted(body)
  const who = kubernetes.authenticate(readHeader(request).replace(/^Bearer /, '')) ?? ''
  try {
    validateWorkflow(submitted)
  } catch (error) {
    // The real server hands the bare error on, which becomes "unknown".
    if (error instanceof ArgoError) throw new ArgoError(2, 500, error.message)
    throw error
  }
  const labels = { ...submitted.metadata.labels, 'workflows.argoproj.io/creator': actorLabel(who) }
  const status = { startedAt: null, finishedAt: null }
  return { metadata: { ...submitted.metadata, labels }, spec: submitted.spec, status }
}

// As Kubernetes words it (pkg/quota/v1, CheckRequest).
const quotaMessage = (name = ''): string => {
  const count = 'count/workflows.argoproj.io'
  return `workflows.argoproj.io "${name}" is forbidden: exceeded quota: workflows, requested: ${count}=1, used: ${count}=10, limited: ${count}=10`
}

/** The calls that are answered at once, by name. */
export function createUnary(services: Services, guard: Guard): Record<string, Handler> {
  const { store, pods, clock, faults } = services
  const find = (call: Call): Workflow => findWorkflow(store, call)
  return {
    create: (call) => {
      const submitted = readSubmitted(call.body)
      validateWorkflow(submitted)
      const identity = guard.check(call, ['create'])
      if (faults.isQuotaUsedUp) throw permissionDenied(quotaMessage(submitted.metadata.name))
      return createWorkflow(store, {
        submitted,
        namespace: call.namespace,
        identity,
        nowMs: clock.now(),
        isDryRun: isDryRun(call.body),
      })
    },
    lint: (call) => lint(services, call),
    get: (call) => {
      guard.check(call, ['get'])
      const workflow = find(call)
      const uid = call.query.get('uid')
      // Without an archive the real server looks into nothing here, and panics.
      if (uid !== null && uid !== '' && uid !== workflow.metadata.uid) {
        throw internal('runtime error: invalid memory address or nil pointer dereference')
      }
      return filterWorkflow(workflow, call.query.get('fields') ?? '')
    },
    list: (call) => {
      guard.mayList(call)
      const namespace = call.namespace === '' ? undefined : call.namespace
      return filterFields(listWorkflows(store, namespace, call.query), call.query.get('fields') ?? '')
    },
    act: (call) => {
      const action = findAction(call.action)
      if (action === undefined) throw notImplemented()
      const identity = guard.check(call, verbsOf(call.action))
      const body = readActionBody(call.body)
      const workflow = find(call)
      checkPods(guard, call, workflow)
      return action({ workflow, body, identity, nowMs: clock.now(), store, pods })
    },
    delete: (call) => {
      guard.check(call, ['get', 'delete'])
      find(call)
      store.remove(call.namespace, call.name)
      return {}
    },
    info: ({ request, action }) => readInfo(action, readHeader(request), services.namespace),
    eventSources: (call) => {
      const access = {
        verb: 'create',
        group: 'argoproj.io',
        resource: 'eventsources',
        namespace: call.namespace,
      }
      throw permissionDenied(forbiddenMessage(guard.whoIs(call.request), access))
    },
  }
}
