import type { WorkflowState } from '../../onboarding/ports/workflows.ts'
import { redact } from '../../redact.ts'
import { secretName } from '../naming.ts'
import type { RunWork } from '../performing.ts'

/** Shorter values are words that stand in every log; hiding them would hide the log. */
const shortestSecret = 6

const leaves = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : []
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // Most secrets are no JSON: then the text itself is all there is.
    return undefined
  }
}

/** Shorter words of a file, such as a kubeconfig, are its names and not its secrets. */
const shortestWord = 16

/** A name before its value, or an address. */
const isPlain = (word: string): boolean => word.endsWith(':') || word.includes('://')

// A log is read by its lines, and a key or a file has several: none of them is the secret as a whole.
const words = (text: string): readonly string[] =>
  text.trim().includes('\n')
    ? text
        .split(/\s+/)
        .filter((word) => !isPlain(word))
        .map((word) => word.replaceAll(/^["']+|["',]+$/g, ''))
        .filter((word) => word.length >= shortestWord)
    : []

/** What a word of a kubeconfig is in plain text: keys stand there in base64. */
const decodedKey = (word: string): readonly string[] => {
  const text = Buffer.from(word, 'base64').toString()
  return text.startsWith('-----BEGIN') ? words(text) : []
}

/** The secret, each text inside it where it is JSON, and the words of all that have several lines. */
const parts = (secret: string): readonly string[] => {
  const texts = [secret, secret.trim(), ...leaves(parsed(secret))]
  const inside = texts.flatMap(words)
  return [...texts, ...inside, ...inside.flatMap(decodedKey)]
}

const spellings = (part: string): readonly string[] => [
  part,
  Buffer.from(part).toString('base64'),
  encodeURIComponent(part),
  JSON.stringify(part).slice(1, -1),
]

/** Hides every value of a run's Secret, however it is spelled, and everything that looks like a secret. */
const createMask = (data: Readonly<Record<string, string>>): ((text: string) => string) => {
  const secrets = Object.values(data)
    .flatMap(parts)
    .flatMap(spellings)
    .filter((secret) => secret.length >= shortestSecret)
    .toSorted((a, b) => b.length - a.length)
  return (text) => redact(secrets.reduce((masked, secret) => masked.replaceAll(secret, '[secret]'), text))
}

/**
 * The mask of a run, from its Secret as it is on the cluster; undefined when that is gone, so that nothing can be
 * checked any more. Throws RemoteError when it cannot be read.
 */
export const maskOf = async ({
  onboarding,
  run,
  tools,
}: RunWork): Promise<((text: string) => string) | undefined> => {
  const data = await tools.secrets.read(onboarding.key.cluster, secretName(run))
  return data && createMask(data)
}

/** Stands for a text that could not be checked. */
const withheld = 'The message stands in Argo only: it could not be checked for secrets.'

/** The state without the texts of steps; what is published as an output is no such text. */
export const withheldState = (state: WorkflowState): WorkflowState => ({
  ...maskedState(state, () => withheld),
  outputs: maskedState(state, redact).outputs,
})

/** A workflow's state with every message and output masked. */
export const maskedState = (state: WorkflowState, mask: (text: string) => string): WorkflowState => ({
  ...state,
  ...(state.message !== undefined && { message: mask(state.message) }),
  steps: state.steps.map((step) => ({
    ...step,
    ...(step.message !== undefined && { message: mask(step.message) }),
  })),
  outputs: state.outputs.map(({ name, value }) => ({ name, value: mask(value) })),
})
