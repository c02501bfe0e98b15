import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { repositoryRoot } from '../../sandbox/world.ts'
import { parseSite, siteSchema } from '../cluster/site.ts'

const example = readFileSync(join(repositoryRoot, 'test/cluster/site.example.yaml'), 'utf8')

it('the example of a site file is one, and names every key', () => {
  expect(parseSite(example, 'site.yaml').context).toBe('test-cluster')
  for (const key of Object.keys(siteSchema.shape)) expect(example).toContain(`${key}:`)
})

const head = 'context: test-cluster\n'
const url = 'give one such as https://argo-server.example.com'
const restart = 'give "deployment: NAME" or "restart: [COMMAND, ...]"'

it.each([
  [
    'no context: nobody tests in the wrong cluster',
    'namespace: shared\n',
    '1: context: is missing; write it as text after a colon',
  ],
  ['an unknown key', `${head}kubeconfg: x\n`, /2: kubeconfg: unknown name; there is: context, namespace, /],
  [
    'a key that was nearly meant',
    `${head}shellimage: x\n`,
    '2: shellimage: unknown name; did you mean "shellImage"?',
  ],
  [
    'a switch that is text',
    `${head}hostNetwork: yes please\n`,
    '2: hostNetwork: has to be true or false, not "yes please"; write true or false',
  ],
  [
    'an address without its scheme',
    `${head}url: argo-server:2746\n`,
    `2: url: has to be an address, not "argo-server:2746"; ${url}`,
  ],
  [
    'a second cluster without a context',
    `${head}second: { namespace: argo }\n`,
    '2: second.context: is missing; write it as text after a colon',
  ],
  [
    'a program without a way',
    `${head}argoServer: argo-server\n`,
    `2: argoServer: has to say how argo-server is restarted, not "argo-server"; ${restart}`,
  ],
  ['a doubled key', `${head}context: other\n`, '2: the name stands here twice; keep one of the two'],
  ['an empty file', '', '1: has to be a map of names and values, not nothing; write lines of "name: value"'],
])('%s is told with its line and its cure', (_what, text, says) => {
  const message = `The site file cannot be used (test/cluster/site.example.yaml names every key):\n- site.yaml:`
  const thrown = (): unknown => parseSite(text, 'site.yaml')
  expect(thrown).toThrow(message)
  expect(thrown).toThrow(says)
})

it('all mistakes are told at once', () => {
  expect(() => parseSite('hostNetwork: 1\nchart: 2\n', 'site.yaml')).toThrow(
    /context: is missing.*hostNetwork.*chart: has to be text, not 2; put 2 in quotes/s,
  )
})
