import type { Key } from './key.ts'
import type { Notice, Onboarding, Parameter, PlannedStep, Step } from './onboarding.ts'
import type { Person, Policy, Rule } from './policy.ts'

/** A workflow as argo-server shows it, reduced to what an onboarding follows. */
export interface WorkflowState {
  readonly name: string
  readonly uid: string
  /** Absent until a controller has seen it, and again just after a retry. */
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Error'
  readonly message?: string
  /** `Stop` or `Terminate` once somebody, or the bot, has asked for it. */
  readonly shutdown?: string
  /** It waits for a person: as a whole, or at the step of that name. */
  readonly suspended?: { readonly step?: string }
  /** The lock that it waits for, and the workflow (NAMESPACE/NAME) that holds it. */
  readonly lock?: { readonly name: string; readonly holder?: string }
  /** Argo's own text. */
  readonly finishedAt?: string
  /** The steps directly under the entrypoint (and the exit handler), in the order in which they began. */
  readonly steps: readonly Omit<Step, 'title'>[]
  /** The global outputs. */
  readonly outputs: readonly Parameter[]
  /** The workflow that a person made this one from, by Resubmit in Argo, which copies our labels and annotations. */
  readonly resubmittedFrom?: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** How a call to argo-server or the Kubernetes API ended that did not do what was asked. */
export type RemoteFailure =
  | 'unreachable'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'exists'
  | 'invalid'
  | 'rate-limited'
  | 'unavailable'
  | 'not-argo'

/** Thrown by {@link Workflows} and {@link RunSecrets}. Whether the call was carried out is unknown for `unreachable` and `unavailable`. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError'
  readonly code: RemoteFailure
  readonly retryAfterMs: number | undefined
  /** What people can do about it, where whoever throws knows better than the code says. */
  readonly cure: string | undefined

  constructor(
    message: string,
    options: { code: RemoteFailure; retryAfterMs?: number; cure?: string; cause?: unknown },
  ) {
    super(message, { cause: options.cause })
    this.code = options.code
    this.cure = options.cure
    this.retryAfterMs = options.retryAfterMs
  }
}

export interface WorkflowListener {
  /** The workflow as it is now; the same may be told more than once and in any order of arrival. */
  readonly seen: (state: WorkflowState) => void
  /** Looked for and not there. */
  readonly gone: (workflowName: string) => void
  /** Its cluster cannot be watched at present, after several tries; told again while that lasts. */
  readonly unseen: (error: RemoteError) => void
}

/** argo-servers, by the name of the cluster. Every method throws {@link RemoteError}. */
export interface Workflows {
  /** Submits a workflow manifest whose `metadata.name` is set. */
  readonly create: (cluster: string, manifest: WorkflowManifest) => Promise<WorkflowState>
  /** Asks whether it would be created, which leaves nothing behind. It does not look at ServiceAccounts, images or Secrets. */
  readonly check: (cluster: string, manifest: WorkflowManifest) => Promise<void>
  /** Undefined when there is none of that name, or (with a uid) when it is another one than that. */
  readonly get: (cluster: string, name: string, uid?: string) => Promise<WorkflowState | undefined>
  readonly retry: (cluster: string, name: string) => Promise<void>
  readonly stop: (cluster: string, name: string) => Promise<void>
  /** Every workflow of this installation, without its steps. */
  readonly list: (cluster: string) => Promise<readonly WorkflowState[]>
  /** The last lines of the step's main container, the executor's own lines left out; empty when the pod is gone. */
  readonly log: (cluster: string, name: string, podName: string) => Promise<readonly string[]>
  /** Follows a workflow by the cluster's one stream until the returned function is called. */
  readonly follow: (
    cluster: string,
    workflow: { readonly name: string; readonly uid: string },
    listener: WorkflowListener,
  ) => () => void
  /** Opens the stream of every cluster, and tells of the copies that people make of our workflows in Argo. */
  readonly watch: (resubmitted: (cluster: string, copy: WorkflowState) => void) => void
  /** The page of the workflow for people; undefined where none is configured. */
  readonly link: (cluster: string, name: string, uid: string | undefined) => string | undefined
}

export interface WorkflowManifest {
  readonly apiVersion: 'argoproj.io/v1alpha1'
  readonly kind: 'Workflow'
  readonly metadata: {
    readonly name: string
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }
  readonly spec: Readonly<Record<string, unknown>>
}

