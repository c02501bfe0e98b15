import { loadAll } from 'js-yaml'
import { z } from 'zod'

import { cureForName } from '../nearest-name.ts'

/** Why a kubeconfig cannot be used: what it does wrong, as in "the kubeconfig …", and what to do. */
export interface KubeconfigMistake {
  readonly says: string
  readonly cure: string
  /** Whether another context is what cures it. */
  readonly isOfContext: boolean
}

// What is looked at, and nothing of what a user signs in with.
const named = z.looseObject({ name: z.string() })
const schema = z.looseObject({
  clusters: z.array(named),
  contexts: z.array(named.extend({ context: z.looseObject({ cluster: z.string() }).nullish() })),
  'current-context': z.string().nullish(),
})

/** As the parsers of YAML throw it, here and in the client of Kubernetes; both count lines from 0. */
const parserError = z
  .object({ name: z.literal('YAMLException'), mark: z.object({ line: z.number() }) })
  .transform(({ mark }) => mark.line + 1)

/** What stands against a text as YAML: by its line only, since a parser quotes what stands around it. */
export const notYaml = (error: unknown): KubeconfigMistake | undefined => {
  const { data: line } = parserError.safeParse(error)
  return line === undefined
    ? undefined
    : {
        says: `cannot be read: it is not YAML (line ${line})`,
        cure: 'Mend that line, or the one above it.',
        isOfContext: false,
      }
}

const none: KubeconfigMistake = {
  says: 'is none: it holds no clusters and contexts',
  cure: 'Give the path of one, such as "kubectl config view --flatten" writes it.',
  isOfContext: false,
}

const contextMistake = (
  { clusters, contexts, ...rest }: z.output<typeof schema>,
  context: string | undefined,
): KubeconfigMistake | undefined => {
  const name = context ?? rest['current-context'] ?? ''
  const found = contexts.find((one) => one.name === name)
  const wrong = (says: string, cure: string): KubeconfigMistake => ({ says, cure, isOfContext: true })
  if (found === undefined) {
    const names = contexts.map((one) => one.name)
    return wrong(
      name === '' ? 'has no current context' : `has no context "${name}"`,
      `Name one in "kubernetes.context"; ${cureForName(name, names)}`,
    )
  }
  return clusters.some((one) => one.name === found.context?.cluster)
    ? undefined
    : wrong(`names no cluster in the context "${name}"`, 'Name one there, or take another context.')
}

/** What is wrong with the text of a kubeconfig that is used with this context, or with its own current one. */
export const kubeconfigMistake = (text: string, context?: string): KubeconfigMistake | undefined => {
  try {
    const { data } = schema.safeParse(loadAll(text)[0])
    return data === undefined ? none : contextMistake(data, context)
  } catch (error) {
    const mistake = notYaml(error)
    if (mistake === undefined) throw error
    return mistake
  }
}
