import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

import type { Clock } from '../../src/clock.ts'
import { isObject } from '../kubernetes/json.ts'
import type { KubernetesSandbox } from '../kubernetes/server.ts'
import type { Faults } from './faults.ts'
import type { Pods } from './pods.ts'
import type { WorkflowStore } from './store.ts'

/** What calls are answered from. */
export interface Services {
  readonly clock: Clock
  readonly kubernetes: KubernetesSandbox
  readonly namespace: string
  readonly store: WorkflowStore
  readonly pods: Pods
  readonly faults: Faults
  readonly streams: Set<Socket>
  readonly keepAliveMs: number
  readonly bookmarkMs: number
}

/** One request of the REST API, read. */
export interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: URLSearchParams
  readonly body: unknown
  readonly namespace: string
  readonly name: string
  readonly action: string
}

/** Whether a create is to leave nothing behind. */
export const isDryRun = (body: unknown): boolean => isObject(body) && body['serverDryRun'] === true
