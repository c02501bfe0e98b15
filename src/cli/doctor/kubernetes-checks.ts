import type { KubernetesServer } from '../../kubernetes/inspection.ts'
import { doctorRights, kubernetesRights } from '../../kubernetes/rights.ts'
import { type Check, ok, skipped, type Verdict, warning, wrong } from './check.ts'
import { type ClusterAbout, clusterCheck, type ClusterProbes } from './cluster.ts'
import { giveCredentials, grantDenied, grantFiles, isNobody } from './grants.ts'
import { denialIn, isRemote, refusal } from './remote.ts'
import { rightChecks } from './right-checks.ts'

/** What the controller and argo-server cannot do without (manifests/base/crds of Argo Workflows 3.7 to 4.1). */
const crds = ['workflows', 'workflowtaskresults', 'workflowtasksets', 'workflowtemplates']
const install = 'https://github.com/argoproj/argo-workflows/releases/download/v4.1.2/namespace-install.yaml'

const danger = "whoever is between reads the bot's token and the runs' secrets"

const judgeServer = ({ version, address, protection }: KubernetesServer): Verdict => {
  const says = `${version} at ${address}`
  switch (protection) {
    case 'verified':
      return ok(says)
    case 'unverified':
      return warning(
        `${says}, TLS NOT VERIFIED: ${danger}`,
        'put certificate-authority-data into the kubeconfig in the place of insecure-skip-tls-verify',
      )
    case 'none':
      return warning(`${says}, NOT ENCRYPTED: ${danger}`, 'put an https address into the kubeconfig')
  }
}

/** Instead of a verdict, where only doctor lacks a right; undefined when the call failed of something else. */
export const withoutRight = (
  error: unknown,
  { namespace }: ClusterAbout,
  what: string,
): Verdict | undefined => {
  const cure = grantDenied(error, { rights: doctorRights, namespace, file: grantFiles.doctor })
  return cure === undefined
    ? undefined
    : skipped(`because the bot may not ${what}, which only doctor needs`, cure)
}

const refused = (error: unknown, about: ClusterAbout, ask: string): Verdict => {
  if (isRemote(error, 'unauthorized') && about.isInCluster)
    return wrong("the token of the bot's pod is not taken", 'start the pod anew: it gets another token')
  if (isRemote(error, 'unauthorized')) {
    const who = about.argo.serviceAccount ?? grantFiles.bot.serviceAccount
    return wrong(
      'the kubeconfig is not taken: its token or certificate is missing, has ended, or is of another cluster',
      `kubectl -n ${about.namespace} create token ${who} --duration=720h   # and put it into the kubeconfig, if that is of this ServiceAccount`,
    )
  }
  return refusal(error, `${about.kubectl} ${ask}   # from where the bot runs`)
}

const serverCheck = (about: ClusterAbout, { server }: ClusterProbes): Check =>
  clusterCheck(about, {
    name: 'kubernetes',
    title: 'Kubernetes API',
    probe: server,
    judge: judgeServer,
    refused: (error) => refused(error, about, 'version'),
  })

const judgeIdentity = (user: string, { kubectl }: ClusterAbout): Verdict =>
  isNobody(user)
    ? wrong(
        `the kubeconfig signs in as nobody (${user}): the user of its context is not there or has no credentials`,
        `${giveCredentials}\n${kubectl} config view --minify   # shows the context and its user`,
      )
    : ok(user)

const identityCheck = (about: ClusterAbout, { whoAmI }: ClusterProbes): Check =>
  clusterCheck(about, {
    name: 'identity',
    title: 'identity',
    needs: ['kubernetes'],
    probe: () => whoAmI('kubernetes'),
    judge: (user) => judgeIdentity(user, about),
    refused: (error) => refused(error, about, 'auth whoami'),
  })

/** Of a namespace that is not there Kubernetes says to others than administrators only that they may not look. */
const unseen = (error: unknown, about: ClusterAbout, orRename: string): Verdict | undefined => {
  const skipping = withoutRight(error, about, 'get the namespace')
  const [, own] = /^system:serviceaccount:([^:]+):/.exec(denialIn(error)?.user ?? '') ?? []
  if (skipping === undefined || own === undefined || own === about.namespace) return skipping
  return warning(
    `may be a wrong name: the bot's ServiceAccount is of ${own}, and may not get this namespace`,
    `${skipping.cure}\n${orRename}`,
  )
}

const namespaceCheck = (about: ClusterAbout, { namespaceExists }: ClusterProbes): Check => {
  const { name, namespace, kubectl } = about
  const orRename = `# or correct clusters.${name}.argo.namespace, if that is not its name`
  return clusterCheck(about, {
    name: 'namespace',
    title: `namespace ${namespace}`,
    needs: ['identity'],
    probe: namespaceExists,
    judge: (isThere) =>
      isThere ? ok('is there') : wrong('is not there', `kubectl create namespace ${namespace}\n${orRename}`),
    refused: (error) =>
      unseen(error, about, orRename) ?? refusal(error, `${kubectl} get namespace ${namespace}`),
  })
}

const judgeCrds = (resources: readonly string[], namespace: string): Verdict => {
  const missing = crds.filter((name) => !resources.includes(name))
  if (missing.length === 0) return ok('installed')
  return wrong(
    missing.length === crds.length ? 'not installed' : `missing: ${missing.join(', ')}`,
    `kubectl apply --server-side -n ${namespace} -f ${install}   # or of the version that you run`,
  )
}

const crdCheck = (about: ClusterAbout, { argoResources }: ClusterProbes): Check =>
  clusterCheck(about, {
    name: 'crds',
    title: 'resource definitions of Argo Workflows',
    needs: ['identity'],
    probe: argoResources,
    judge: (resources) => judgeCrds(resources, about.namespace),
    refused: (error) => refusal(error, `${about.kubectl} api-resources --api-group=argoproj.io`),
  })

const pausedChecks = (about: ClusterAbout): readonly Check[] => {
  const { name, paused } = about
  if (paused === undefined) return []
  const cure = `take clusters.${name}.paused out of the configuration, and start the bot again`
  return [
    clusterCheck(about, {
      name: 'paused',
      title: 'paused',
      probe: () => paused,
      judge: (why) => warning(`nothing new begins here: ${why}`, cure),
      refused: (error) => refusal(error, cure),
    }),
  ]
}

/** What is looked at in the Kubernetes API of a cluster. */
export const kubernetesChecks = (about: ClusterAbout, probes: ClusterProbes): readonly Check[] => [
  ...pausedChecks(about),
  serverCheck(about, probes),
  identityCheck(about, probes),
  namespaceCheck(about, probes),
  crdCheck(about, probes),
  ...rightChecks(about, probes, {
    name: 'right/kubernetes',
    place: { bearer: 'kubernetes', namespace: about.namespace },
    rights: kubernetesRights(about.argo.serviceAccount),
    file: grantFiles.bot,
    needs: ['identity'],
  }),
]
