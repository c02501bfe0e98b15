import { namedCure } from './named-cure.ts'
import type { WorkflowState } from './ports/workflows.ts'

/** What stands in the way, in a plain sentence, and what cures it. */
export interface Unwell {
  readonly text: string
  readonly cure: string
}

interface Sign extends Unwell {
  /** What Argo, Kubernetes or argo-server says; `text` takes its named groups as `$<name>`. */
  readonly says: RegExp
}

const byItself = 'It goes on by itself then; Stop ends it.'

// Kubernetes says of a namespace that is not there only that one may do nothing in it.
const ifMisnamed = 'If that is not its name, correct argo.namespace in the configuration.'

/** What the servers' own sentences mean to people. The first that fits counts. */
const signs: readonly Sign[] = [
  {
    says: /^(?:ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName)\b.*?image "(?<image>[^"]+)".*/s,
    text: 'The image $<image> cannot be pulled.',
    cure: `Check its name, the pull secret, and that the cluster reaches the registry. ${byItself}`,
  },
  {
    says: /^(?:ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName)\b.*/s,
    text: 'The image of the step cannot be pulled.',
    cure: `Check its name, the pull secret, and that the cluster reaches the registry. ${byItself}`,
  },
  {
    // The runner's own name for it.
    says: /^CreateContainerConfigError: secret "[^"]+-run" not found.*/s,
    text: 'The Secret of the run, which the step needs, is not there: it is deleted when a run ends.',
    cure: 'Press Stop, then Retry or Clean up: both make it anew.',
  },
  {
    says: /^CreateContainerConfigError: (?<kind>secret|configmap) "(?<name>[^"]+)" not found.*/s,
    text: 'The $<kind> $<name>, which the step needs, is not there.',
    cure: `Create it in the namespace of the workflows. ${byItself}`,
  },
  {
    says: /^CreateContainerConfigError: couldn't find key (?<key>\S+) in (?<kind>Secret|ConfigMap) (?<name>\S+).*/s,
    text: 'The $<kind> $<name> has no key $<key>, which the step needs.',
    cure: `Add the key. ${byItself}`,
  },
  {
    says: /^Unschedulable: (?<why>.+)/s,
    text: 'No node can take the pod of the step: $<why>',
    cure: `Make room, or mend the node placement of the cluster's configuration. ${byItself}`,
  },
  {
    says: /^.*exceeded quota: (?<quota>[^\s,]+).*/s,
    text: 'The quota $<quota> of the namespace is used up.',
    cure: 'Free some of it or raise it.',
  },
  {
    says: /^.*Operation cannot be fulfilled on (?<what>[^:]+).*/s,
    text: 'Kubernetes changed $<what> at the same moment.',
    cure: 'That passes within moments.',
  },
  {
    says: /^.*error looking up service account (?<namespace>[^/\s]+)\/(?<name>[^:\s]+).*/s,
    text: 'The ServiceAccount $<name> does not exist in the namespace $<namespace>.',
    cure: 'Create it, or have the template or the cluster name another. Then press Retry.',
  },
  {
    says: /^.*workflowtaskresults\.argoproj\.io is forbidden: User "(?:system:serviceaccount:)?(?<who>[^"]+)".*/s,
    text: 'The ServiceAccount $<who> of the steps may not report their results.',
    cure: 'Let it create and patch workflowtaskresults.argoproj.io in its namespace. Then press Retry.',
  },
  {
    says: /^.*is forbidden: User "(?:system:serviceaccount:)?(?<who>[^"]+)" cannot (?<verb>\S+) resource "(?<what>[^"]+)".*? in the namespace "(?<namespace>[^"]+)".*/s,
    text: '$<who> may not $<verb> $<what> in the namespace $<namespace>.',
    cure: `Give it that right by a Role and a RoleBinding in that namespace. ${ifMisnamed}`,
  },
  {
    // argo-server's own word where it lists from its memory: whom it means it does not say.
    says: /^.*Permission denied, you are not allowed to (?<verb>\S+) (?<what>.+?) in namespace "(?<namespace>[^"]+)".*/s,
    text: 'The bot may not $<verb> $<what> in the namespace $<namespace>.',
    cure: `Give the ServiceAccount of its token for argo-server that right: deploy/target-cluster/bot.yaml holds it, and doctor says whose it is. ${ifMisnamed}`,
  },
  {
    says: /^(?:argo-server|Kubernetes): (?:.*: )?namespaces "(?<namespace>[^"]+)" not found$/s,
    text: 'There is no namespace $<namespace> in the cluster.',
    cure: `Create it. ${ifMisnamed}`,
  },
  {
    says: /^argo-server: (?:Unauthorized|token not valid).*/s,
    text: 'argo-server does not take the token of the bot.',
    cure: 'Renew the token that the configuration names for it; doctor says how. argo-server has to run in auth mode client.',
  },
  {
    // Argo's own words, and Kubernetes' where the pod had not got as far as its step.
    says: /^(?:Step exceeded its deadline|Pod was active on the node longer than the specified deadline).*/s,
    text: 'It took longer than its deadline allows.',
    cure: 'Look in the log for what it waited for, then press Retry. The deadline stands in the template.',
  },
  {
    says: /^pod deleted.*/s,
    text: 'Somebody or something deleted the pod of the step.',
    cure: 'Press Retry: the step runs again.',
  },
  {
    says: /^(?:main: )?OOMKilled.*/s,
    text: 'The step took more memory than it may.',
    cure: 'Press Retry; if that happens again, raise the memory limit in the template, then clean up and ask again.',
  },
  {
    says: /^The node was low on resource: (?<what>[-\w]+).*/s,
    text: 'The node ran out of $<what> and evicted the pod of the step.',
    cure: 'Press Retry: the step runs again. Raise its requests in the template where that happens often.',
  },
  {
    // Kubernetes gives 128 + 9 for SIGKILL and does not always say that the memory was the reason.
    says: /^[-\w]+: Error \(exit code 137\)$/,
    text: 'The step was killed: it took more memory than it may, or its node was lost.',
    cure: 'Press Retry: the step runs again. If it is killed once more, raise its memory limit in the template, or look at the events of its pod.',
  },
  {
    says: /^[-\w]+: Error \(exit code 143\)$/,
    text: 'The step was told to end before it was done: its pod was stopped or its node drained.',
    cure: 'Press Retry: the step runs again.',
  },
  {
    says: /^[-\w]+: Error \(exit code 12[67]\)$/,
    text: 'The program of the step cannot be started.',
    cure: 'Correct the command in the template, or use an image that has it; then clean up and ask again.',
  },
  {
    // A wrong value (2) has a cure of its own.
    says: /^[-\w]+: Error \(exit code (?<code>(?!2\))\d+)\)$/,
    text: 'The step ended with exit code $<code> and did not say why.',
    cure: 'Look at its log, then press Retry.',
  },
  {
    says: /^Stopped with strategy 'Stop'.*/s,
    text: 'Somebody stopped it in Argo.',
    cure: 'Retry goes on where it was stopped; Clean up removes what it made.',
  },
  {
    says: /^Stopped with strategy 'Terminate'.*/s,
    text: 'Somebody terminated it in Argo.',
    cure: 'Retry goes on where it was ended; Clean up removes what it made.',
  },
  {
    says: /^.*too many workflows are already running.*/s,
    text: 'Too many workflows run at once: the controller has a limit.',
    cure: 'It starts by itself when one of them ends; Stop takes it out of the line.',
  },
]

