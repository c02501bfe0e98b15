import { createHash } from 'node:crypto'

import type { Key } from '../onboarding/key.ts'
import { keyText } from '../onboarding/key.ts'
import type { Parameter, Run } from '../onboarding/onboarding.ts'

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
