import { argoRights, kubernetesRights, portForwardRights } from '../../kubernetes/rights.ts'
import { type Verdict, wrong } from './check.ts'
import type { ClusterAbout } from './cluster.ts'
import { apply, grant, grantDenied, grantFiles, makeServiceAccount } from './grants.ts'
import { denialIn, isRemote, refusal } from './remote.ts'

/** A token for the file of one; an API server may give it a shorter life. */
const writeToken = ({ name, namespace, argo: { tokenFile } }: ClusterAbout): string =>
  `kubectl -n ${namespace} create token ${grantFiles.bot.serviceAccount} --duration=720h > ${tokenFile}   # clusters.${name}.argo.tokenFile, if it is to be of this ServiceAccount`

export const tokenRefused = (error: unknown, about: ClusterAbout): Verdict => {
  const { namespace, kubectl, argo } = about
  const { serviceAccount } = argo
  if (serviceAccount === undefined) return refusal(error, writeToken(about))
  if (isRemote(error, 'not-found'))
    return wrong(
      `the ServiceAccount ${serviceAccount} is not there`,
      makeServiceAccount(grantFiles.bot, namespace, serviceAccount),
    )
  const rights = kubernetesRights(serviceAccount)
  const cure = grantDenied(error, { rights, namespace, file: grantFiles.bot })
  return refusal(error, cure ?? `${kubectl} -n ${namespace} create token ${serviceAccount}   # to see why`)
}

/** A command that shows whether anybody answers for argo-server. */
const askFor = ({ name, argo: { url, service }, kubectl }: ClusterAbout): string =>
  service === undefined
    ? `curl -sS ${url.replace(/\/$/, '')}/api/v1/version   # from where the bot runs`
    : `${kubectl} -n ${service.namespace} get service/${service.name} endpoints/${service.name}   # or name it in clusters.${name}.argo.service`

export const serverRefused = (error: unknown, about: ClusterAbout): Verdict => {
  const { name, argo } = about
  const { url, service } = argo
  const at = `clusters.${name}.argo`
  const ask = askFor(about)
  if (service !== undefined && isRemote(error, 'forbidden')) {
    const rights = portForwardRights(service.name)
    const { namespace } = service
    return refusal(error, grantDenied(error, { rights, namespace, file: grantFiles.portForward }) ?? ask)
  }
  if (!isRemote(error, 'not-argo') || error.cure !== undefined) return refusal(error, ask)
  const correct = service === undefined ? `url: it is what stands before /api/v1` : 'service'
  return wrong(`there is no argo-server at ${url}`, `${ask}\n# and correct ${at}.${correct}`)
}

/** What gives the bearer of argo-server's token a right that it is refused. */
const grantToBearer = ({ name, namespace, argo }: ClusterAbout, resource: string): string => {
  const { serviceAccount } = argo
  const right = argoRights.find((one) => one.resource === resource)
  if (serviceAccount === undefined || right === undefined)
    return `${apply(grantFiles.bot, namespace)}   # if clusters.${name}.argo.tokenFile is of its ServiceAccount; else give that one the same`
  const user = `system:serviceaccount:${namespace}:${serviceAccount}`
  return grant({ user, namespace, right, file: grantFiles.bot })
}

export const accessRefused = (error: unknown, about: ClusterAbout): Verdict => {
  const { argo, name } = about
  if (isRemote(error, 'forbidden')) return refusal(error, grantToBearer(about, 'workflows'))
  if (!isRemote(error, 'unauthorized')) return refusal(error, askFor(about))
  return wrong(
    'does not take the token',
    argo.serviceAccount === undefined
      ? writeToken(about)
      : `start argo-server with --auth-mode client; it has to be in the cluster of clusters.${name}.kubernetes`,
  )
}

/** What else than a right stands in the way of creating something. */
const obstacles =
  'resourcequota,validatingwebhookconfiguration,mutatingwebhookconfiguration,validatingadmissionpolicy'

export const dryRunRefused = (error: unknown, about: ClusterAbout, path: string): Verdict => {
  if (isRemote(error, 'invalid'))
    return refusal(error, `mend ${path}; argo lint --offline ${path}   # finds the most of it`)
  if (!isRemote(error, 'forbidden')) return refusal(error, askFor(about))
  return refusal(
    error,
    denialIn(error) === undefined
      ? `kubectl -n ${about.namespace} get ${obstacles}   # what refuses it`
      : grantToBearer(about, 'workflows'),
  )
}
