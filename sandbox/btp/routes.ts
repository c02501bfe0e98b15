import { z } from 'zod'

import type { ManagerAccess } from './access.ts'
import type { AccountsService } from './accounts.ts'
import { accountsError, type BtpAnswer, managerError } from './answer.ts'
import type { Instances } from './instances.ts'
import type { Operations } from './operations.ts'
import type { Platforms } from './platforms.ts'
import { rootGuid } from './subaccounts.ts'

export interface Asked {
  readonly method: string
  readonly path: readonly string[]
  readonly query: URLSearchParams
  readonly body: unknown
  /** The subaccount whose client asks, or `global`. */
  readonly owner: string
  readonly mayWrite: boolean
}

interface Services {
  readonly accounts: AccountsService
  readonly access: ManagerAccess
  readonly platforms: Platforms
  readonly instances: Instances
  readonly operations: Operations
}

const named = z.object({ name: z.string().min(1) })
const noMethod = (): BtpAnswer => accountsError(405, 11_004, 'The method is not allowed')

const answerAccess = ({ access }: Services, { method }: Asked, guid: string): BtpAnswer => {
  if (method === 'POST') return access.create(guid)
  return method === 'DELETE' ? access.delete(guid) : access.get(guid)
}

const answerNamedAccess = ({ access }: Services, { method, path, body }: Asked, guid: string): BtpAnswer => {
  const name = path[5]
  if (method === 'POST') {
    const wanted = named.safeParse(body)
    return wanted.success
      ? access.create(guid, wanted.data.name)
      : accountsError(400, 11_000, 'Request payload is invalid', ['name: is required'])
  }
  if (name === undefined) return access.list(guid)
  return method === 'DELETE' ? access.delete(guid, name) : access.get(guid, name)
}

const answerSubaccount = (services: Services, asked: Asked, guid: string): BtpAnswer => {
  const { accounts } = services
  const { method, path, query } = asked
  const [, version, , , more] = path
  if (more !== undefined && accounts.find(guid) === undefined)
    return accountsError(404, 20_004, 'Subaccount not found')
  if (version === 'v1' && more === 'serviceManagementBinding') return answerAccess(services, asked, guid)
  if (version === 'v2' && more === 'serviceManagerBindings') return answerNamedAccess(services, asked, guid)
  if (more !== undefined) return noMethod()
  if (method === 'DELETE') return accounts.delete(guid, query.get('forceDelete') === 'true')
  return method === 'GET' ? accounts.get(guid) : noMethod()
}

/** The accounts service and its jobs; only the global account's client may ask. */
export const answerAccounts = (services: Services, asked: Asked): BtpAnswer => {
  const { accounts } = services
  const { method, path, query, body, owner, mayWrite } = asked
  // The real service says no more than that.
  if (owner !== 'global' || (method !== 'GET' && !mayWrite)) return { status: 403 }
  const [first, , kind, guid] = path
  if (first === 'jobs-management') return accounts.job(guid ?? '')
  if (kind === 'globalAccount') return { status: 200, body: { guid: rootGuid, displayName: 'Sandbox' } }
  if (kind !== 'subaccounts') return noMethod()
  if (guid !== undefined) return answerSubaccount(services, asked, guid)
  return method === 'POST' ? accounts.create(body) : accounts.list(query.get('labelSelector'))
}

const isTrue = (query: URLSearchParams, name: string): boolean => query.get(name) === 'true'

const answerPlatforms = (
  { platforms, instances }: Services,
  { method, path, query, body, owner }: Asked,
): BtpAnswer => {
  const [, , id, kind, cluster] = path
  if (id !== undefined && kind === 'clusters' && method === 'DELETE')
    return instances.deleteCluster(owner, id, cluster ?? '')
  if (id === undefined)
    return method === 'POST' ? platforms.create(owner, body) : platforms.list(owner, query)
  if (method === 'PATCH') return platforms.change(owner, id, isTrue(query, 'regenerateCredentials'))
  return method === 'DELETE'
    ? platforms.delete(owner, id, isTrue(query, 'cascade'))
    : platforms.get(owner, id)
}

const answerInstances = ({ instances }: Services, { method, path, query, body, owner }: Asked): BtpAnswer => {
  const id = path[2]
  const isAsync = isTrue(query, 'async')
  if (id === undefined) {
    return method === 'POST' ? instances.create(owner, body, isAsync) : instances.list(owner, query)
  }
  return method === 'DELETE' ? instances.delete(owner, id, isAsync) : instances.get(owner, id)
}

const answerBindings = ({ instances }: Services, { method, path, query, body, owner }: Asked): BtpAnswer => {
  const id = path[2]
  if (id === undefined)
    return method === 'POST' ? instances.bind(owner, body) : instances.listBindings(owner, query)
  return method === 'DELETE' ? instances.unbind(owner, id) : instances.getBinding(owner, id)
}

/** The Service Manager of the subaccount whose client asks. */
export const answerManager = (services: Services, asked: Asked): BtpAnswer => {
  const [, kind, , operations, operation] = asked.path
  if (asked.owner === 'global') return managerError(403, 'Forbidden', 'the token is of no subaccount')
  if (operations === 'operations') return services.operations.get(operation ?? '')
  if (kind === 'platforms') return answerPlatforms(services, asked)
  if (kind === 'service_instances') return answerInstances(services, asked)
  if (kind === 'service_bindings') return answerBindings(services, asked)
  return managerError(404, 'NotFound', 'could not find such resource')
}
