import { dump } from 'js-yaml'

// The Kubernetes client refuses plain HTTP unless it is told not to look at certificates.
/** A kubeconfig that reaches `server` with `token`, as YAML. */
export function renderKubeconfig(server: string, token: string, namespace: string): string {
  const name = 'sandbox'
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
    'current-context': name,
  })
}
