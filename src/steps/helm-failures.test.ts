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
  ['failed to fetch https://charts.test/index.yaml : 404 Not Found', 'bad-input', 'Correct its reference'],
])('a repository of charts that answers "%s" is %s', (why, kind, words) => {
  const ended = { code: 1, stdout: '', stderr: looksLike(why) }
  const failure = helmFailure({ name: 'proxy', namespace: 'shop' }, ended)
  expect([failure.kind, failure.message.includes(words)]).toEqual([kind, true])
})

const told = (stderr: string, secrets: readonly string[] = []): readonly [kind: string, message: string] => {
  const failure = helmFailure({ name: 'proxy', namespace: 'shop', secrets }, { code: 1, stdout: '', stderr })
  return [failure.kind, failure.message]
}

it.each([
  [
    'Error: secrets "x" is forbidden: exceeded quota: small, requested: secrets=1',
    'conflict',
    'The quota of "shop" leaves no room for the chart: secrets "x" is forbidden: exceeded quota: small, requested: secrets=1. Free some of it or raise it, then retry.',
  ],
  [
    'Error: admission webhook "policy.test" denied the request: no root.',
    'bad-input',
    'A policy of the cluster does not take the chart: admission webhook "policy.test" denied the request: no root. Mend its values in the template, then clean up and ask again; or have the policy changed, then retry.',
  ],
  [
    "Error: values don't meet the specifications of the schema(s) in the following chart(s):\nproxy:\n- at '/sm': got string, want object\n",
    'bad-input',
    "The chart cannot be made with these values: values don't meet the specifications of the schema(s) in the following chart(s): proxy: - at '/sm': got string, want object. Mend them in the template, then clean up and ask again.",
  ],
  [
    "Error: YAML parse error on proxy/templates/a.yaml: error converting YAML to JSON: yaml: line 3: could not find expected ':'",
    'bad-input',
    "The chart cannot be made with these values: YAML parse error on proxy/templates/a.yaml: error converting YAML to JSON: yaml: line 3: could not find expected ':'. Mend them in the template, then clean up and ask again.",
  ],
  [
    'Error: Deployment.apps "proxy" is invalid: spec.replicas: Invalid value: -1',
    'bad-input',
    'The chart cannot be made with these values: Deployment.apps "proxy" is invalid: spec.replicas: Invalid value: -1. Mend them in the template, then clean up and ask again.',
  ],
  [
    'Error: secrets "proxy" already exists',
    'conflict',
    'The chart finds that secrets "proxy" already exists. Remove it if nobody needs it, then retry.',
  ],
  [
    'Error: Get "https://charts.test/index.yaml": Proxy Authentication Required',
    'authorisation',
    'The proxy that HTTPS_PROXY names does not let helm in. Correct the user and the password in its address, then retry; or clean up and ask again where it stands in the template.',
  ],
  [
    'Error: Get "https://k8s.test/api": read tcp 10.0.0.1:4->10.0.0.2:6443: read: connection reset by peer',
    'remote-down',
    'helm cannot reach the Kubernetes API or the repository of the chart. Retry later.',
  ],
  [
    'Error: Get "https://k8s.test/api": unexpected EOF',
    'remote-down',
    'helm cannot reach the Kubernetes API or the repository of the chart. Retry later.',
  ],
  [
    '',
    'timed-out',
    'helm was ended before it was done with the release "proxy" in "shop". Look whether the memory that the template gives the step is enough, then retry.',
  ],
  [
    'WARNING: old\nError: release has no 0 version\n',
    'conflict',
    'helm failed on the release "proxy" in "shop": release has no 0 version. Look at the events in "shop" and at what "helm status proxy -n shop" says, then retry.',
  ],
])('helm that says "%s" is told as %s', (stderr, kind, message) => {
  expect(told(stderr)).toEqual([kind, message])
})

it.each(['a+b/c=secret', 'clear-text', 'with "quotes"'])(
  'the secret %s is in no sentence, however it is spelled',
  (secret) => {
    const spelled = [
      secret,
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('base64url'),
      encodeURIComponent(secret),
      JSON.stringify(secret),
    ]
    const [, message] = told(`Error: it is ${spelled.join(' or ')}, so no`, [secret, 'abc'])
    expect(message).toMatch(
      /^helm failed on the release "proxy" in "shop": it is (?:"?\[secret\]=*"?(?: or |, so no)){5}\./,
    )
    expect(told(`Error: Deployment "${secret}" is invalid: abc`, [secret, 'abc'])[1]).toContain(
      '"[secret]" is invalid: abc',
    )
  },
)
