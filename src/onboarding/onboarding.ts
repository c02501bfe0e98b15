import { z } from 'zod'

import { keySchema } from './key.ts'

// Times are milliseconds since 1970, except where a field says that it keeps a server's own text.
const time = z.number().int().nonnegative()

/** A list and not an object, so that no parameter name can collide with what every object has. */
const parameterSchema = z.strictObject({ name: z.string(), value: z.string() })

const plannedStep = z.strictObject({ name: z.string(), title: z.string() })

const step = z.strictObject({
  name: z.string(),
  title: z.string(),
  phase: z.enum(['pending', 'running', 'succeeded', 'failed', 'skipped']),
  message: z.string().exactOptional(),
  /** What its program ended with, where Argo told. */
  exitCode: z.number().int().exactOptional(),
  startedAt: time.exactOptional(),
  finishedAt: time.exactOptional(),
  /** The pod whose log belongs to the step. */
  podName: z.string().exactOptional(),
})

const failure = z.strictObject({
  /** Name of the step that failed; absent when the workflow failed without one. */
  step: z.string().exactOptional(),
  message: z.string(),
  cure: z.string().exactOptional(),
  /** The last lines of the step's log, secrets masked; absent until it was looked for. */
  log: z.array(z.string()).exactOptional(),
})

/** Why something does not move right now, in a sentence, with what cures it. */
const trouble = z.strictObject({ text: z.string(), cure: z.string().exactOptional(), since: time })

/** Why the bot does not see the workflow as it should: not at all, or only by the list each minute. */
const sight = trouble.extend({ isListed: z.boolean() })

/** What argo-server says of the workflow before anybody decides: a create that leaves nothing behind. */
const preflight = z.strictObject({
  /** Whether it is to be asked. */
  due: z.boolean(),
  /** Its last word; absent until it has given one. */
  answer: z
    .strictObject({
      isTaken: z.boolean(),
      at: time,
      /** Why it would refuse, and what cures it. */
      text: z.string().exactOptional(),
      cure: z.string().exactOptional(),
    })
    .exactOptional(),
  /** Why it could not be asked the last time; absent when it answered. */
  unanswered: trouble.exactOptional(),
})

const run = z.strictObject({
  kind: z.enum(['onboard', 'cleanup']),
  /** Counts workflows of this kind in the generation, from 1. */
  attempt: z.number().int().positive(),
  /** Counts Argo retries of this workflow. */
  retries: z.number().int().nonnegative(),
  workflowName: z.string(),
  /** SHA-256 of the workflow file that runs; its bytes are kept content-addressed. */
  workflowDigest: z.string(),
  startedBy: z.string(),
  requestedAt: time,
  /** Until when a submission is tried. */
  submitBy: time,
  /** From when the card says that the run is overdue. */
  overdueAt: time,
  phase: z.enum(['submitting', 'running', 'succeeded', 'failed']),
  uid: z.string().exactOptional(),
  submittedAt: time.exactOptional(),
  argoPhase: z.string().exactOptional(),
  /** Argo's own text; a retry is known to have happened when it is another one. */
  finishedAt: z.string().exactOptional(),
  steps: z.array(step),
  stop: z.strictObject({ by: z.string(), at: time, sent: z.boolean() }).exactOptional(),
  retry: z
    .strictObject({
      by: z.string(),
      at: time,
      finishedAt: z.string().exactOptional(),
      /** The name that a new attempt takes, should the workflow be gone. */
      workflowName: z.string(),
    })
    .exactOptional(),
  /** The end before the last retry: an answer that still shows it is an old one. */
  retriedFrom: z.string().exactOptional(),
  /** Names of workflows that people made from this one by Resubmit in Argo. */
  resubmitted: z.array(z.string()).exactOptional(),
  /** Whether the run's Secret may exist. */
  secret: z.boolean(),
  trouble: trouble.exactOptional(),
  sight: sight.exactOptional(),
  /** Alarms whose time has come: each is raised once. */
  alarmed: z.array(z.enum(['no-controller', 'overdue'])).exactOptional(),
  failure: failure.exactOptional(),
})

const decision = z.strictObject({
  by: z.string(),
  at: time,
  decision: z.enum(['approve', 'reject', 'withdraw']),
  comment: z.string().exactOptional(),
})

