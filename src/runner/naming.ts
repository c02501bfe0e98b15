import { createHash } from 'node:crypto'

import type { Key } from '../onboarding/key.ts'
import { keyText } from '../onboarding/key.ts'
import type { Onboarding, Parameter, Run } from '../onboarding/onboarding.ts'
import type { WorkflowState } from '../onboarding/ports.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Label values and metadata names end here (Kubernetes: 63 characters). */
const longestName = 63
const hashLength = 12

/**
 * The name of a workflow: readable first, then a hash of what makes the run unique. Saved random run ids make it
 * a name that is never used twice, and one that a repeated submission takes again.
 */
export const workflowName = (
  about: { installation: string; key: Key; runId: string },
  { kind, attempt }: Pick<Run, 'kind' | 'attempt'>,
): string => {
  const { installation, key, runId } = about
  const hash = sha256([installation, keyText(key), runId, kind, attempt].join('\n')).slice(0, hashLength)
  const readable = `${kind === 'cleanup' ? 'cleanup' : key.template}-${key.namespace}`
  const room = longestName - hashLength - 1
  return `${readable.slice(0, room).replace(/-+$/, '')}-${hash}`
}

/** The name of a run's Secret. */
export const secretName = (run: Run): string => `${run.workflowName}-run`

/** What the steps know an onboarding by: the same across generations, another for every installation. */
export const onboardingId = (installation: string, key: Key): string =>
  sha256(`${installation}\n${keyText(key)}`).slice(0, 32)

/** The digest of all that an approver approves. */
export const sealOf = (about: {
  key: Key
  generation: number
  parameters: readonly Parameter[]
  digest: string
}): string => {
  const parameters = about.parameters
    .map(({ name, value }) => [name, value])
    .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))
  return sha256(JSON.stringify([keyText(about.key), about.generation, parameters, about.digest]))
}

const prefix = 'onboard-bot.dev'

/** The label that every workflow and Secret of an installation carries. */
export const installationLabel = `${prefix}/installation`

/** Labels that say whose workflow it is and what was sealed. */
export const workflowLabels = (
  installation: string,
  onboarding: Onboarding,
  run: Run,
): Readonly<Record<string, string>> => ({
  [installationLabel]: installation,
  [`${prefix}/onboarding`]: onboardingId(installation, onboarding.key),
  [`${prefix}/generation`]: String(onboarding.generation),
  [`${prefix}/kind`]: run.kind,
  // A label value has 63 characters at most; the whole seal stands in the annotation.
  [`${prefix}/seal`]: onboarding.seal.slice(0, 32),
})

/** The annotation that names the onboarding of a workflow. */
export const keyAnnotation = `${prefix}/key`

/** What a lost record is rebuilt from. Ids of people and channels are no valid label values, so they stand here. */
export const workflowAnnotations = (onboarding: Onboarding): Readonly<Record<string, string>> => ({
  [keyAnnotation]: keyText(onboarding.key),
  [`${prefix}/requester`]: onboarding.requester,
  [`${prefix}/approvers`]: onboarding.decisions
    .filter(({ decision }) => decision === 'approve')
    .map(({ by }) => by)
    .join(','),
  [`${prefix}/seal`]: onboarding.seal,
  ...(onboarding.thread.ts !== undefined && {
    [`${prefix}/thread`]: `${onboarding.thread.channel}/${onboarding.thread.ts}`,
  }),
})

/** Whether a workflow that was found under a run's name is the one that the bot made for it. */
export const isOwn = (state: WorkflowState, labels: Readonly<Record<string, string>>): boolean =>
  state.resubmittedFrom === undefined &&
  Object.entries(labels).every(([name, value]) => state.labels[name] === value)
