import { type Key, keyText, parseKey } from '../onboarding/key.ts'
import type { Onboarding } from '../onboarding/onboarding.ts'
import type { WorkflowState } from '../onboarding/ports/workflows.ts'
import { sealOf } from './naming.ts'
import { keyOf, recordOf } from './workflow-metadata.ts'

/** A workflow on a cluster, and the record that it carries. */
export interface Found {
  readonly key: Key
  readonly state: WorkflowState
  readonly record: Onboarding | undefined
}

const isSealed = ({ key, generation, parameters, template, seal }: Onboarding): boolean =>
  sealOf({ key, generation, parameters, digest: template.digest }) === seal

const foundIn = (state: WorkflowState): Found | undefined => {
  const key = parseKey(keyOf(state) ?? '')
  // Argo's Resubmit copies everything that tells whose a workflow is.
  if (key === undefined || state.resubmittedFrom !== undefined) return undefined
  const record = recordOf(state)
  const isWhole = record !== undefined && keyText(record.key) === keyText(key) && isSealed(record)
  return { key, state, record: isWhole ? record : undefined }
}

const isLater = ({ record: one }: Found, { record: other }: Found): boolean => {
  if (one === undefined || other === undefined) return other === undefined
  return one.generation === other.generation
    ? one.runs.length > other.runs.length
    : one.generation > other.generation
}

/** The last workflow of each key of the cluster. */
export const lastOf = (cluster: string, states: readonly WorkflowState[]): ReadonlyMap<string, Found> => {
  const last = new Map<string, Found>()
  for (const state of states) {
    const found = foundIn(state)
    // Two names of a cluster in the configuration may mean the same argo-server.
    if (found === undefined || found.key.cluster !== cluster) continue
    const known = last.get(keyText(found.key))
    if (known === undefined || isLater(found, known)) last.set(keyText(found.key), found)
  }
  return last
}

/** Whether the workflow is one of the onboarding, or a record of the same run says so. */
export const isItsOwn = (existing: Onboarding, { state, record }: Found): boolean =>
  existing.runs.some(({ workflowName }) => workflowName === state.name) || record?.runId === existing.runId
