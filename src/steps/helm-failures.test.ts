import { expect, it } from 'vitest'

import { helmFailure } from './helm-failures.ts'

const looksLike = (why: string): string =>
  `Error: looks like "https://charts.test" is not a valid chart repository or cannot be reached: ${why}`

it('a Kubernetes API whose host name is not known is not taken for a repository', () => {
  const stderr =
    'Error: Kubernetes cluster unreachable: Get "https://k8s.test": dial tcp: lookup k8s.test: no such host'
  const failure = helmFailure({ name: 'proxy', namespace: 'shop' }, { code: 1, stdout: '', stderr })
  expect([failure.kind, failure.message]).toEqual(['remote-down', expect.stringContaining('Kubernetes API')])
})

it.each([
  ['failed to fetch https://charts.test/index.yaml : 503 Service Unavailable', 'remote-down', 'Retry later'],
  [
    'Get "https://charts.test/index.yaml": dial tcp: lookup charts.test: no such host',
    'remote-down',
    'Retry later',
  ],
  [
    'failed to fetch https://charts.test/index.yaml : 401 Unauthorized',
    'authorisation',
    'The repository of the chart',
  ],
  ['failed to fetch https://charts.test/index.yaml : 404 Not Found', 'bad-input', 'Check its reference'],
])('a repository of charts that answers "%s" is %s', (why, kind, words) => {
  const ended = { code: 1, stdout: '', stderr: looksLike(why) }
  const failure = helmFailure({ name: 'proxy', namespace: 'shop' }, ended)
  expect([failure.kind, failure.message.includes(words)]).toEqual([kind, true])
})
