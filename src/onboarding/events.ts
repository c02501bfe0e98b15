import type { Key } from './key.ts'
import type { Onboarding, Parameter, PlannedStep } from './onboarding.ts'
import type { Denial, Person, Policy } from './policy.ts'
import type { WorkflowState } from './ports/workflows.ts'

interface At {
  /** Milliseconds since 1970. */
  readonly at: number
}

/** What a person's click or command brings along: who it was, and the rules of this moment. */
export interface Asked extends At {
  readonly by: Person
  readonly policy: Policy
  /** What the button stood for; absent when no button was used. */
  readonly seen?: Seen
}

/** The card or notice that a clicked button stood on. */
export interface Seen {
  readonly generation: number
  readonly nonce: string
  /** The clean-up file that its confirm dialog named. */
  readonly cleanupDigest?: string
}

/** What a run needs that only the outside can make. */
export interface Start {
  readonly workflowName: string
  readonly workflowDigest: string
  readonly steps: readonly PlannedStep[]
  readonly submitBy: number
  readonly overdueAt: number
}

export interface Requested extends Asked {
  readonly type: 'requested'
  readonly key: Key
  readonly template: Onboarding['template']
  readonly parameters: readonly Parameter[]
  readonly channel: string
  readonly seal: string
  readonly runId: string
  readonly nonce: string
  readonly decideBy: number
  readonly onFailure: Onboarding['onFailure']
  readonly start: Start
}

export interface Approved extends Asked {
  readonly type: 'approved'
  /** Those who approved before, as looked up at this click; who is missing could not be. */
  readonly earlier: readonly Person[]
  readonly start: Start
}

export interface Rejected extends Asked {
  readonly type: 'rejected'
  readonly reason: string
}

export interface Withdrawn extends Asked {
  readonly type: 'withdrawn'
}

/** Somebody has mended what argo-server refused, and wants it asked once more. */
export interface CheckAsked extends Asked {
  readonly type: 'check-asked'
}

export interface StopAsked extends Asked {
  readonly type: 'stop-asked'
}

export interface RetryAsked extends Asked {
  readonly type: 'retry-asked'
  readonly start: Start
}

export interface CleanupAsked extends At {
  readonly type: 'cleanup-asked'
  /** `bot` where the configuration starts it without a click. */
  readonly by: Person | 'bot'
  readonly policy: Policy
  readonly seen?: Seen
  readonly start: Start
}

/** Time went by: expiry, deadlines and alarms that are due at `at` happen. */
export interface Woken extends At {
  readonly type: 'woken'
}

/** The bot has started: this is the template's onboard.yaml now. */
export interface TemplateRead extends At {
  readonly type: 'template-read'
  /** Undefined where the template is gone. */
  readonly digest: string | undefined
}

/** What the dry run of the workflow came to. */
export type WorkflowChecked = At & { readonly type: 'workflow-checked' } & (
    | { readonly result: 'taken' }
    | { readonly result: 'refused' | 'unanswered'; readonly text: string; readonly cure?: string }
  )

interface AboutRun extends At {
  /** Index in `runs`. */
  readonly run: number
}

export interface WorkflowCreated extends AboutRun {
  readonly type: 'workflow-created'
  readonly uid: string
}

/** The Secret of a run is about to be made: saved first, so that it is deleted whatever happens next. */
interface SecretPlanned extends AboutRun {
  readonly type: 'secret-planned'
}

interface SecretDeleted extends AboutRun {
  readonly type: 'secret-deleted'
}

/** A submission, retry or stop did not get through; it is tried again. */
export interface Troubled extends AboutRun {
  readonly type: 'troubled'
  readonly text: string
  readonly cure?: string
}

export interface WorkflowSeen extends AboutRun {
  readonly type: 'workflow-seen'
  readonly state: WorkflowState
  /** Whether the stream stands, so that its next change is seen at once. */
  readonly isWatched: boolean
}

/** The stream does not tell of it: the list each minute is what is left, or nothing. */
export interface WorkflowUnseen extends AboutRun {
  readonly type: 'workflow-unseen'
  readonly isListed: boolean
  readonly text: string
  readonly cure?: string
}

export interface WorkflowGone extends AboutRun {
  readonly type: 'workflow-gone'
}

/** A person made a copy of the run's workflow by Resubmit in Argo. */
export interface WorkflowResubmitted extends AboutRun {
  readonly type: 'workflow-resubmitted'
  /** The name of the copy. */
  readonly workflowName: string
}

/** A person had Argo retry the run's workflow, which had failed. */
export interface WorkflowRetried extends AboutRun {
  readonly type: 'workflow-retried'
}

/** The submission deadline is over and the cluster has no such workflow. */
export interface SubmissionEnded extends AboutRun {
  readonly type: 'submission-ended'
}

export interface StopSent extends AboutRun {
  readonly type: 'stop-sent'
}

export interface RetryHappened extends AboutRun {
  readonly type: 'retry-happened'
}