/** The Secret of a run, in the workflows' namespace of its cluster. Every method throws {@link RemoteError}. */
export interface RunSecrets {
  /** Makes it or, where one of that name and of this installation is left, makes it anew. */
  readonly make: (cluster: string, name: string, data: Readonly<Record<string, string>>) => Promise<void>
  /** Lets Kubernetes delete it together with the workflow. */
  readonly own: (cluster: string, name: string, workflow: { name: string; uid: string }) => Promise<void>
  /** Undefined when there is none. */
  readonly read: (cluster: string, name: string) => Promise<Readonly<Record<string, string>> | undefined>
  /** Fine when there is none. */
  readonly remove: (cluster: string, name: string) => Promise<void>
}

/** Which value a key of the run Secret takes: `key` (dots go deeper) of the object that the source has at `path`; without `key` the whole object as JSON. */
export interface SecretReference {
  readonly path: string
  readonly key?: string
}

/** Where a run's secrets come from. */
export interface Credentials {
  /** Throws {@link RemoteError}; its text never carries a value. */
  readonly fetch: (
    key: Key,
    wanted: Readonly<Record<string, SecretReference>>,
  ) => Promise<Readonly<Record<string, string>>>
}

export interface ValuePattern {
  /** The source of a RegExp with the flag `u`, without anchors. */
  readonly pattern: string
  readonly says: string
}

export interface TemplateParameter {
  readonly name: string
  readonly title: string
  readonly description?: string
  readonly default?: string
  readonly enum?: readonly string[]
  /** What the whole value has to match, and the sentence for whoever typed one that does not. */
  readonly pattern?: ValuePattern
  readonly required: boolean
}

/** One of a template's two workflow files. */
export interface WorkflowFile {
  /** The file as read at start. */
  readonly text: string
  /** SHA-256 of `text`, in hex. */
  readonly digest: string
  readonly steps: readonly PlannedStep[]
}

export interface Template {
  readonly name: string
  readonly title: string
  readonly description: string
  /** What people fill in, in the order of the file. */
  readonly parameters: readonly TemplateParameter[]
  readonly onboard: WorkflowFile
  readonly cleanup: WorkflowFile
}

export interface Manifesting {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** Values for the file's parameters; names that the file does not have are left out. */
  readonly values: readonly Parameter[]
  /** What the cluster wants of every pod. */
  readonly pods?: PodSettings
}

/** What the configuration says of the pods of one cluster, on top of what the template says of the whole workflow. */
export interface PodSettings {
  /** In place of the template's. */
  readonly serviceAccount?: string
  readonly imagePullSecrets?: readonly string[]
  readonly nodeSelector?: Readonly<Record<string, string>>
  /** As Kubernetes writes them. */
  readonly tolerations?: readonly object[]
}

/** The templates as read at start, and how a workflow file becomes a manifest. */
export interface Templates {
  readonly all: readonly Template[]
  readonly find: (name: string) => Template | undefined
  /** Fills a workflow file (as it was kept) with values, by argument and never by text. */
  readonly manifest: (text: string, filling: Manifesting) => WorkflowManifest
  /** The secrets that a workflow file asks for. */
  readonly secretsOf: (text: string) => Readonly<Record<string, SecretReference>>
}

/** How a save ended that did not save. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  /**
   * `conflict`: somebody else saved first. `read-only`: the disk failed, nothing more is taken. `disk`: this one save
   * failed. `damaged`: the document was set aside, and what it said is not known.
   */
  readonly code: 'conflict' | 'read-only' | 'disk' | 'damaged'

  constructor(message: string, options: { code: StoreError['code']; cause?: unknown }) {
    super(message, { cause: options.cause })
    this.code = options.code
  }
}

/** One line of the bounded list of what was settled last. */
export interface SettledSummary {
  readonly key: Key
  readonly generation: number
  readonly phase: Onboarding['phase']
  readonly requester: string
  readonly at: number
}

/** A key whose document was set aside and has nothing in its place yet. */
export interface Damaged {
  readonly key: Key
  /** The set aside file, in the data folder. */
  readonly file: string
  readonly reason: string
  /** Whether it was settled: then something may be in place that only the document knew. */
  readonly wasSettled: boolean
  /** Who asked, where the damaged text still tells. */
  readonly requester: string | undefined
}

