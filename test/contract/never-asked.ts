/** Recorded exchanges with argo-server that the bot never has, each reason with its recordings. */
const reasons: Readonly<Record<string, readonly string[]>> = {
  'the archive is not asked': ['archived-get', 'archived-list'],
  'no workflow is deleted': ['delete-not-found', 'delete-ok', 'delete-running'],
  'event sources belong to Argo Events': ['event-sources-post', 'event-sources-post-admin-shape'],
  'Kubernetes events are not read': ['events-stream'],
  'fields are named to be left out, never to be given': [
    'get-fields',
    '3.7.18/get-fields',
    '4.0.10/get-fields',
    'watch-sse-fields',
    'watch-timeout-eof-include-fields',
  ],
  'workflows are asked for by their own names': ['get-latest'],
  'the server is not asked whom it takes the bot for': ['userinfo'],
  'nothing is linted': ['lint-ok', 'lint-unknown-template', '3.7.18/lint-ok', '4.0.10/lint-ok'],
  'a log is asked for with one pod and its container': [
    'log-all',
    'log-all-ndjson',
    'log-without-log-options',
  ],
  'a workflow is retried, never some of its nodes': ['retry-failed-node-selector'],
  'no path or method outside the API is called': ['outside-api', 'unknown-api-path', 'wrong-method'],
  'a workflow is retried, never resubmitted': [
    'resubmit',
    'resubmit-memoized',
    'resubmit-memoized-while-running',
  ],
  'nothing is suspended': [
    'resume-node',
    'resume-node-not-there-yet',
    'resume-node-selector-no-match',
    'resume-not-suspended',
    'resume-suspended',
    'suspend-completed',
    'suspend-running',
    '3.7.18/suspend-completed',
    '4.0.10/suspend-completed',
  ],
  'a workflow is stopped, never terminated': ['terminate-new', 'terminate-running'],
  'streams are asked for as server-sent events only': [
    'watch-accept-list',
    'watch-forbidden-ndjson',
    'watch-ndjson-whole-run',
    'watch-timeout-eof-ndjson',
  ],
  'a stream begins with a snapshot, never at a resource version': ['watch-future-rv'],
}

/** Their names. */
export const neverAsked: readonly string[] = Object.values(reasons).flat()
