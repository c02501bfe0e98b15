import { z } from 'zod'

import { Accounts } from './accounts.ts'
import { Cluster } from './cluster.ts'
import { ConnectionSecret } from './connection-secret.ts'
import { clusterEnvironment, readEnvironment, knownSubaccountEnvironment } from './environment.ts'
import { findKnownSubaccount } from './find-subaccount.ts'
import { openOperatorAccess } from './operator-access.ts'
import { connectionOf, platformName, profileEnvironment } from './profile.ts'
import type { Remote } from './remote.ts'
import { ServiceInstances } from './service-instances.ts'
import { readServiceKey } from './service-key.ts'
import { isLabelledFor, openManager, type Platform, Platforms } from './service-manager.ts'
import { StepError } from './step-error.ts'
import type { Step, StepContext } from './step.ts'

const environmentSchema = z.object({
  ...profileEnvironment.shape,
  ...knownSubaccountEnvironment.shape,
  ...clusterEnvironment.shape,
})
type Environment = z.infer<typeof environmentSchema>

const registerOrFind = async (
  platforms: Platforms,
  name: string,
  onboardingId: string,
): Promise<Platform> => {
  const known = await platforms.findByLabel(onboardingId)
  if (known !== undefined) return known
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const made = await platforms.register(name, onboardingId)
    if (typeof made === 'object') return made
    const found = await platforms.findByName(name)
    if (found !== undefined && isLabelledFor(found, onboardingId)) return found
    if (found === undefined && made === 'unknown') continue
    throw new StepError(
      found === undefined ? 'conflict' : 'refused',
      found === undefined
        ? `The platform name "${name}" is taken in this region by another subaccount. Remove that platform, then retry.`
        : `The platform "${name}" is there already, and this onboarding did not make it. Remove or rename it, then retry.`,
    )
  }
  throw new StepError(
    'remote-down',
    'The Service Manager does not answer whether the platform was registered. Retry later.',
  )
}

const connectPlatform = async (
  manager: Remote,
  url: string,
  secret: ConnectionSecret,
  { environment, context }: { environment: Environment; context: StepContext },
): Promise<string> => {
  const { CLUSTER, ONBOARDING_ID: onboardingId } = environment
  const platforms = new Platforms(manager)
  const platform = await registerOrFind(platforms, platformName(CLUSTER, onboardingId), onboardingId)
  context.output('platform-id', platform.id)
  const kept = await secret.read()
  if (kept?.platform === platform.id) return platform.id
  // They are shown once only: whoever was killed before keeping them makes new ones.
  const credentials = platform.credentials?.basic ?? (await platforms.regenerate(platform.id))
  await secret.write(platform.id, { url, ...credentials })
  return platform.id
}

const connectOperator = async (
  manager: Remote,
  secret: ConnectionSecret,
  { environment, context }: { environment: Environment; context: StepContext },
): Promise<string> => {
  const instances = new ServiceInstances(manager)
  const known = (instance: string): void => context.output('operator-access-id', instance)
  const access = await openOperatorAccess(instances, environment.ONBOARDING_ID, { context, known })
  const { clientid, clientsecret, sm_url, url } = access.credentials
  const values = { clientid, clientsecret, sm_url, tokenurl: url, tokenurlsuffix: '/oauth/token' }
  await secret.write(access.instance, values)
  return access.instance
}

/** Gives the namespace access to the subaccount's Service Manager, and keeps the credentials in a Secret. */
export const registerPlatform: Step = async (context) => {
  const environment = readEnvironment(environmentSchema, context)
  const accounts = new Accounts(readServiceKey(environment.CIS_KEY), context)
  const subaccount = await findKnownSubaccount(accounts, environment, context)
  if (subaccount === undefined)
    throw new StepError(
      'conflict',
      `The subaccount of this onboarding is gone: none is labelled onboarding-id = ${environment.ONBOARDING_ID}. Clean up, then ask again.`,
    )
  const secret = new ConnectionSecret(await Cluster.open(context), connectionOf(environment))
  // A Secret that is not ours is found before anything is made for it.
  await secret.read()
  const binding = await accounts.openBinding(subaccount.guid)
  const manager = openManager(binding, context)
  const about = { environment, context }
  const platform =
    environment.PROFILE === 'sap-btp-operator'
      ? await connectOperator(manager, secret, about)
      : await connectPlatform(manager, binding.sm_url, secret, about)
  context.log('registered', { platform })
}
