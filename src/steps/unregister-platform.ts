import { Accounts } from './accounts.ts'
import { ClusterSecrets } from './cluster-secrets.ts'
import { readEnvironment, readServiceKey, subaccountEnvironment } from './environment.ts'
import { platformSecret } from './proxy.ts'
import { ServiceManager } from './service-manager.ts'
import { StepError } from './step-error.ts'
import type { Step, StepContext } from './step.ts'
import { waitUntil } from './wait-until.ts'

/** A platform stays active for a moment after its proxy is gone. */
const activeMs = 2 * 60_000

const unregister = async (manager: ServiceManager, id: string, { signal }: StepContext): Promise<void> => {
  const { names, count } = await manager.instancesOf(id)
  if (count > 0) {
    const more = count > names.length ? ` and ${count - names.length} more` : ''
    throw new StepError(
      'conflict',
      `${count} service instances are still in use: ${names.join(', ')}${more}. Delete them, then clean up again.`,
    )
  }
  await waitUntil(() => manager.unregister(id), {
    firstMs: 1_000,
    longestMs: 10_000,
    deadlineMs: activeMs,
    late: 'The platform is still in use by a running proxy. Check that the proxy is gone, then clean up again.',
    signal,
  })
}

/** Takes the platform out of the Service Manager, with its Secret and our access; done when nothing is there. */
export const unregisterPlatform: Step = async (context) => {
  const { CIS_KEY, ONBOARDING_ID, NAMESPACE } = readEnvironment(subaccountEnvironment, context)
  const accounts = await Accounts.open(readServiceKey(CIS_KEY), context.signal)
  for (const { guid } of await accounts.findOwn(ONBOARDING_ID)) {
    const binding = await accounts.findBinding(guid)
    if (binding === undefined) continue
    const manager = await ServiceManager.open(binding, context.signal)
    const platform = await manager.findOwn(ONBOARDING_ID)
    if (platform !== undefined) await unregister(manager, platform.id, context)
    // Last: it is our access, and counts as content of the subaccount.
    await accounts.deleteBinding(guid)
  }
  await (
    await ClusterSecrets.open({ namespace: NAMESPACE, onboardingId: ONBOARDING_ID })
  ).remove(platformSecret)
  context.log('gone')
}
