import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

import type { Cluster as KubernetesCluster, KubeConfig, User } from '@kubernetes/client-node'
import { load } from 'js-yaml'
import { z } from 'zod'

import { caMistake } from '../network/ca-certificates.ts'
import { RemoteError } from '../onboarding/ports/remote-error.ts'
import { remoteError } from './errors.ts'
import { kubeconfigMistake, notYaml } from './kubeconfig-mistake.ts'
import { createOidcTokens } from './oidc.ts'
import { proxyMistake } from './proxy-mistake.ts'

/** Where a cluster's Kubernetes API and our rights in it come from. */
export type KubernetesAccess =
  | {
      readonly kind: 'kubeconfig'
      readonly path: string
      readonly context?: string
      /** The one program that the kubeconfig may run to sign in. */
      readonly exec?: string
    }
  | { readonly kind: 'in-cluster' }

type File = Extract<KubernetesAccess, { kind: 'kubeconfig' }>

// The client knows this field by another name only (`token-file`).
const tokenFiles = z.object({
  users: z
    .array(
      z.object({ name: z.string(), user: z.object({ tokenFile: z.string().exactOptional() }).nullish() }),
    )
    .nullish(),
})

const withTokenFile = (user: User, text: string, folder: string): User => {
  const named = tokenFiles.safeParse(load(text)).data?.users?.find(({ name }) => name === user.name)
  const path = named?.user?.tokenFile
  if (path === undefined) return user
  const { token: _token, ...rest } = user
  return { ...rest, authProvider: { name: 'tokenFile', config: { tokenFile: resolve(folder, path) } } }
}

/** The client's own OIDC fails in its libraries (@kubernetes/client-node 2.0.1), so that ours takes its place. */
const ownOidc = 'oidc-own'

const withOidc = (config: KubeConfig, user: User): User => {
  if (user.authProvider?.name !== 'oidc') return user
  const token = createOidcTokens(user.authProvider.config)
  config.addAuthenticator({
    isAuthProvider: ({ authProvider }) => authProvider?.name === ownOidc,
    applyAuthentication: async (_user, options) => {
      options.headers = Object.assign(options.headers ?? {}, { Authorization: `Bearer ${await token()}` })
    },
  })
  return { ...user, authProvider: { ...user.authProvider, name: ownOidc } }
}

const programOf = ({ exec, authProvider }: User): string | undefined => {
  const { name, config } = authProvider ?? { name: '', config: {} }
  const plugin: unknown = exec ?? config?.exec
  if (plugin !== undefined && plugin !== null) return z.object({ command: z.string() }).parse(plugin).command
  return name === '' || name === 'oidc' || name === 'tokenFile' ? undefined : `of the provider ${name}`
}

// A kubeconfig comes from whoever runs the cluster; what runs on this machine is for the configuration to say.
const checkProgram = (user: User, { path, exec }: File): void => {
  const program = programOf(user)
  if (program === undefined || program === exec) return
  throw new RemoteError(
    `the kubeconfig ${path} signs in by the program ${program}, which the configuration does not name; add "exec: ${program}" beside "kubeconfig", or use a token or a certificate`,
    { code: 'invalid' },
  )
}

const mistake = (says: string, cure: string): RemoteError =>
  new RemoteError(`Kubernetes: the kubeconfig ${says}`, { code: 'invalid', cure })

const fill = async (config: KubeConfig, access: File): Promise<void> => {
  const { path, context } = access
  const text = await readFile(path, 'utf8')
  // The client fails in words that do not say why.
  const wrong = kubeconfigMistake(text, context)
  if (wrong !== undefined) throw mistake(`${path} ${wrong.says}`, wrong.cure)
  config.loadFromString(text)
  config.makePathsAbsolute(dirname(path))
  if (context !== undefined) config.setCurrentContext(context)
  const user = config.getCurrentUser()
  if (user === null) return
  checkProgram(user, access)
  const ready = withOidc(config, withTokenFile(user, text, dirname(path)))
  config.users = config.users.map((one) => (one === user ? ready : one))
}

// The parser quotes the lines around its finding, and those hold keys and tokens.
const withoutContent = (error: unknown): RemoteError | undefined => {
  const wrong = notYaml(error)
  return wrong && mistake(wrong.says, wrong.cure)
}

const caOf = async ({ caData, caFile }: KubernetesCluster): Promise<string | undefined> => {
  if (caData !== undefined) return Buffer.from(caData, 'base64').toString()
  return caFile === undefined ? undefined : readFile(caFile, 'utf8')
}

// The client would only fail at each call, in words that do not say why.
const checkCluster = async (cluster: KubernetesCluster): Promise<void> => {
  const { server, skipTLSVerify, caFile, proxyUrl } = cluster
  const wrongProxy = proxyMistake(proxyUrl)
  if (wrongProxy !== undefined) throw mistake(wrongProxy.says, wrongProxy.cure)
  if (server.startsWith('http:') && !skipTLSVerify)
    throw mistake(`has an address without TLS: ${server}`, 'Put its https address into the kubeconfig.')
  const ca = await caOf(cluster)
  const wrong = ca === undefined ? undefined : caMistake(ca)
  if (wrong === undefined) return
  const where = caFile ?? 'certificate-authority-data'
  throw mistake(`names a CA that is none: ${where} ${wrong}`, `Put the CA of the Kubernetes API into it.`)
}

const clusterOf = (config: KubeConfig): KubernetesCluster => {
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw mistake('names no cluster', 'Name one in its context.')
  return cluster
}

const unmounted = (error: unknown): RemoteError =>
  new RemoteError('Kubernetes: this process has not what a cluster mounts into its pods', {
    code: 'unreachable',
    cure: 'Give "kubeconfig: PATH" in the place of "inCluster", or let the pod mount the token of its ServiceAccount.',
    cause: error,
  })

/** Fills the client's configuration. Throws RemoteError when the kubeconfig is no good or may not be followed. */
export const loadAccess = async (config: KubeConfig, access: KubernetesAccess): Promise<void> => {
  try {
    if (access.kind === 'in-cluster') config.loadFromCluster()
    else await fill(config, access)
    await checkCluster(clusterOf(config))
  } catch (error) {
    if (access.kind === 'in-cluster') throw unmounted(error)
    throw withoutContent(error) ?? remoteError('the kubeconfig cannot be read', error)
  }
}

/** Another text whenever the kubeconfig on disk is another; what it names is read for each call anyway. */
export const markOf = async (access: KubernetesAccess): Promise<string> => {
  if (access.kind === 'in-cluster') return ''
  try {
    const { ino, size, mtimeMs } = await stat(access.path)
    return [ino, size, mtimeMs].join(' ')
  } catch {
    // Whoever reads it says what is wrong.
    return 'missing'
  }
}
