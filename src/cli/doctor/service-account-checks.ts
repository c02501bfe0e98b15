import { executorRights, type Right } from '../../kubernetes/rights.ts'
import { type Check, ok, wrong } from './check.ts'
import { type ClusterAbout, clusterCheck, type ClusterProbes } from './cluster.ts'
import { grant } from './grants.ts'
import { withoutRight } from './kubernetes-checks.ts'
import { isRemote, refusal } from './remote.ts'

const existenceCheck = (about: ClusterAbout, probes: ClusterProbes, name: string): Check => {
  const { namespace, kubectl } = about
  return clusterCheck(about, {
    name: `service-account/${name}`,
    title: `ServiceAccount ${name} of the workflows`,
    needs: ['identity'],
    probe: () => probes.serviceAccountExists(name),
    judge: (isThere) =>
      isThere
        ? ok('is there')
        : wrong('is not there', `kubectl -n ${namespace} create serviceaccount ${name}`),
    refused: (error) =>
      isRemote(error, 'forbidden')
        ? withoutRight(namespace, 'get ServiceAccounts')
        : refusal(error, `${kubectl} -n ${namespace} get serviceaccount ${name}`),
  })
}

const executorCheck = (
  about: ClusterAbout,
  probes: ClusterProbes,
  { name, right }: { name: string; right: Right },
): Check => {
  const { namespace } = about
  const user = `system:serviceaccount:${namespace}:${name}`
  return clusterCheck(about, {
    name: `service-account/${name}/${right.resource}`,
    title: `right of ${name} to ${right.resource}`,
    needs: ['identity'],
    probe: () => probes.deniedToServiceAccount(name, right),
    judge: (denied) =>
      denied.length === 0
        ? ok(right.verbs.join(', '))
        : wrong(`${name} may not ${denied.join(', ')} (${right.why})`, grant(namespace, user, right)),
    refused: (error) =>
      isRemote(error, 'forbidden')
        ? withoutRight(namespace, 'review the rights of others')
        : refusal(
            error,
            `kubectl auth can-i create ${right.resource}.${right.group} -n ${namespace} --as ${user}`,
          ),
  })
}

/** Whether the workflows can run as whom they name. */
export const serviceAccountChecks = (about: ClusterAbout, probes: ClusterProbes): readonly Check[] =>
  about.serviceAccounts.flatMap((name) => [
    existenceCheck(about, probes, name),
    ...executorRights.map((right) => executorCheck(about, probes, { name, right })),
  ])
