import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { repositoryRoot } from '../../sandbox/world.ts'
import { parseSite, siteSchema } from '../cluster/site.ts'

const example = readFileSync(join(repositoryRoot, 'test/cluster/site.example.yaml'), 'utf8')

it('the example of a site file is one, and names every key', () => {
  expect(parseSite(example).context).toBe('test-cluster')
  for (const key of Object.keys(siteSchema.shape)) expect(example).toContain(`${key}:`)
})

it('a site file that names no context is refused: nobody tests in the wrong cluster', () => {
  expect(() => parseSite('namespace: shared\n')).toThrow(/context/)
})

it('a key that is not known is named', () => {
  expect(() => parseSite(`${example}\nkubeconfg: x\n`)).toThrow(/kubeconfg/)
})
