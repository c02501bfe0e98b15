import type { Parameter, Step } from '../onboarding.ts'
import type { RemoteError } from './remote-error.ts'

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

export interface WorkflowListener {
  /**
   * The workflow as it is now; the same may be told more than once and in any order of arrival. `isWatched` while the
   * stream stands, which will tell the next change.
   */
  readonly seen: (state: WorkflowState, how: { readonly isWatched: boolean }) => void
  /** Looked for and not there. */
  readonly gone: (workflowName: string) => void
  /**
   * Its cluster cannot be watched at present, after several tries; told again while that lasts. `isListed` while its
   * list answers, which is then looked at once a minute.
   */
  readonly unseen: (error: RemoteError, how: { readonly isListed: boolean }) => void
}

export interface Followed {
  /** Asks how the workflow stands now, and tells the listener. */
  readonly look: () => void
  readonly end: () => void
}

/** argo-servers, by the name of the cluster. Every method throws RemoteError. */
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
  /** Follows a workflow by the cluster's one stream. */
  readonly follow: (
    cluster: string,
    workflow: { readonly name: string; readonly uid: string },
    listener: WorkflowListener,
  ) => Followed
  /** Opens the stream of every cluster, and tells what it shows of workflows that nobody follows. */
  readonly watch: (unfollowed: (cluster: string, state: WorkflowState) => void) => void
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
