import { keyText } from '../onboarding/key.ts'
import { type Onboarding, onboardingSchema, type Run } from '../onboarding/onboarding.ts'
import type { WorkflowState } from '../onboarding/ports/workflows.ts'
import { snapshotOf } from '../onboarding/restore.ts'
import { onboardingId } from './naming.ts'

const prefix = 'onboard-bot.dev'

/** The label that every workflow and Secret of an installation carries. */
export const installationLabel = `${prefix}/installation`

/** Labels that say whose workflow it is and what was sealed; every value is a valid one by its making. */
export const workflowLabels = (
  installation: string,
  onboarding: Onboarding,
  run: Run,
): Readonly<Record<string, string>> => ({
  [installationLabel]: installation,
  [`${prefix}/onboarding`]: onboardingId(installation, onboarding.key),
  [`${prefix}/cluster`]: onboarding.key.cluster,
  [`${prefix}/namespace`]: onboarding.key.namespace,
  [`${prefix}/template`]: onboarding.key.template,
  [`${prefix}/generation`]: String(onboarding.generation),
  [`${prefix}/kind`]: run.kind,
  // A label value has 63 characters at most; the whole seal stands in the annotation.
  [`${prefix}/seal`]: onboarding.seal.slice(0, 32),
})

const keyAnnotation = `${prefix}/key`
const recordAnnotation = `${prefix}/record`

/** Kubernetes takes 256 KiB of annotations in all; a larger record cannot be rebuilt (bytes). */
const longestRecord = 128 * 1024

const snapshotText = (onboarding: Onboarding, run: Run): string | undefined => {
  const index = onboarding.runs.findIndex(({ workflowName }) => workflowName === run.workflowName)
  const text = JSON.stringify(snapshotOf(onboarding, index))
  return Buffer.byteLength(text) > longestRecord ? undefined : text
}

/** For people, who decided on what and where; for the bot, what a lost record is rebuilt from. */
export const workflowAnnotations = (
  onboarding: Onboarding,
  run: Run,
  threadLink: string | undefined,
): Readonly<Record<string, string>> => {
  const approvals = onboarding.decisions.filter(({ decision }) => decision === 'approve')
  const decidedAt = approvals.at(-1)?.at
  const record = snapshotText(onboarding, run)
  return {
    [keyAnnotation]: keyText(onboarding.key),
    [`${prefix}/requester`]: onboarding.requester,
    [`${prefix}/approvers`]: approvals.map(({ by }) => by).join(','),
    ...(decidedAt !== undefined && { [`${prefix}/decided-at`]: new Date(decidedAt).toISOString() }),
    [`${prefix}/started-by`]: run.startedBy,
    [`${prefix}/seal`]: onboarding.seal,
    ...(threadLink !== undefined && { [`${prefix}/thread`]: threadLink }),
    ...(record !== undefined && { [recordAnnotation]: record }),
  }
}

/** Whether a workflow that was found under a run's name is the one that the bot made for it. */
export const isOwn = (state: WorkflowState, labels: Readonly<Record<string, string>>): boolean =>
  state.resubmittedFrom === undefined &&
  Object.entries(labels).every(([name, value]) => state.labels[name] === value)

/** The key that a workflow was made for, as its annotations say. */
export const keyOf = ({ annotations }: WorkflowState): string | undefined => annotations[keyAnnotation]

/** The record as it was when the workflow was submitted; undefined where it carries none that can be read. */
export const recordOf = ({ name, annotations }: WorkflowState): Onboarding | undefined => {
  try {
    const { data } = onboardingSchema.safeParse(JSON.parse(annotations[recordAnnotation] ?? ''))
    // A workflow that somebody copied under another name tells of the one that it was copied from.
    return data?.runs.at(-1)?.workflowName === name ? data : undefined
  } catch {
    // An annotation that somebody edited is none.
    return undefined
  }
}
