import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'

import { repositoryRoot } from '../../sandbox/world.ts'
import {
  argoRights,
  doctorRights,
  executorRights,
  kubernetesRights,
  portForwardRights,
  type Right,
} from '../../src/kubernetes/rights.ts'

const roleSchema = z.object({
  kind: z.literal('Role'),
  rules: z.array(
    z.object({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      verbs: z.array(z.string()),
      resourceNames: z.array(z.string()).default([]),
    }),
  ),
})

const line = (
  group: string,
  resource: string,
  { verb, name }: { verb: string; name: string | undefined },
): string => [group, resource, verb, ...(name === undefined ? [] : [name])].join(' ')

/** What the file's Role grants, a line for each verb on each resource. */
const granted = (file: string): readonly string[] =>
  parseAllDocuments(readFileSync(join(repositoryRoot, 'deploy/target-cluster', file), 'utf8'))
    .flatMap((document) => roleSchema.safeParse(document.toJS()).data?.rules ?? [])
    .flatMap(({ apiGroups: [group = ''], resources, verbs, resourceNames: [name] }) =>
      resources.flatMap((resource) => verbs.map((verb) => line(group, resource, { verb, name }))),
    )
    .toSorted()

const asked = (rights: readonly Right[]): readonly string[] =>
  rights
    .flatMap(({ group, resource, verbs, name }) => verbs.map((verb) => line(group, resource, { verb, name })))
    .toSorted()

describe('the rights that doctor looks for', () => {
  it.for([
    { file: 'bot.yaml', rights: [...argoRights, ...kubernetesRights('onboard-bot')] },
    { file: 'port-forward.yaml', rights: portForwardRights('argo-server') },
    { file: 'doctor.yaml', rights: doctorRights },
    { file: 'steps.yaml', rights: executorRights },
  ])('are those that $file grants, and no others', ({ file, rights }) => {
    expect(asked(rights)).toEqual(granted(file))
  })
})
