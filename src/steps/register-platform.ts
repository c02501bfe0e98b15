import { Accounts } from './accounts.ts'
import { ClusterSecrets } from './cluster-secrets.ts'
import { readEnvironment, readServiceKey, subaccountEnvironment } from './environment.ts'
import { platformName, platformSecret } from './proxy.ts'
import { type Platform, ServiceManager } from './service-manager.ts'
import { StepError } from './step-error.ts'
import type { Step } from './step.ts'

const registerOrFind = async (
  manager: ServiceManager,
  name: string,
  onboardingId: string,
): Promise<Platform> => {
  const known = await manager.findOwn(onboardingId)
  if (known !== undefined) return known
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const made = (await manager.register(name, onboardingId)) ?? (await manager.findOwn(onboardingId))
    if (made !== undefined) return made
  }
  throw new StepError(
    'remote-down',
    'The Service Manager does not answer whether the platform was registered. Retry later.',
  )
}

/** Registers the cluster as a platform, and keeps its credentials in a Secret of the namespace. */
export const registerPlatform: Step = async (context) => {
  const { CIS_KEY, ONBOARDING_ID, NAMESPACE, CLUSTER } = readEnvironment(subaccountEnvironment, context)
  const { signal } = context
  const accounts = await Accounts.open(readServiceKey(CIS_KEY), signal)
  const [subaccount] = await accounts.findOwn(ONBOARDING_ID)
  if (subaccount === undefined)
    throw new StepError('conflict', 'The subaccount of this onboarding is gone. Clean up, then ask again.')
  const binding = await accounts.openBinding(subaccount.guid)
  const manager = await ServiceManager.open(binding, signal)
  const secrets = await ClusterSecrets.open({ namespace: NAMESPACE, onboardingId: ONBOARDING_ID })
  const platform = await registerOrFind(manager, platformName(CLUSTER, ONBOARDING_ID), ONBOARDING_ID)
  context.output('platform-id', platform.id)
  const kept = await secrets.read(platformSecret)
  if (kept?.['platform'] === platform.id) {
    context.log('there already', { platform: platform.id })
    return
  }
  // They are shown once only: whoever was killed before keeping them makes new ones.
  const credentials = platform.credentials?.basic ?? (await manager.regenerate(platform.id))
  await secrets.write(platformSecret, { platform: platform.id, url: binding.sm_url, ...credentials })
  context.log('registered', { platform: platform.id })
}
