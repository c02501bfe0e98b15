import { z } from 'zod'

/** What is read of a node; argo-server may add whatever it likes. */
const node = z.object({
  id: z.string(),
  name: z.string(),
  displayName: z.string().default(''),
  type: z.string(),
  templateName: z.string().optional(),
  phase: z.string().default('Pending'),
  boundaryID: z.string().optional(),
  message: z.string().optional(),
  startedAt: z.string().nullish(),
  finishedAt: z.string().nullish(),
  children: z.array(z.string()).nullish(),
  nodeFlag: z.object({ retried: z.boolean().optional(), hooked: z.boolean().optional() }).nullish(),
})
export type ArgoNode = z.infer<typeof node>

/** Which locks are waited for, and who holds them. */
const synchronization = z.object({
  mutex: z
    .object({ waiting: z.array(z.object({ mutex: z.string(), holder: z.string().optional() })).nullish() })
    .nullish(),
  semaphore: z
    .object({
      waiting: z.array(z.object({ semaphore: z.string(), holders: z.array(z.string()).nullish() })).nullish(),
    })
    .nullish(),
})

export const workflowSchema = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    resourceVersion: z.string().optional(),
    labels: z.record(z.string(), z.string()).nullish(),
    annotations: z.record(z.string(), z.string()).nullish(),
  }),
  spec: z.object({ suspend: z.boolean().nullish(), shutdown: z.string().nullish() }).nullish(),
  status: z
    .object({
      phase: z.enum(['Pending', 'Running', 'Succeeded', 'Failed', 'Error']).or(z.literal('')).optional(),
      message: z.string().optional(),
      finishedAt: z.string().nullish(),
      synchronization: synchronization.nullish(),
      nodes: z.record(z.string(), node).nullish(),
      outputs: z
        .object({
          parameters: z.array(z.object({ name: z.string(), value: z.coerce.string().optional() })).nullish(),
        })
        .nullish(),
    })
    .default({}),
})
export type ArgoWorkflow = z.infer<typeof workflowSchema>

/** `items` is null when there is none. */
export const listSchema = z.object({ items: z.array(workflowSchema).nullish() })

const bookmark = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).nullish() }).optional(),
})

/** One frame of the event stream. `{}` is an error whose text a field filter has stripped. */
export const frameSchema = z.union([
  z.object({ result: z.object({ type: z.literal('BOOKMARK'), object: bookmark }) }),
  z.object({ result: z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED']), object: workflowSchema }) }),
  z.object({ error: z.object({ http_code: z.number(), message: z.string() }) }),
])

export const logLineSchema = z.object({ result: z.object({ content: z.string().default('') }) })

export const versionSchema = z.object({ version: z.string() })
export const infoSchema = z.object({ managedNamespace: z.string().optional() })
