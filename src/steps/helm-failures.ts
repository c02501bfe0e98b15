import { thenRetryOrAnew } from './closing.ts'
import type { Ended } from './helm-process.ts'
import { maskSecrets } from './mask-secrets.ts'
import { StepError } from './step-error.ts'
import { unstopped } from './unstopped.ts'

/** What a release is called in sentences. */
export interface Release {
  readonly name: string
  readonly namespace: string
}

/** What helm was asked to work on, and the values that must not be in a sentence. */
type About = Release & { readonly secrets?: readonly string[] }

type Failure = readonly [
  shape: RegExp,
  kind: ConstructorParameters<typeof StepError>[0],
  sentence: (about: Release & { readonly said: string }, match: RegExpExecArray) => string,
]

/** helm ends with 1 for everything: what went wrong is known by what it says, in the words of helm 3 and of helm 4. */
const failures: readonly Failure[] = [
  [
    /^\s*$/,
    'timed-out',
    ({ name, namespace }) =>
      `helm was ended before it was done with the release "${name}" in "${namespace}". Look whether the memory that the template gives the step is enough, then retry.`,
  ],
  [
    /is forbidden: exceeded quota:/,
    'conflict',
    ({ namespace, said }) =>
      `The quota of "${namespace}" leaves no room for the chart: ${said}. Free some of it or raise it, then retry.`,
  ],
  [
    /admission webhook "[^"]*" denied the request/,
    'bad-input',
    ({ said }) =>
      `A policy of the cluster does not take the chart: ${said}. Mend its values in the template, then clean up and ask again; or have the policy changed, then retry.`,
  ],
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
      'The repository of the chart does not let helm in. Renew its credentials in the Secret that the template takes them from, then retry; or name a repository in the template that helm may read, then clean up and ask again.',
  ],
  [
    /Proxy Authentication Required/i,
    'authorisation',
    () =>
      `The proxy that HTTPS_PROXY names does not let helm in. Correct the user and the password in its address, ${thenRetryOrAnew}.`,
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
      `helm does not trust the certificate of the Kubernetes API or of the repository of the chart. Give the kubeconfig its CA, or name the file with it in SSL_CERT_FILE of the step, ${thenRetryOrAnew}.`,
  ],
  [
    /cluster unreachable|connection refused|connection reset|i\/o timeout|TLS handshake timeout|unexpected EOF|: EOF$/im,
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
    /don't meet the specifications of the schema|YAML|execution error at|^Error: template: |error validating |is invalid: |cannot unmarshal/m,
    'bad-input',
    ({ said }) =>
      `The chart cannot be made with these values: ${said}. Mend them in the template, then clean up and ask again.`,
  ],
  [
    /no matches for kind "([^"]*)" in version "([^"]*)"/,
    'bad-input',
    (_, [, kind, version]) =>
      `The chart needs ${kind} of ${version}, which this cluster does not have. Install what it needs, then retry; or clean up and ask again with another chart or profile.`,
  ],
  [
    /not a valid chart repository|failed to fetch|chart .* not found|failed to download|path "[^"]*" not found|could not find/i,
    'bad-input',
    () =>
      'The chart cannot be fetched. Correct its reference, version or repository in the template, then clean up and ask again.',
  ],
  [
    /(\w+) "([^"]*)" in namespace "[^"]*" exists and cannot be imported into the current release/,
    'conflict',
    (_, [, kind, name]) =>
      `${kind} "${name}" of the chart is there already and belongs to something else. Remove it, then retry.`,
  ],
  [
    /(\S+ "[^"]*" already exists)/,
    'conflict',
    (_, [, what]) => `The chart finds that ${what}. Remove it if nobody needs it, then retry.`,
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
      `What the chart does before it goes failed for the release "${name}" in "${namespace}". Look at its Jobs there, then retry.`,
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
      `The release "${name}" was not removed in time. Look at what still ends in "${namespace}", then retry.`,
  ],
  [
    /timed out|context deadline exceeded/i,
    'timed-out',
    ({ name, namespace }) =>
      `The release "${name}" did not become ready in time. Look at the events in "${namespace}", then retry.`,
  ],
]

/** What helm says in the end, on one line; '' where it says nothing. */
const lastWords = (stderr: string): string => {
  const lines = stderr.trim().split('\n')
  const from = lines.findLastIndex((line) => line.startsWith('Error: '))
  return unstopped(
    lines
      .slice(from)
      .join(' ')
      .replace(/^Error:\s*/, '')
      .replaceAll(/\s+/g, ' '),
  ).slice(0, 300)
}

/** The StepError for what helm said; the secrets of the release are never in it. */
export const helmFailure = (about: About, { stderr }: Ended): StepError => {
  const masked = maskSecrets(stderr, about.secrets ?? [])
  const said = lastWords(masked)
  for (const [shape, kind, sentence] of failures) {
    const match = shape.exec(masked)
    if (match !== null) return new StepError(kind, sentence({ ...about, said }, match))
  }
  const { name, namespace } = about
  return new StepError(
    'conflict',
    `helm failed on the release "${name}" in "${namespace}": ${said}. Look at the events in "${namespace}" and at what "helm status ${name} -n ${namespace}" says, then retry.`,
  )
}

// What helm says before it has changed anything: it asks for the cluster and the release first, then for the chart.
const early = /cluster unreachable|cannot be reached|failed to query with labels|unable to get an update/i

/** Whether helm did not get as far as the cluster or the chart, in a way that passes: it may be run again. */
export const didNotBegin = (about: About, ended: Ended): boolean =>
  ended.code !== 0 &&
  early.test(ended.stderr) &&
  !ended.stderr.includes('x509: ') &&
  helmFailure(about, ended).kind === 'remote-down'

/** `repo update` tells on standard output what went wrong, and helm 3 ends with 0 all the same. */
export const failedUpdate = (ended: Ended): Ended =>
  /^\.\.\.Unable to get an update from /m.test(ended.stdout)
    ? { code: 1, stdout: '', stderr: ended.stdout }
    : ended

/** Whether helm says that there is no such release, which is no "may not look". */
export const saysNotFound = ({ stderr }: Ended): boolean => /release: not found/.test(stderr)
