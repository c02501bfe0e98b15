import { argoRights, portForwardRights } from '../../kubernetes/rights.ts'
import { accessRefused, dryRunRefused, serverRefused, tokenRefused } from './argo-refusals.ts'
import { type Check, ok, type Verdict, warning, wrong } from './check.ts'
import { type ClusterAbout, clusterCheck, type ClusterProbes, type OfferedFile } from './cluster.ts'
import { grantFiles } from './grants.ts'
import { refusal } from './remote.ts'
import { rightChecks } from './right-checks.ts'

/** The versions whose answers the client is held to by recordings. */
const supported = ['3.7', '4.0', '4.1']
const danger = "whoever is between reads the bot's token"

const tokenCheck = (about: ClusterAbout, { token }: ClusterProbes): Check => {
  const { serviceAccount } = about.argo
  return clusterCheck(about, {
    name: 'token',
    title: 'token for argo-server',
    needs: serviceAccount === undefined ? [] : ['identity'],
    probe: token,
    judge: () => ok(serviceAccount === undefined ? 'read from its file' : `given for ${serviceAccount}`),
    refused: (error) => tokenRefused(error, about),
  })
}

const judgeVersion = (version: string, way: string): Verdict => {
  const minor = /^v?(\d+\.\d+)\./.exec(version)?.[1]
  return minor !== undefined && supported.includes(minor)
    ? ok(`${version}${way}`)
    : warning(`${version}${way}, which the bot is not tested with`, `install one of ${supported.join(', ')}`)
}

const serverCheck = (about: ClusterAbout, { argoVersion }: ClusterProbes): Check => {
  const { service } = about.argo
  const way = service === undefined ? '' : `, by port-forward to ${service.namespace}/${service.name}`
  return clusterCheck(about, {
    name: 'argo-server',
    title: 'argo-server',
    needs: service === undefined ? ['token'] : ['identity', 'token'],
    probe: argoVersion,
    judge: (version) => judgeVersion(version, way),
    refused: (error) => serverRefused(error, about),
  })
}

const judgeTls = ({ name, argo }: ClusterAbout): Verdict => {
  const { url, isVerified, service } = argo
  const isPlain = url.startsWith('http:')
  if (!isPlain && isVerified) return ok('verified')
  // The tunnel itself is authenticated and encrypted, and argo-server makes a new certificate at each start.
  if (service !== undefined)
    return ok(
      `${isPlain ? 'not used' : 'not verified'}: the port-forward through the Kubernetes API keeps others out`,
    )
  return isPlain
    ? warning(`NOT ENCRYPTED: ${danger}`, `give clusters.${name}.argo.url an https address`)
    : warning(
        `NOT VERIFIED: ${danger}`,
        `put argo-server's CA into clusters.${name}.argo.caFile in the place of insecureSkipTlsVerify`,
      )
}

const tlsCheck = (about: ClusterAbout): Check => {
  const { url, isVerified, service } = about.argo
  // What the configuration gives up is known without a call; that it is kept is not.
  const isGivenUp = service === undefined && (url.startsWith('http:') || !isVerified)
  return clusterCheck(about, {
    name: 'argo-tls',
    title: 'TLS of argo-server',
    needs: isGivenUp ? [] : ['argo-server'],
    probe: () => about,
    judge: judgeTls,
    refused: (error) => refusal(error, ''),
  })
}

const judgeAccess = (managed: string | undefined, { name, namespace }: ClusterAbout): Verdict =>
  managed === undefined || managed === namespace
    ? ok(`takes the token, and looks after ${managed ?? 'all namespaces'}`)
    : wrong(
        `it looks after the namespace ${managed}: nothing would run in ${namespace}`,
        `set clusters.${name}.argo.namespace to ${managed}, or start Argo with --managed-namespace ${namespace}`,
      )

const accessCheck = (about: ClusterAbout, { argoAccess }: ClusterProbes): Check =>
  clusterCheck(about, {
    name: 'argo-access',
    title: 'access to argo-server',
    needs: ['argo-server'],
    probe: argoAccess,
    judge: (managed) => judgeAccess(managed, about),
    refused: (error) => accessRefused(error, about),
  })

const dryRunCheck = (about: ClusterAbout, { dryRun }: ClusterProbes, file: OfferedFile): Check => {
  const path = `templates/${file.template}/${file.kind}.yaml`
  return clusterCheck(about, {
    name: `template/${file.template}/${file.kind}`,
    title: path,
    needs: ['argo-access'],
    probe: () => dryRun(file),
    judge: () => ok('argo-server would take it'),
    refused: (error) => dryRunRefused(error, about, file.path),
  })
}

const portForwardChecks = (about: ClusterAbout, probes: ClusterProbes): readonly Check[] => {
  const { service } = about.argo
  if (service === undefined) return []
  return rightChecks(about, probes, {
    name: 'right/port-forward',
    place: { bearer: 'kubernetes', namespace: service.namespace },
    rights: portForwardRights(service.name),
    file: grantFiles.portForward,
    needs: ['identity'],
  })
}

/** What is looked at in the argo-server of a cluster. */
export const argoChecks = (about: ClusterAbout, probes: ClusterProbes): readonly Check[] => [
  tokenCheck(about, probes),
  ...portForwardChecks(about, probes),
  serverCheck(about, probes),
  tlsCheck(about),
  accessCheck(about, probes),
  ...rightChecks(about, probes, {
    name: 'right/argo',
    place: { bearer: 'argo', namespace: about.namespace },
    rights: argoRights,
    file: grantFiles.bot,
    needs: ['kubernetes', 'token'],
  }),
  ...about.files.map((file) => dryRunCheck(about, probes, file)),
]