/** The onboardings, durably: when `save` has returned, the document survives kill -9 and a power cut. */
export interface Store {
  /** The newest generation of the key, wherever it is kept. Throws {@link StoreError}. */
  readonly find: (key: Key) => Promise<Onboarding | undefined>
  /** An older generation of the key; undefined where its document is not kept any more, or cannot be read. */
  readonly findOlder: (key: Key, generation: number) => Promise<Onboarding | undefined>
  /** What was not settled when it was saved last, from memory. */
  readonly active: () => readonly Onboarding[]
  /**
   * Saves the document, whose revision has to be one more than the saved one's (1 for a new key or generation).
   * A settled one moves out of what is loaded at start. Throws {@link StoreError}.
   */
  readonly save: (next: Onboarding, options: { settled: boolean }) => Promise<void>
  /** Saves a first revision in the place of a document that is damaged, lost, or of something that never began. Throws {@link StoreError}. */
  readonly restore: (next: Onboarding) => Promise<void>
  readonly damaged: () => readonly Damaged[]
  /** Newest first, at most a hundred. */
  readonly settled: () => readonly SettledSummary[]
  /** Keeps a workflow file under its digest; durable when it returns. Throws {@link StoreError}. */
  readonly keepFile: (file: { digest: string; text: string }) => Promise<void>
  readonly readFile: (digest: string) => Promise<string | undefined>
  /** Why nothing can be saved any more; undefined while it can. */
  readonly readOnly: () => string | undefined
}

/** Slack did not take a message. */
export class MessengerError extends Error {
  override readonly name = 'MessengerError'
  /** `later`: try again. `refused`: it will never be taken as it is. */
  readonly code: 'later' | 'refused'
  readonly retryAfterMs: number | undefined

  constructor(
    message: string,
    options: { code: 'later' | 'refused'; retryAfterMs?: number; cause?: unknown },
  ) {
    super(message, { cause: options.cause })
    this.code = options.code
    this.retryAfterMs = options.retryAfterMs
  }
}

/** Shows onboardings to people. Every method throws {@link MessengerError}. */
export interface Messenger {
  /** Posts or updates the card; with `thread.trying` it looks for its own earlier post first. */
  readonly showCard: (onboarding: Onboarding) => Promise<{ channel: string; ts: string }>
  /** Posts a notice; one in state `trying` is looked for first. */
  readonly postNotice: (onboarding: Onboarding, notice: Notice) => Promise<{ ts: string }>
  /** Takes from a posted notice the buttons that make no sense any more. */
  readonly redrawNotice: (onboarding: Onboarding, notice: Notice) => Promise<void>
  /** The newest card of a key that was posted in the channel since then (milliseconds since 1970). */
  readonly findCard: (
    key: Key,
    where: { readonly channel: string; readonly since: number },
  ) => Promise<{ readonly ts: string; readonly generation: number } | undefined>
  /** The address of the thread; undefined while there is none, or Slack has not told where it is. */
  readonly threadLink: (onboarding: Onboarding) => string | undefined
}

/** People's accounts and memberships. */
export interface Directory {
  /**
   * A look-up that fails or takes too long gives the standing `unknown`, or a membership in `notLookedUp`.
   * `isDeciding` asks anew, where otherwise what is known for a minute or less will do.
   */
  readonly person: (
    id: string,
    subjects: readonly string[],
    options?: { readonly isDeciding: boolean },
  ) => Promise<Person>
  /** The users whom a rule names, by themselves or by a group or channel. Throws when Slack cannot be asked. */
  readonly people: (rule: Rule) => Promise<readonly string[]>
}

/** What the configuration says about one template on one cluster. */
export interface Terms {
  readonly policy: Policy
  readonly channel: string
  readonly onFailure: Onboarding['onFailure']
  readonly decideWithinMs: number
  readonly submitWithinMs: number
  readonly overdueAfterMs: number
}

/** The configured offer. */
export interface Catalogue {
  readonly clusters: readonly {
    readonly name: string
    readonly title: string
    readonly templates: readonly string[]
    /** Why nothing is submitted there for now. */
    readonly paused?: string
    readonly pods?: PodSettings
  }[]
  /** Undefined when the template is not offered on the cluster. */
  readonly terms: (cluster: string, template: string) => Terms | undefined
  /** The values that the bot fills in beside the names it makes itself, such as the steps' image. */
  readonly fixedValues: (cluster: string) => readonly Parameter[]
  readonly installation: string
}
