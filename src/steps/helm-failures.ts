import type { Ended } from './helm-process.ts'
import { StepError } from './step-error.ts'

/** What a release is called in sentences. */
export interface Release {
  readonly name: string
  readonly namespace: string
}

type Failure = readonly [
  shape: RegExp,
  kind: ConstructorParameters<typeof StepError>[0],
  sentence: (about: Release, match: RegExpExecArray) => string,
]

/** helm ends with 1 for everything: what went wrong is known by what it says, in the words of helm 3 and of helm 4. */
const failures: readonly Failure[] = [
  [
    /is forbidden: User .* cannot (\S+) resource "([^"]*)"/,
    'authorisation',
    ({ namespace }, [, verb, resource]) =>
      `helm may not ${verb} ${resource} in "${namespace}". Give the workflow's ServiceAccount, or the run's kubeconfig where there is one, the rights of the chart (deploy/target-cluster/sap-btp-charts.yaml), then retry.`,
  ],
  // Of a repository of charts: helm's pkg/getter/httpgetter.go.
  [
    /failed to fetch \S+ : 40[13]/,
    'authorisation',
    () =>
      'The repository of the chart does not let helm in. Name one in the template that it may read, then ask again.',
  ],
  [
    /asked for the client to provide credentials|Unauthorized/i,
    'authorisation',
    () => 'The Kubernetes API does not accept the credentials that helm has. Renew them, then retry.',
  ],
  [
    /x509: /,
    'remote-down',
    () =>
      'helm does not trust the certificate of the Kubernetes API or of the repository of the chart. Name the file with its CA in SSL_CERT_FILE of the step, then retry.',
  ],
  [
    /cluster unreachable|connection refused|i\/o timeout|TLS handshake timeout/i,
    'remote-down',
    () => 'helm cannot reach the Kubernetes API or the repository of the chart. Retry later.',
  ],
  [
    /failed to fetch \S+ : (?:408|429|5\d\d)|no such host/,
    'remote-down',
    () => 'helm cannot reach the repository of the chart. Retry later.',
  ],
  [
    /namespaces "([^"]*)" not found/,
    'bad-input',
    (_, [, namespace]) => `There is no namespace "${namespace}". Create it, then retry.`,
  ],
  [
    /no matches for kind "([^"]*)" in version "([^"]*)"/,
    'bad-input',
    (_, [, kind, version]) =>
      `The chart needs ${kind} of ${version}, which this cluster does not have. Install what it needs, or use another chart or profile.`,
  ],
  [
    /not a valid chart repository|chart .* not found|failed to download|path "[^"]*" not found|could not find/i,
    'bad-input',
    () => 'The chart cannot be fetched. Check its reference, version and repository in the template.',
  ],
  [
    /(\w+) "([^"]*)" in namespace "[^"]*" exists and cannot be imported into the current release/,
    'conflict',
    (_, [, kind, name]) =>
      `${kind} "${name}" of the chart is there already and belongs to something else. Remove it, then retry.`,
  ],
  [
    /another operation .* is in progress/,
    'conflict',
    ({ name, namespace }) =>
      `Another helm operation is in progress on the release "${name}" in "${namespace}". Retry when it is done.`,
  ],
  [
    /BackoffLimitExceeded|pre-delete|post-delete/,
    'conflict',
    ({ name, namespace }) =>
      `What the chart does before it goes failed for the release "${name}" in "${namespace}". Look at its Jobs there, then clean up again.`,
  ],
  [
    /resource (\S+) not ready\. status: \w+, message: ([^\n"\\]*)/,
    'timed-out',
    ({ name, namespace }, [, resource, why]) =>
      `The release "${name}" did not become ready in time: ${resource} (${why}). Look at the events in "${namespace}", then retry.`,
  ],
  [
    /uninstallation completed with .*(?:timed out|context deadline exceeded)/i,
    'timed-out',
    ({ name, namespace }) =>
      `The release "${name}" was not removed in time. Look at what still ends in "${namespace}", then clean up again.`,
  ],
  [
    /timed out|context deadline exceeded/i,
    'timed-out',
    ({ name, namespace }) =>
      `The release "${name}" did not become ready in time. Look at the events in "${namespace}", then retry.`,
  ],
]

/** The StepError for what helm said; `secrets` are never in it. */
export const helmFailure = (
  about: Release,
  { stderr }: Ended,
  secrets: readonly string[] = [],
): StepError => {
  for (const [shape, kind, sentence] of failures) {
    const match = shape.exec(stderr)
    if (match !== null) return new StepError(kind, sentence(about, match))
  }
  const last = stderr.trim().split('\n').at(-1) ?? ''
  const said = secrets
    .filter((secret) => secret.length > 3)
    .reduce((text, secret) => text.replaceAll(secret, '[secret]'), last.replace(/^Error:\s*/, ''))
  return new StepError('conflict', `helm failed on the release "${about.name}": ${said.slice(0, 300)}`)
}

// What helm says before it has changed anything: it asks for the cluster and the release first, then for the chart.
const early = /cluster unreachable|cannot be reached|failed to query with labels/i

/** Whether helm did not get as far as the cluster or the chart, in a way that passes: it may be run again. */
export const didNotBegin = (about: Release, ended: Ended): boolean =>
  ended.code !== 0 &&
  early.test(ended.stderr) &&
  !ended.stderr.includes('x509: ') &&
  helmFailure(about, ended).kind === 'remote-down'

/** Whether helm says that there is no such release, which is no "may not look". */
export const saysNotFound = ({ stderr }: Ended): boolean => /release: not found/.test(stderr)
