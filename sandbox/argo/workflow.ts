import { z } from 'zod'

// The keys that argo-server keeps of a Workflow; others are dropped in silence, as the real server's decoding does.
const text = z.coerce.string()

const parameter = z.object({
  name: z.string(),
  default: text.optional(),
  value: text.optional(),
  valueFrom: z.record(z.string(), z.unknown()).optional(),
  globalName: z.string().optional(),
  enum: z.array(text).optional(),
  description: z.string().optional(),
})

const parameters = z.object({ parameters: z.array(parameter).optional() })

const continueOn = z.object({ error: z.boolean().optional(), failed: z.boolean().optional() })

const step = z.object({
  name: z.string(),
  template: z.string().optional(),
  arguments: parameters.default({}),
  when: z.string().optional(),
  continueOn: continueOn.optional(),
})

const task = step.extend({
  dependencies: z.array(z.string()).optional(),
  depends: z.string().optional(),
})

const variable = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z
    .object({
      secretKeyRef: z
        .object({ name: z.string().optional(), key: z.string(), optional: z.boolean().optional() })
        .optional(),
    })
    .optional(),
})

const container = z.looseObject({
  name: z.string().default(''),
  image: z.string().default(''),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  env: z.array(variable).optional(),
  resources: z.record(z.string(), z.unknown()).default({}),
})

const retryStrategy = z.object({
  limit: z.union([z.string(), z.number()]).optional(),
  retryPolicy: z.string().optional(),
  backoff: z
    .object({ duration: text.optional(), factor: text.optional(), maxDuration: text.optional() })
    .optional(),
  expression: z.string().optional(),
})

export const templateSchema = z.object({
  name: z.string().default(''),
  inputs: parameters.default({}),
  outputs: parameters.default({}),
  metadata: z.record(z.string(), z.unknown()).default({}),
  steps: z.array(z.array(step)).optional(),
  container: container.optional(),
  dag: z.object({ tasks: z.array(task), failFast: z.boolean().optional() }).optional(),
  suspend: z.object({ duration: text.optional() }).optional(),
  retryStrategy: retryStrategy.optional(),
  activeDeadlineSeconds: z.union([z.string(), z.number()]).optional(),
  volumes: z.array(z.unknown()).optional(),
  securityContext: z.record(z.string(), z.unknown()).optional(),
  serviceAccountName: z.string().optional(),
})

const loose = z.record(z.string(), z.unknown()).optional()

const spec = z.object({
  templates: z.array(templateSchema).optional(),
  entrypoint: z.string().optional(),
  arguments: parameters.default({}),
  serviceAccountName: z.string().optional(),
  automountServiceAccountToken: z.boolean().optional(),
  executor: loose,
  volumes: z.array(z.unknown()).optional(),
  parallelism: z.number().optional(),
  suspend: z.boolean().optional(),
  nodeSelector: loose,
  affinity: loose,
  tolerations: z.array(z.unknown()).optional(),
  imagePullSecrets: z.array(z.unknown()).optional(),
  hostNetwork: z.boolean().optional(),
  onExit: z.string().optional(),
  ttlStrategy: z
    .object({
      secondsAfterCompletion: z.number().optional(),
      secondsAfterSuccess: z.number().optional(),
      secondsAfterFailure: z.number().optional(),
    })
    .optional(),
  activeDeadlineSeconds: z.number().optional(),
  priority: z.number().optional(),
  podGC: loose,
  podMetadata: loose,
  podSpecPatch: z.string().optional(),
  securityContext: loose,
  shutdown: z.string().optional(),
  synchronization: z
    .object({
      mutexes: z
        .array(z.object({ name: z.string().optional(), namespace: z.string().optional() }))
        .optional(),
    })
    .optional(),
  retryStrategy: retryStrategy.optional(),
  workflowMetadata: loose,
})

const metadata = z.object({
  name: z.string().optional(),
  generateName: z.string().optional(),
  namespace: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  ownerReferences: z.array(z.unknown()).optional(),
  finalizers: z.array(z.string()).optional(),
})

/** What a create call sends. */
export const submittedSchema = z.object({ metadata: metadata.default({}), spec: spec.prefault({}) })

export type Submitted = z.infer<typeof submittedSchema>
export type WorkflowSpec = Submitted['spec']
export type Template = z.infer<typeof templateSchema>
export type Step = z.infer<typeof step>
export type Task = z.infer<typeof task>
export type Parameter = z.infer<typeof parameter>
export type RetryStrategy = z.infer<typeof retryStrategy>
export type Container = z.infer<typeof container>

export type NodePhase = 'Pending' | 'Running' | 'Succeeded' | 'Skipped' | 'Failed' | 'Error' | 'Omitted'
export type NodeType = 'Pod' | 'Steps' | 'StepGroup' | 'DAG' | 'Retry' | 'Skipped' | 'Suspend'

interface Outputs {
  parameters?: Parameter[]
  exitCode?: string
}

/** One node of `status.nodes`; the order in which keys are set is Argo's. */
export interface NodeStatus {
  id: string
  name: string
  displayName: string
  type: NodeType
  templateName?: string
  templateScope: string
  phase: NodePhase
  boundaryID?: string
  message?: string
  startedAt: string | null
  finishedAt: string | null
  progress?: string
  resourcesDuration?: { cpu: number; memory: number }
  nodeFlag?: { retried?: true; hooked?: true }
  inputs?: { parameters: Parameter[] }
  outputs?: Outputs
  children?: string[]
  outboundNodes?: string[]
  hostNodeName?: string
  taskResultSynced?: boolean
}

interface MutexHold {
  mutex: string
  holder?: string
}

interface WorkflowStatus {
  phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Error'
  startedAt: string | null
  finishedAt: string | null
  progress?: string
  message?: string
  nodes?: Record<string, NodeStatus>
  outputs?: { parameters: Parameter[] }
  conditions?: { type: string; status: string; message?: string }[]
  resourcesDuration?: { cpu: number; memory: number }
  synchronization?: { mutex: { holding?: MutexHold[]; waiting?: MutexHold[] } }
  artifactRepositoryRef?: object
  artifactGCStatus?: object
}

export interface Workflow {
  metadata: {
    name: string
    generateName?: string | undefined
    namespace: string
    uid: string
    /** Absent on what was never stored. */
    resourceVersion?: string
    generation: number
    creationTimestamp: string
    labels?: Record<string, string>
    annotations?: Record<string, string>
    ownerReferences?: unknown[] | undefined
    managedFields?: unknown[]
  }
  spec: WorkflowSpec
  status: WorkflowStatus
}

/** Whether nothing more happens to a workflow or node in this phase. */
export function isFulfilled(phase: string | undefined): boolean {
  return phase !== undefined && phase !== '' && phase !== 'Pending' && phase !== 'Running'
}

/** Whether a node in this phase counts as a failure of what contains it. */
export function isFailure(phase: string | undefined): boolean {
  return phase === 'Failed' || phase === 'Error'
}
