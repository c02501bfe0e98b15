import { randomBytes } from 'node:crypto'

import { z } from 'zod'

import { protectedRepository } from './chart-repository.ts'
import { type Chart, chartEnvironment, chartOfProfile, readChart } from './chart.ts'
import { Cluster } from './cluster.ts'
import { ConnectionSecret } from './connection-secret.ts'
import { clusterEnvironment, readEnvironment } from './environment.ts'
import { Helm, type Installation, helmEnvironment, isStuck } from './helm.ts'
import { installOperator } from './install-operator.ts'
import { hasServiceCatalogue } from './leftover-brokers.ts'
import { connectionOf, profileEnvironment, releaseOf } from './profile.ts'
import { restartProxy } from './restart-proxy.ts'
import { StepError } from './step-error.ts'
import type { Step, StepContext } from './step.ts'

const environmentSchema = z.object({
  ...profileEnvironment.shape,
  ...helmEnvironment.shape,
  ...clusterEnvironment.shape,
  ...chartEnvironment.shape,
})
type Environment = z.infer<typeof environmentSchema>

/** The chart with its values filled in, and what of that must not be in a sentence. */
const chartOf = (
  environment: Environment,
  values: Readonly<Record<string, string>>,
): Chart & { readonly secrets: readonly string[] } => {
  const { CLUSTER: cluster, NAMESPACE: namespace } = environment
  const generated = randomBytes(24).toString('base64url')
  // For who wants a literal `${name}`: it is not looked at twice.
  const dollar = '$'
  const known = { ...values, cluster, namespace, generated, dollar }
  const chart = readChart(chartOfProfile(environment), known)
  const { username = '', password = '' } = protectedRepository(chart.repository) ?? {}
  return { ...chart, secrets: [...Object.values(values), generated, username, password] }
}

interface Installing {
  readonly helm: Helm
  readonly cluster: Cluster
  readonly context: StepContext
  readonly wanted: Installation
  /** Of the Secret with the credentials. */
  readonly version: string
}

const installOwn = async ({ helm, cluster, context, wanted, version }: Installing): Promise<void> => {
  const known = await helm.find(wanted)
  if (known !== undefined && known.owner !== wanted.owner) {
    throw new StepError(
      'refused',
      `The release "${wanted.name}" in "${wanted.namespace}" was not made by this onboarding, so it is left alone. Whoever made it may need it: clean up, then ask again for another namespace; or retry when they have removed it.`,
    )
  }
  if (known !== undefined && isStuck(known)) {
    context.log('recovering', { release: wanted.name, status: known.status })
    await helm.recover(wanted, known.status)
  }
  await helm.install(wanted)
  await restartProxy(cluster, wanted, { version, isNew: known === undefined, context })
  // A chart of the site's own may do without it.
  if (await hasServiceCatalogue(cluster)) return
  context.log('the cluster has no servicecatalog.k8s.io, without which the public proxy offers nothing', {
    level: 'warn',
  })
}

/** Installs what connects the namespace with the Service Manager, and waits until it is ready. */
export const installProxy: Step = async (context) => {
  const environment = readEnvironment(environmentSchema, context)
  const cluster = await Cluster.open(context)
  const connection = connectionOf(environment)
  const secret = await new ConnectionSecret(cluster, connection).read()
  if (secret === undefined) {
    throw new StepError(
      'conflict',
      `The Secret "${connection.name}" in "${connection.namespace}" with the credentials is gone. Clean up, then ask again.`,
    )
  }
  const helm = await Helm.open(cluster, context)
  const release = releaseOf(environment)
  const owner = environment.ONBOARDING_ID
  if (environment.PROFILE === 'sap-btp-operator') {
    // The operator serves the whole cluster: no onboarding's credentials are in its values.
    const isRelease = await installOperator({
      helm,
      cluster,
      context,
      wanted: { ...release, ...chartOf(environment, {}), owner },
    })
    if (!isRelease) return
  } else {
    const wanted = { ...release, ...chartOf(environment, secret.values), owner }
    await installOwn({ helm, cluster, context, wanted, version: secret.version })
  }
  context.output('release', `${release.namespace}/${release.name}`)
  context.log('installed', { release: release.name, namespace: release.namespace })
}