const notice = z.strictObject({
  /** Unique within the generation; travels as message metadata, so that a posted one is found again. */
  id: z.string(),
  at: time,
  to: z.enum(['thread', 'requester', 'admins']),
  kind: z.enum([
    'approved',
    'approval-fell',
    'rejected',
    'expired',
    'withdrawn',
    'submitted',
    'not-submitted',
    'step-succeeded',
    'run-succeeded',
    'run-failed',
    'retried',
    'stop-asked',
    'cleanup-started',
    'cleaned-up',
    'cleanup-failed',
    'workflow-gone',
    'record-rebuilt',
    'record-lost',
    'superseded',
    'resubmitted',
    'retried-in-argo',
  ]),
  by: z.string().exactOptional(),
  comment: z.string().exactOptional(),
  /** Index in `runs`. */
  run: z.number().int().nonnegative().exactOptional(),
  /** The workflow that it is about, where that is not the run's own. */
  workflow: z.string().exactOptional(),
  step: z.string().exactOptional(),
  /** What the notice says of a run that may be retried later is kept as it was. */
  failure: failure.exactOptional(),
  stopped: z.strictObject({ by: z.string(), at: time }).exactOptional(),
  /** `trying` is saved before the post: after a crash the message is looked for before it is posted again. */
  state: z.enum(['due', 'trying', 'done']),
  ts: z.string().exactOptional(),
  /** Whether buttons may stand under it. */
  offers: z.literal(true).exactOptional(),
})

export const phases = [
  'requested',
  'rejected',
  'expired',
  'withdrawn',
  'approved',
  'running',
  'succeeded',
  'failed',
  'cleaning-up',
  'cleaned-up',
  'cleanup-failed',
  /** Nobody had decided, and the document is damaged: it has to be asked again. */
  'lost',
] as const

/** The schema of a saved onboarding. A change that older data does not fit needs a new version and a migration. */
export const onboardingSchema = z.strictObject({
  version: z.literal(1),
  revision: z.number().int().positive(),
  key: keySchema,
  generation: z.number().int().positive(),
  /** Random, saved with the request: workflow names are made from it, so no name is ever used twice. */
  runId: z.string(),
  /** Buttons carry it; a click on an older card carries another. */
  nonce: z.string(),
  phase: z.enum(phases),
  template: z.strictObject({
    title: z.string(),
    digest: z.string(),
    steps: z.array(plannedStep),
    cleanupSteps: z.array(plannedStep),
    /** Whether the file was another one at the last start; what was sealed runs all the same. */
    isOutdated: z.boolean().exactOptional(),
  }),
  /** What people filled in; what the bot fills in is not here. */
  parameters: z.array(parameterSchema),
  requester: z.string(),
  seal: z.string(),
  requestedAt: time,
  /** Until when somebody has to decide. */
  decideBy: time,
  approvalsNeeded: z.number().int().nonnegative(),
  onFailure: z.enum(['ask', 'clean-up']),
  /** Absent where nobody has to decide. */
  preflight: preflight.exactOptional(),
  decisions: z.array(decision),
  runs: z.array(run),
  /** What exists now, as the workflows' global outputs said: subaccount id and the like. */
  outputs: z.array(parameterSchema),
  /** What the last clean-up found still there; absent when it did not say. */
  remaining: z.array(z.string()).exactOptional(),
  thread: z.strictObject({
    channel: z.string(),
    ts: z.string().exactOptional(),
    /** Whether a first post of the card may have happened without its answer. */
    trying: z.boolean(),
    /** Grows with every change that the card shows. */
    version: z.number().int().positive(),
    /** The version that Slack has. */
    shown: z.number().int().nonnegative(),
  }),
  /** When the record was made anew from the cluster: what was posted before then is known to Slack only. */
  rebuiltAt: time.exactOptional(),
  notices: z.array(notice),
  history: z.array(
    z.strictObject({ at: time, actor: z.string(), event: z.string(), detail: z.string().exactOptional() }),
  ),
})

type DeepReadonly<T> = T extends (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: DeepReadonly<T[Name]> }
    : T

/** One product's onboarding in one generation: the record that everything else is derived from. */
export type Onboarding = DeepReadonly<z.infer<typeof onboardingSchema>>
type Phase = Onboarding['phase']
export type Parameter = Onboarding['parameters'][number]
export type PlannedStep = Onboarding['template']['steps'][number]
export type Run = Onboarding['runs'][number]
export type Step = Run['steps'][number]
export type Failure = NonNullable<Run['failure']>
export type Preflight = NonNullable<Onboarding['preflight']>
export type Decision = Onboarding['decisions'][number]
export type Notice = Onboarding['notices'][number]

const livePhases: readonly Phase[] = ['requested', 'approved', 'running', 'cleaning-up']

/** Whether the onboarding waits for a decision or a workflow. */
export const isLive = (onboarding: Onboarding): boolean => livePhases.includes(onboarding.phase)

/** The run that is or was last under way; undefined before the first. */
export const currentRun = (onboarding: Onboarding): Run | undefined => onboarding.runs.at(-1)

/** The value of a parameter or output by its name. */
export const valueOf = (parameters: readonly Parameter[], name: string): string | undefined =>
  parameters.find((parameter) => parameter.name === name)?.value
