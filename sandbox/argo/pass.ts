import type { Pods } from './pods.ts'
import type { Scope } from './scope.ts'
import type { NodeStatus, Parameter, Template, Workflow } from './workflow.ts'

/** One pass of the controller over one workflow. */
export interface Pass {
  readonly workflow: Workflow
  readonly pods: Pods
  readonly nowMs: number
  readonly now: string
  /** Asks for another pass at this time. */
  readonly wakeAt: (ms: number) => void
  readonly isPastDeadline: boolean
  /** Runs a template as a node; a parameter so that the kinds of template do not import each other. */
  readonly execute: (pass: Pass, call: Call) => NodeStatus
}

/** A template that is to run as the node `name`. */
export interface Call {
  readonly name: string
  readonly templateName: string
  readonly parameters: readonly Parameter[]
  readonly boundaryID?: string
  readonly nodeFlag?: NodeStatus['nodeFlag']
  readonly scope: Scope
  /** Exit handlers run although the workflow is being stopped. */
  readonly isExitHandler?: boolean
  /** Set on the attempts below a Retry node. */
  readonly isAttempt?: boolean
}

/** A call whose template and inputs are known. */
export interface ReadyCall extends Call {
  readonly template: Template
  readonly inputs: readonly Parameter[]
}

/** What every node of a call is made with. */
export function nodeBase(call: ReadyCall): Pick<NodeStatus, 'name'> & {
  templateName: string
  boundaryID?: string
  nodeFlag?: NonNullable<NodeStatus['nodeFlag']>
  inputs: { parameters: Parameter[] }
} {
  const { name, templateName, boundaryID, nodeFlag, inputs } = call
  return {
    name,
    templateName,
    ...(boundaryID === undefined ? {} : { boundaryID }),
    ...(nodeFlag === undefined ? {} : { nodeFlag }),
    inputs: { parameters: [...inputs] },
  }
}