/**
 * What a server's own sentence means; undefined where it is not known or speaks for itself: a step that quotes a server
 * and ends with what to do has said more than can be known here.
 */
export const meaningOf = (message: string): Unwell | undefined => {
  if (namedCure(message) !== undefined) return undefined
  const sign = signs.find(({ says }) => says.test(message))
  return sign && { text: message.replace(sign.says, sign.text).trim(), cure: sign.cure }
}

/** Nothing that the servers say, but what their silence means. */
export const silence = {
  'no-controller': {
    text: 'No workflow controller picks it up in this namespace.',
    cure: 'Check that the workflow controller runs and watches the namespace that argo-server was given.',
  },
  overdue: {
    text: 'It is overdue.',
    cure: 'Look at it in Argo; Stop ends it, and then Clean up removes what it made.',
  },
  deleted: {
    text: 'Somebody deleted the workflow in the cluster.',
    cure: 'Retry begins a new one from what was approved; Clean up removes what it made.',
  },
  'clean-up deleted': {
    text: 'Somebody deleted the workflow in the cluster.',
    cure: 'Press Clean up again: it looks anew at what is left.',
  },
} as const satisfies Record<string, Unwell>

const suspended = ({ step }: { readonly step?: string }): Unwell => {
  const cure = 'Press Resume in Argo, or Stop here.'
  return step === undefined
    ? { text: 'It is suspended in Argo.', cure }
    : { text: `The step ${step} waits for somebody to resume it in Argo.`, cure }
}

const locked = ({ name, holder }: NonNullable<WorkflowState['lock']>): Unwell => ({
  text:
    holder === undefined
      ? `It waits for the lock ${name}.`
      : `It waits for the lock ${name}, which ${holder} holds.`,
  cure: 'It goes on by itself when the lock is free; look at the holder in Argo if that takes long. Stop ends the waiting.',
})

/** Why a workflow that has not ended does not move on; undefined while nothing speaks against it. */
export const hindranceOf = (state: WorkflowState): Unwell | undefined => {
  if (state.suspended !== undefined) return suspended(state.suspended)
  if (state.lock !== undefined) return locked(state.lock)
  if (state.phase === 'Pending' && state.message !== undefined) {
    return meaningOf(state.message) ?? { text: state.message, cure: byItself }
  }
  const waiting = state.steps.filter(({ phase }) => phase === 'pending' || phase === 'running')
  return waiting.map(({ message = '' }) => meaningOf(message)).find((unwell) => unwell !== undefined)
}

/** Why a workflow has ended badly: the sentence and, where one is known, the cure. */
export const failureOf = (
  state: WorkflowState,
  stepMessage: string | undefined,
): { readonly message: string; readonly cure?: string } => {
  // What stopped a whole workflow explains how its step ended, not the other way round.
  const first = state.shutdown === undefined ? stepMessage : state.message
  const message = first ?? state.message ?? 'The workflow failed and did not say why.'
  const meaning = meaningOf(message)
  return meaning === undefined ? { message } : { message: meaning.text, cure: meaning.cure }
}
