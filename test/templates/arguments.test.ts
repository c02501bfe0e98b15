import { expect, it } from 'vitest'

import { fillManifest } from '../../src/templates/manifest.ts'

const text = `apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: { name: x }
spec:
  entrypoint: main
  arguments:
    parameters:
      - { name: given, default: 'no' }
      - { name: left-out, default: '' }
      - { name: own, value: a, default: b }
      - { name: from-a-map, valueFrom: { configMapKeyRef: { name: a, key: b } }, default: c }
  templates: [{ name: main, container: { image: busybox } }]
`

it('an argument has its default for a value where none is given: argo-server takes none by itself', () => {
  const values = [{ name: 'given', value: 'yes' }]
  const { spec } = fillManifest(text, { name: 'a', labels: {}, annotations: {}, values })
  expect(spec['arguments']).toEqual({
    parameters: [
      { name: 'given', value: 'yes', default: 'no' },
      { name: 'left-out', value: '', default: '' },
      { name: 'own', value: 'a', default: 'b' },
      { name: 'from-a-map', valueFrom: { configMapKeyRef: { name: 'a', key: 'b' } }, default: 'c' },
    ],
  })
})
