import type { Parameter, PlannedStep } from '../onboarding.ts'
import type { SecretReference } from './credentials.ts'
import type { WorkflowManifest } from './workflows.ts'

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

/** A value by which a clean-up undoes something else than by the others of its parameter. */
export interface Caveat {
  readonly parameter: string
  readonly value: string
  /** What is to be known before the click. */
  readonly says: string
  /** Whether it holds where the onboarding was not asked for the parameter. */
  readonly isDefault: boolean
}

export interface CleanupFile extends WorkflowFile {
  /** Of steps of the clean-up: the step of the onboarding whose work each undoes. */
  readonly undoes?: Readonly<Record<string, string>>
  readonly caveats?: readonly Caveat[]
}

export interface Template {
  readonly name: string
  readonly title: string
  readonly description: string
  /** What people fill in, in the order of the file. */
  readonly parameters: readonly TemplateParameter[]
  /** What the namespace has to match, where not every one will do. */
  readonly namespacePattern?: ValuePattern
  readonly onboard: WorkflowFile
  readonly cleanup: CleanupFile
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
