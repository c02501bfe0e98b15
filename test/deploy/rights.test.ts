import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { loadAll } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

import { repositoryRoot } from '../../sandbox/world.ts'
import {
  argoRights,
  doctorRights,
  executorRights,
  kubernetesRights,
  namespaceTemplateRights,
  portForwardRights,
  type Right,
  sapBtpTemplateRights,
} from '../../src/kubernetes/rights.ts'

const roleSchema = z.object({
  kind: z.enum(['Role', 'ClusterRole']),
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

/** What the file's roles grant, a line for each verb on each resource. */
const granted = (file: string): readonly string[] =>
  loadAll(readFileSync(join(repositoryRoot, 'deploy/target-cluster', file), 'utf8'))
    .flatMap((document) => roleSchema.safeParse(document).data?.rules ?? [])
    .flatMap(({ apiGroups: [group = ''], resources, verbs, resourceNames }) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) =>
          (resourceNames.length === 0 ? [undefined] : resourceNames).map((name) =>
            line(group, resource, { verb, name }),
          ),
        ),
      ),
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
    { file: 'namespace-template.yaml', rights: [...namespaceTemplateRights, ...executorRights] },
    { file: 'sap-btp-template.yaml', rights: sapBtpTemplateRights },
  ])('are those that $file grants, and no others', ({ file, rights }) => {
    expect(asked(rights)).toEqual(granted(file))
  })
})
