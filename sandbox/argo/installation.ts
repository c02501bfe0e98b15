import { randomBytes } from 'node:crypto'

import type { KubernetesSandbox } from '../kubernetes/server.ts'

/** argo-server's port, as its own installation has it. */
const port = 2746
const labels = { app: 'argo-server' }

/** What Kubernetes adds to a Service; nobody listens there. */
const clusterAddress = {
  clusterIP: '10.96.0.231',
  clusterIPs: ['10.96.0.231'],
  type: 'ClusterIP',
  sessionAffinity: 'None',
  ipFamilies: ['IPv4'],
  ipFamilyPolicy: 'SingleStack',
  internalTrafficPolicy: 'Cluster',
}

/** argo-server as the cluster knows it: a Service and the pod behind it. */
export interface Installation {
  /** The pod goes and another comes, as in a rollout: what was connected to the old one breaks. */
  readonly replacePod: () => void
}

/** Puts argo-server's Service and a ready pod into the cluster; what goes to the pod arrives at `localPort`. */
export function installServer(
  kubernetes: KubernetesSandbox,
  namespace: string,
  localPort: number,
): Installation {
  const place = (resource: string, name: string): Parameters<typeof kubernetes.objects.create>[0] => ({
    resource,
    namespace,
    name,
  })
  const ports = [{ name: 'web', protocol: 'TCP', port, targetPort: port }]
  const spec = { ports, selector: labels, ...clusterAddress }
  const service = { kind: 'Service', apiVersion: 'v1', spec, status: { loadBalancer: {} } }
  kubernetes.objects.create(place('services', 'argo-server'), service, 'kubectl')
  const start = (): string => {
    const name = `argo-server-${randomBytes(4).toString('hex')}`
    const containers = [{ name: 'argo-server', ports: [{ name: 'web', containerPort: port }] }]
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
    const body = { kind: 'Pod', apiVersion: 'v1', metadata: { labels }, spec: { containers }, status }
    kubernetes.objects.create(place('pods', name), body, 'kube-controller-manager')
    kubernetes.forwards.serve(name, localPort)
    return name
  }
  let pod = start()
  return {
    replacePod: () => {
      kubernetes.objects.remove(place('pods', pod))
      kubernetes.forwards.cut(pod)
      pod = start()
    },
  }
}
