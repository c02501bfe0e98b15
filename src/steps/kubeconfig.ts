import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { loadAll } from 'js-yaml'
import { z } from 'zod'

import { certificateData, credentials, proxyUrl } from './kubeconfig-credentials.ts'
import { StepError } from './step-error.ts'
import type { StepContext } from './step.ts'
import { whatIsWrong } from './what-is-wrong.ts'

const noProgram = z.undefined('runs a program, which is not in the image of the steps').optional()
const noFile = z.undefined('names a file, which is not in the pod of the step').optional()
const name = z.string().min(1)

const server = z.url({ protocol: /^https?$/, error: 'must be an address that begins with https://' })
const cluster = z
  .looseObject({
    server,
    'certificate-authority': noFile,
    'certificate-authority-data': certificateData.optional(),
    'proxy-url': proxyUrl.optional(),
  })
  // The client for Kubernetes takes it only so.
  .refine((one) => !one.server.startsWith('http:') || one['insecure-skip-tls-verify'] === true, {
    path: ['server'],
    message: 'must begin with https://, unless insecure-skip-tls-verify is true',
  })

const user = credentials.and(
  z.looseObject({
    exec: noProgram,
    'auth-provider': noProgram,
    tokenFile: noFile,
    'token-file': noFile,
    'client-certificate': noFile,
    'client-key': noFile,
  }),
)

const kubeconfig = z.object({
  'current-context': name,
  contexts: z.array(z.object({ name, context: z.object({ cluster: name, user: name }) })).min(1),
  clusters: z.array(z.object({ name, cluster })).min(1),
  users: z.array(z.object({ name, user })).min(1),
})
type Kubeconfig = z.infer<typeof kubeconfig>

/** What the names in it lead to that is not there; undefined when all is. */
const leadsNowhere = (read: Kubeconfig): string | undefined => {
  const { 'current-context': current, contexts, clusters, users } = read
  const context = contexts.find((one) => one.name === current)?.context
  if (context === undefined) return `it has no context "${current}", which its current-context names`
  if (clusters.every((one) => one.name !== context.cluster))
    return `it has no cluster "${context.cluster}", which its current-context needs`
  if (users.every((one) => one.name !== context.user))
    return `it has no user "${context.user}", which its current-context needs`
  return undefined
}

const refuse = (why: string): never => {
  throw new StepError(
    'bad-input',
    `The kubeconfig of the run's Secret ${why}. Mend it at its source, then retry.`,
  )
}

const parsed = (text: string): unknown => {
  let documents: readonly unknown[]
  try {
    documents = loadAll(text)
  } catch {
    // The parser's own message would show a piece of it.
    return refuse('is no YAML')
  }
  return documents.length > 1 ? refuse('holds more than one YAML document') : documents[0]
}

const check = (text: string): void => {
  const document = parsed(text)
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    refuse('is no kubeconfig: it has to be the text of the whole file, not its path, its base64 or its token')
  const read = kubeconfig.safeParse(document, { reportInput: true })
  if (!read.success) return refuse(`cannot be used: ${whatIsWrong(read.error)}`)
  const wrong = leadsNowhere(read.data)
  if (wrong !== undefined) refuse(`cannot be used: ${wrong}`)
}

/**
 * The file with the kubeconfig that the run's Secret brings, readable by this step alone; undefined where it brings
 * none, and the rights of the workflow's ServiceAccount count. Throws StepError.
 */
export const writeKubeconfig = ({
  environment,
  folder,
}: Pick<StepContext, 'environment' | 'folder'>): string | undefined => {
  const text = environment['TARGET_KUBECONFIG']
  if (text === undefined || text === '') return undefined
  check(text)
  const file = join(folder, 'kubeconfig')
  writeFileSync(file, text, { mode: 0o600 })
  return file
}
