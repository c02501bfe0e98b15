import { accessSync, constants, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

import { loadAll } from 'js-yaml'
import { z } from 'zod'

import { caMistake } from '../network/ca-certificates.ts'
import { isWebAddress } from '../network/proxy-variables.ts'
import { proxyMistake } from './proxy-mistake.ts'

/** What a kubeconfig does wrong, as in "the kubeconfig …", and what to do; `isOfProgram` where that is to name another program. */
interface PartMistake {
  readonly says: string
  readonly cure: string
  readonly isOfProgram?: true
}

interface Used {
  /** Where the kubeconfig is: what it names is looked for beside it. */
  readonly path: string
  readonly context?: string | undefined
  /** The program that the configuration lets it run; null where that cannot be told. */
  readonly exec?: string | null | undefined
}

const text = z.string().min(1).optional().catch(undefined)
const cluster = z.looseObject({
  server: text,
  'certificate-authority': text,
  'certificate-authority-data': text,
  'proxy-url': text,
})
const user = z.looseObject({
  tokenFile: text,
  'client-certificate': text,
  'client-key': text,
  exec: z.looseObject({ command: text }).optional().catch(undefined),
})
const schema = z.looseObject({
  clusters: z.array(z.looseObject({ name: z.string(), cluster: cluster.nullish() })),
  contexts: z.array(
    z.looseObject({ name: z.string(), context: z.looseObject({ cluster: text, user: text }).nullish() }),
  ),
  users: z.array(z.looseObject({ name: z.string(), user: user.nullish() })).nullish(),
  'current-context': text,
})

const isReadable = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}

const when = (isWrong: boolean, mistake: PartMistake): readonly PartMistake[] => (isWrong ? [mistake] : [])

/** The files of these keys that cannot be read. */
const unreadable = (
  used: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  folder: string,
): readonly PartMistake[] =>
  keys.flatMap((key) => {
    const file = used[key]
    return when(typeof file === 'string' && !isReadable(resolve(folder, file)), {
      says: `names as ${key} a file that cannot be read: "${String(file)}"`,
      cure: 'Check the path, which counts from the kubeconfig, and its rights.',
    })
  })

const caOf = (
  { 'certificate-authority': file, 'certificate-authority-data': data }: z.output<typeof cluster>,
  folder: string,
): string | undefined => {
  if (data !== undefined) return Buffer.from(data, 'base64').toString()
  try {
    return file === undefined ? undefined : readFileSync(resolve(folder, file), 'utf8')
  } catch {
    // It is named for that already.
    return undefined
  }
}

const clusterMistakes = (
  name: string,
  used: z.output<typeof cluster>,
  folder: string,
): readonly PartMistake[] => {
  const { server = '', 'certificate-authority': file, 'proxy-url': proxy } = used
  const ca = caOf(used, folder)
  const wrongCa = ca === undefined ? undefined : caMistake(ca)
  return [
    ...when(!isWebAddress(server), {
      says: `has no address of the cluster "${name}"`,
      cure: 'Put one that begins with https:// into its "server".',
    }),
    ...when(/^http:/i.test(server) && used['insecure-skip-tls-verify'] !== true, {
      says: `has an address without TLS for the cluster "${name}"`,
      cure: 'Put its https address into "server".',
    }),
    ...unreadable(used, ['certificate-authority'], folder),
    ...when(wrongCa !== undefined, {
      says: `names a CA that is none: ${file ?? 'certificate-authority-data'} ${wrongCa}`,
      cure: 'Put the CA of the Kubernetes API into it.',
    }),
    ...[proxyMistake(proxy)].filter((mistake) => mistake !== undefined),
  ]
}

const credentials = [
  'token',
  'tokenFile',
  'client-certificate',
  'client-certificate-data',
  'username',
  'exec',
  'auth-provider',
]

const userMistakes = (
  name: string,
  used: z.output<typeof user>,
  { path, exec }: Used,
): readonly PartMistake[] => {
  const program = used.exec?.command
  return [
    ...when(!credentials.some((key) => (used[key] ?? '') !== ''), {
      says: `has no credentials of the user "${name}"`,
      cure: 'Put a token or a certificate of it there.',
    }),
    ...unreadable(used, ['tokenFile', 'client-certificate', 'client-key'], dirname(path)),
    ...when(program !== undefined && exec !== null && program !== exec, {
      says: `signs in by the program "${program}", which the configuration does not name`,
      cure: `Write "exec: ${program}" beside "kubeconfig", or use a token or a certificate.`,
      isOfProgram: true,
    }),
  ]
}

type Kubeconfig = z.output<typeof schema>

const userOf = (
  { users }: Kubeconfig,
  { name, context, used }: { name: string | undefined; context: { user?: string | undefined }; used: Used },
): readonly PartMistake[] => {
  const found = users?.find((one) => one.name === context.user)
  if (found !== undefined) return userMistakes(found.name, user.parse(found.user ?? {}), used)
  return when(context.user !== undefined, {
    says: `has no user "${context.user}", whom its context "${name}" names`,
    cure: 'Put that user with its credentials there, or take another context.',
  })
}

/**
 * What is wrong with the cluster and the user that the context of a kubeconfig leads to, as far as it can be told
 * without a call. Nothing for what is no kubeconfig, or has no such context; throws YAMLException for what is not YAML.
 */
export const usedPartMistakes = (kubeconfig: string, used: Used): readonly PartMistake[] => {
  const { data } = schema.safeParse(loadAll(kubeconfig)[0])
  const name = used.context ?? data?.['current-context']
  const context = data?.contexts.find((one) => one.name === name)?.context ?? undefined
  const found = data?.clusters.find((one) => one.name === context?.cluster)
  if (data === undefined || context === undefined || found === undefined) return []
  return [
    ...clusterMistakes(found.name, cluster.parse(found.cluster ?? {}), dirname(used.path)),
    ...userOf(data, { name, context, used }),
  ]
}
