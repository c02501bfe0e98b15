import { expect, it } from 'vitest'

import type { PodSettings } from '../../src/onboarding/ports/templates.ts'
import { fillManifest } from '../../src/templates/manifest.ts'

const text = `apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: { name: x }
spec:
  entrypoint: main
  serviceAccountName: from-template
  imagePullSecrets: [{ name: from-template }]
  nodeSelector: { kubernetes.io/os: linux, pool: small }
  tolerations: [{ key: from-template, operator: Exists }]
  arguments: { parameters: [{ name: a, value: '1' }] }
  templates: [{ name: main, container: { image: busybox } }]
`
const bare = text.replace(/ {2}(?:serviceAccountName|imagePullSecrets|nodeSelector|tolerations): .*\n/g, '')

const specOf = (file: string, pods: PodSettings): unknown =>
  fillManifest(file, { name: 'a', labels: {}, annotations: {}, values: [], pods }).spec

const own = {
  serviceAccountName: 'from-template',
  imagePullSecrets: [{ name: 'from-template' }],
  nodeSelector: { 'kubernetes.io/os': 'linux', pool: 'small' },
  tolerations: [{ key: 'from-template', operator: 'Exists' }],
}
const spot = { key: 'spot', operator: 'Exists', effect: 'NoSchedule' }

it.each<[string, PodSettings, object]>([
  ['nothing', {}, own],
  ['a ServiceAccount', { serviceAccount: 'mine' }, { ...own, serviceAccountName: 'mine' }],
  [
    'pull secrets',
    { imagePullSecrets: ['mine'] },
    { ...own, imagePullSecrets: [{ name: 'from-template' }, { name: 'mine' }] },
  ],
  [
    'a node selector',
    { nodeSelector: { pool: 'large' } },
    { ...own, nodeSelector: { 'kubernetes.io/os': 'linux', pool: 'large' } },
  ],
  [
    'tolerations',
    { tolerations: [spot] },
    { ...own, tolerations: [{ key: 'from-template', operator: 'Exists' }, spot] },
  ],
])(
  'the pods of a cluster get what its configuration says on top of the template: %s',
  (_what, pods, spec) => {
    expect(specOf(text, pods)).toMatchObject(spec)
  },
)

it('and a template that says nothing of its pods gets just that', () => {
  const pods = { imagePullSecrets: ['mine'], nodeSelector: { pool: 'large' }, tolerations: [spot] }
  const spec = { imagePullSecrets: [{ name: 'mine' }], nodeSelector: { pool: 'large' }, tolerations: [spot] }
  expect(specOf(bare, pods)).toMatchObject(spec)
  expect(specOf(bare, {})).not.toHaveProperty('imagePullSecrets')
})
