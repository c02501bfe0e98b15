import { describe, expect, it } from 'vitest'

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
import { deployedRules } from './deployed-rules.ts'

const line = (
  group: string,
  resource: string,
  { verb, name }: { verb: string; name: string | undefined },
): string => [group, resource, verb, ...(name === undefined ? [] : [name])].join(' ')

/** What the file's roles grant, a line for each verb on each resource. */
const granted = (file: string): readonly string[] =>
  deployedRules(file)
    .flatMap(({ groups: [group = ''], resources, verbs, names = [] }) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) =>
          (names.length === 0 ? [undefined] : names).map((name) => line(group, resource, { verb, name })),
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