interface LogRead extends AboutRun {
  readonly type: 'log-read'
  readonly lines: readonly string[]
}

export interface CardTrying extends At {
  readonly type: 'card-trying'
}

export interface CardShown extends At {
  readonly type: 'card-shown'
  readonly version: number
  readonly channel: string
  readonly ts: string
}

/** What the card stood in is not there any more: it is posted anew. */
export interface CardGone extends At {
  readonly type: 'card-gone'
  /** The card that is gone; absent when there was none yet. */
  readonly ts?: string
  /** Where it is posted from now on. */
  readonly channel: string
}

export interface NoticeTrying extends At {
  readonly type: 'notice-trying'
  readonly id: string
}

export interface NoticeDelivered extends At {
  readonly type: 'notice-delivered'
  readonly id: string
  /** Absent when Slack will never take it: it is given up, and the log says so. */
  readonly ts?: string
}

/** A notice stands in Slack without its buttons, or Slack will never take that. */
export interface NoticeRedrawn extends At {
  readonly type: 'notice-redrawn'
  readonly id: string
}

/** The document is lost or damaged, and a workflow on the cluster carries what the record was when it was submitted. */
export interface Rebuilt extends At {
  readonly type: 'rebuilt'
  /** As {@link snapshotOf} made it. */
  readonly record: Onboarding
  readonly uid: string
  /** What happened to the document. */
  readonly reason: string
  /** Whether the admins hear of it; of several that are rebuilt together they hear once. */
  readonly isTold: boolean
}

/** A workflow of the same key was found that had lost its record: the request gives way, so that it gets one again. */
export interface Superseded extends At {
  readonly type: 'superseded'
}

/** The document is damaged and the cluster has no workflow of it. */
export interface Lost extends At {
  readonly type: 'lost'
  readonly key: Key
  readonly generation: number
  readonly runId: string
  readonly nonce: string
  readonly title: string
  /** Undefined when the damaged text does not tell. */
  readonly requester: string | undefined
  readonly channel: string
  /** The card; undefined when there is none. */
  readonly ts: string | undefined
  readonly reason: string
}

/** Everything that can happen to an onboarding. */
export type Event =
  | Requested
  | Approved
  | Rejected
  | Withdrawn
  | CheckAsked
  | TemplateRead
  | WorkflowChecked
  | StopAsked
  | RetryAsked
  | CleanupAsked
  | Woken
  | WorkflowCreated
  | SecretPlanned
  | SecretDeleted
  | Troubled
  | WorkflowSeen
  | WorkflowUnseen
  | WorkflowGone
  | WorkflowResubmitted
  | WorkflowRetried
  | SubmissionEnded
  | StopSent
  | RetryHappened
  | LogRead
  | CardTrying
  | CardShown
  | CardGone
  | NoticeTrying
  | NoticeDelivered
  | NoticeRedrawn
  | Rebuilt
  | Lost
  | Superseded

/** Why nothing was done; each is told to the person in words of their own. */
export type Refusal = { readonly refused: true } & (
  | { readonly reason: 'not-allowed'; readonly verb: string; readonly denial: Denial }
  /** There is no such onboarding. */
  | { readonly reason: 'unknown' }
  /** The button belongs to an earlier card of the same key. */
  | { readonly reason: 'stale'; readonly onboarding: Onboarding }
  /** What was asked for does not fit the phase that the onboarding is in by now. */
  | { readonly reason: 'wrong-phase'; readonly onboarding: Onboarding }
  | { readonly reason: 'approved-before'; readonly onboarding: Onboarding }
  /** Nobody could tell in time whether somebody who approved before still may. */
  | { readonly reason: 'not-weighed'; readonly by: string }
  /** argo-server would refuse the workflow, so that an approval would start nothing. */
  | { readonly reason: 'preflight'; readonly onboarding: Onboarding }
  /** The same is in progress or in place. */
  | {
      readonly reason: 'duplicate'
      readonly onboarding: Onboarding
      readonly differences: readonly Difference[]
    }
  /** Something else is in progress or in place under the same key. */
  | {
      readonly reason: 'conflict'
      readonly onboarding: Onboarding
      readonly differences: readonly Difference[]
      /** Why whoever asks may not clean it up; undefined when they may. */
      readonly cleanupDenial: Denial | undefined
    }
  /** The earlier one has ended, but its messages or its Secret are still being dealt with: try again in a moment. */
  | { readonly reason: 'settling'; readonly onboarding: Onboarding }
  /** The clean-up would run another file than the one that its dialog named. */
  | { readonly reason: 'other-cleanup'; readonly onboarding: Onboarding }
  /** An earlier try failed: it has to be retried or cleaned up first. */
  | { readonly reason: 'unfinished'; readonly onboarding: Onboarding }
)

export interface Difference {
  readonly name: string
  readonly is: string | undefined
  readonly wanted: string | undefined
}
