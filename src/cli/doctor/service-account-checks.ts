import {
  executorRights,
  namespaceTemplateRights,
  type Right,
  sapBtpTemplateRights,
} from '../../kubernetes/rights.ts'
import { type Check, ok, type Verdict, warning, wrong } from './check.ts'
import { type ClusterAbout, clusterCheck, type ClusterProbes } from './cluster.ts'
import { apply, fileOfSteps, grant, type GrantFile, grantFiles, makeServiceAccount } from './grants.ts'
import { withoutRight } from './kubernetes-checks.ts'
import { refusal } from './remote.ts'

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
        : wrong('is not there', makeServiceAccount(fileOfSteps(name), namespace, name)),
    refused: (error) =>
      withoutRight(error, about, 'get ServiceAccounts') ??
      refusal(error, `${kubectl} -n ${namespace} get serviceaccount ${name}`),
  })
}

const reviewRefused = (error: unknown, about: ClusterAbout, name: string): Verdict =>
  withoutRight(error, about, 'review the rights of others') ??
  refusal(
    error,
    `kubectl auth can-i --list -n ${about.namespace} --as system:serviceaccount:${about.namespace}:${name}`,
  )

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
        : wrong(
            `${name} may not ${denied.join(', ')} (${right.why})`,
            grant({ user, namespace, right, file: fileOfSteps(name) }),
          ),
    refused: (error) => reviewRefused(error, about, name),
  })
}

/** The rights that the shipped templates use in the whole cluster. */
const shipped: Readonly<Record<string, { readonly file: GrantFile; readonly rights: readonly Right[] }>> = {
  namespace: { file: grantFiles.namespaces, rights: namespaceTemplateRights },
  'sap-btp': { file: grantFiles.sapBtp, rights: sapBtpTemplateRights },
}

const giveTo = (file: GrantFile, namespace: string, name: string): string =>
  name === file.serviceAccount
    ? apply(file, namespace)
    : `give ${name} the rights that deploy/target-cluster/${file.name}.yaml gives ${file.serviceAccount}`

// A team may have changed the template, or have its steps sign in otherwise: it is for them to say what is missed.
const templateCheck = (
  about: ClusterAbout,
  probes: ClusterProbes,
  {
    name,
    template,
    file,
    rights,
  }: { name: string; template: string; file: GrantFile; rights: readonly Right[] },
): Check => {
  const { namespace } = about
  return clusterCheck(about, {
    name: `service-account/${name}/template/${template}`,
    title: `rights of ${name} for the template ${template}`,
    needs: ['identity'],
    probe: async () => {
      const denied = await Promise.all(rights.map((right) => probes.deniedToServiceAccount(name, right)))
      return denied.flatMap((verbs, index) => verbs.map((verb) => `${verb} ${rights[index]?.resource ?? ''}`))
    },
    judge: (denied) =>
      denied.length === 0
        ? ok(`as deploy/target-cluster/${file.name}.yaml gives them`)
        : warning(`${name} may not ${denied.join(', ')}`, giveTo(file, namespace, name)),
    refused: (error) => reviewRefused(error, about, name),
  })
}

/** Whether the workflows can run as whom they name. */
export const serviceAccountChecks = (about: ClusterAbout, probes: ClusterProbes): readonly Check[] =>
  about.serviceAccounts.flatMap(({ name, templates }) => [
    existenceCheck(about, probes, name),
    ...executorRights.map((right) => executorCheck(about, probes, { name, right })),
    ...templates.flatMap((template) => {
      const own = Object.hasOwn(shipped, template) ? shipped[template] : undefined
      return own === undefined ? [] : [templateCheck(about, probes, { name, template, ...own })]
    }),
  ])
