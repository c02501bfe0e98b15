import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { loadAll } from 'js-yaml'
import { z } from 'zod'

import type { Rule } from '../../sandbox/kubernetes/identities.ts'
import { repositoryRoot } from '../../sandbox/world.ts'

type Kind = 'Role' | 'ClusterRole'

const roleSchema = z.object({
  kind: z.enum(['Role', 'ClusterRole']),
  rules: z.array(
    z.object({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      verbs: z.array(z.string()),
      resourceNames: z.array(z.string()).optional(),
    }),
  ),
})

/** What the roles of a file in deploy/target-cluster allow, as the sandbox's Kubernetes takes it. */
export const deployedRules = (
  file: string,
  kinds: readonly Kind[] = ['Role', 'ClusterRole'],
): readonly Rule[] =>
  loadAll(readFileSync(join(repositoryRoot, 'deploy/target-cluster', file), 'utf8'))
    .map((document) => roleSchema.safeParse(document).data)
    .filter((role) => role !== undefined && kinds.includes(role.kind))
    .flatMap((role) => role?.rules ?? [])
    .map(({ apiGroups: groups, resources, verbs, resourceNames: names }) => ({
      groups,
      resources,
      verbs,
      ...(names !== undefined && { names }),
    }))
