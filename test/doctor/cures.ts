import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { loadAll } from 'js-yaml'
import { z } from 'zod'

import type { Rule } from '../../sandbox/kubernetes/identities.ts'
import type { KubernetesSandbox } from '../../sandbox/kubernetes/server.ts'
import { repositoryRoot } from '../../sandbox/world.ts'

const rule = z.object({
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
  verbs: z.array(z.string()),
  resourceNames: z.array(z.string()).exactOptional(),
})
const named = z.object({ name: z.string(), namespace: z.string().exactOptional() })
const account = z.object({ kind: z.literal('ServiceAccount'), metadata: named })
const role = z.object({ kind: z.enum(['Role', 'ClusterRole']), metadata: named, rules: z.array(rule) })
const binding = z.object({
  kind: z.enum(['RoleBinding', 'ClusterRoleBinding']),
  metadata: named,
  roleRef: z.object({ kind: z.string(), name: z.string() }),
  subjects: z.array(z.object({ kind: z.enum(['ServiceAccount', 'User']), ...named.shape })),
})
const documentSchema = z.union([account, role, binding])
type Document = z.infer<typeof documentSchema>

const documentsIn = (text: string): readonly Document[] =>
  loadAll(text).map((document) => documentSchema.parse(document))

const flags = {
  namespace: { type: 'string', short: 'n' },
  file: { type: 'string', short: 'f', default: '' },
  verb: { type: 'string', default: '' },
  resource: { type: 'string', default: '' },
  'resource-name': { type: 'string' },
  role: { type: 'string', default: '' },
  serviceaccount: { type: 'string' },
  user: { type: 'string', default: '' },
  'dry-run': { type: 'string' },
  output: { type: 'string', short: 'o' },
} as const

type Words = ReturnType<typeof parseArgs<{ options: typeof flags; allowPositionals: true }>>

const read = (words: string): Words =>
  parseArgs({
    args: [...words.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain).slice(1),
    options: flags,
    allowPositionals: true,
  })

const ruleFrom = ({ verb, resource, 'resource-name': only }: Words['values']): z.infer<typeof rule> => {
  const [kind = '', sub] = resource.split('/')
  const [plural = '', ...group] = kind.split('.')
  return {
    apiGroups: [group.join('.')],
    resources: [sub === undefined ? plural : `${plural}/${sub}`],
    verbs: verb.split(','),
    ...(only !== undefined && { resourceNames: [only] }),
  }
}

const created = ({ values, positionals: [, kind, name = ''] }: Words): Document => {
  const metadata = { name, ...(values.namespace !== undefined && { namespace: values.namespace }) }
  if (kind === 'serviceaccount') return { kind: 'ServiceAccount', metadata }
  if (kind === 'role') return { kind: 'Role', metadata, rules: [ruleFrom(values)] }
  if (kind !== 'rolebinding') throw new Error(`this kubectl does not create ${kind}`)
  const [namespace = '', serviceAccount = ''] = values.serviceaccount?.split(':') ?? []
  const subject =
    values.serviceaccount === undefined
      ? { kind: 'User' as const, name: values.user }
      : { kind: 'ServiceAccount' as const, name: serviceAccount, namespace }
  return { kind: 'RoleBinding', metadata, roleRef: { kind: 'Role', name: values.role }, subjects: [subject] }
}

const sourceOf = (path: string): string => readFileSync(join(repositoryRoot, path), 'utf8')

/** What stands before the pipe writes, or what a command alone applies. */
const written = (command: string): readonly Document[] => {
  const [, from, to, path] = /^sed 's\/([^/]+)\/([^/]+)\/' (\S+)$/.exec(command) ?? []
  if (from !== undefined && to !== undefined && path !== undefined)
    return documentsIn(sourceOf(path).replaceAll(new RegExp(from, 'g'), to))
  const words = read(command)
  return words.positionals[0] === 'create' ? [created(words)] : documentsIn(sourceOf(words.values.file))
}

const applied = (line: string): readonly Document[] => {
  const [first = '', second] = line.replace(/ {3}# .*$/, '').split(' | ')
  const { namespace } = read(second ?? first).values
  return written(first).map((document) => ({
    ...document,
    metadata: { ...(namespace !== undefined && { namespace }), ...document.metadata },
  }))
}

const commandsIn = (cure: string): readonly string[] =>
  cure.split('\n').filter((line) => !line.startsWith('#'))

interface Given extends Rule {
  readonly user: string
}

const givenBy = (
  bound: z.infer<typeof binding>,
  roles: readonly z.infer<typeof role>[],
): readonly Given[] => {
  const { kind, metadata, roleRef, subjects } = bound
  const { namespace: here = '' } = metadata
  const rules = roles.find((one) => one.kind === roleRef.kind && one.metadata.name === roleRef.name)?.rules
  return subjects.flatMap((one) =>
    (rules ?? []).map(({ apiGroups: groups, resources, verbs, resourceNames: names }) => ({
      user: one.kind === 'User' ? one.name : `system:serviceaccount:${one.namespace ?? here}:${one.name}`,
      groups,
      resources,
      verbs,
      ...(names !== undefined && { names }),
      ...(kind === 'RoleBinding' && { namespaces: [here] }),
    })),
  )
}

/** What Kubernetes would give whom, once the commands of a cure have been run. */
export const rulesAfter = (cure: string): readonly Given[] => {
  const documents = commandsIn(cure).flatMap(applied)
  const roles = documents.filter((one) => 'rules' in one)
  return documents.filter((one) => 'roleRef' in one).flatMap((one) => givenBy(one, roles))
}

/** Runs a cure against a sandbox. */
export const cureSandbox = ({ objects, rules }: KubernetesSandbox, cure: string): void => {
  for (const { kind, metadata } of commandsIn(cure).flatMap(applied)) {
    const key = { resource: 'serviceaccounts', namespace: metadata.namespace ?? '', name: metadata.name }
    if (kind !== 'ServiceAccount' || objects.get(key) !== undefined) continue
    objects.create(key, { kind }, 'kubectl')
    rules.set(`system:serviceaccount:${key.namespace}:${key.name}`, [])
  }
  for (const { user, ...given } of rulesAfter(cure)) rules.set(user, [...(rules.get(user) ?? []), given])
}
