import { z } from 'zod'

import { Accounts } from './accounts.ts'
import { ConnectionSecret } from './connection-secret.ts'
import { clusterEnvironment, readEnvironment, knownSubaccountEnvironment, yesOrNo } from './environment.ts'
import { findAllSubaccounts } from './find-subaccount.ts'
import { goneClusterEnvironment, openForUndoing } from './gone-cluster.ts'
import { removeInstance } from './operator-access.ts'
import { connectionOf, platformName, profileEnvironment } from './profile.ts'
import { ServiceInstances } from './service-instances.ts'
import { readServiceKey } from './service-key.ts'
import { isLabelledFor, openManager, type Platform, Platforms } from './service-manager.ts'
import { StepError } from './step-error.ts'
import type { Step, StepContext } from './step.ts'
import { stillInUse } from './still-in-use.ts'
import { waitInPace } from './wait-until.ts'

const environmentSchema = z.object({
  ...profileEnvironment.shape,
  ...knownSubaccountEnvironment.shape,
  ...clusterEnvironment.shape,
  ...goneClusterEnvironment.shape,
  FORCE_DELETE: yesOrNo,
})

/** A platform stays active for a moment after its proxy is gone. */
const activeWithinMs = 2 * 60_000

const ownPlatform = async (
  platforms: Platforms,
  name: string,
  onboardingId: string,
): Promise<Platform | undefined> => {
  const own = await platforms.findByLabel(onboardingId)
  if (own !== undefined) return own
  const found = await platforms.findByName(name)
  if (found === undefined || isLabelledFor(found, onboardingId)) return found
  throw new StepError(
    'refused',
    `The platform "${name}" does not carry the label of this onboarding, so it is not deleted. Remove it by hand, then clean up again.`,
  )
}

const unregister = async (
  platforms: Platforms,
  { id, name }: Platform,
  context: StepContext,
): Promise<void> => {
  const late = `The platform "${name}" is still connected with a running proxy. Check that the proxy is gone, then clean up again.`
  const withinMs = Math.min(activeWithinMs, context.pace.readyWithinMs)
  await waitInPace(() => platforms.unregister(id), { late, withinMs }, context)
}

/** Takes our access out of the Service Manager, with its Secret; done when nothing is there. */
export const unregisterPlatform: Step = async (context) => {
  const environment = readEnvironment(environmentSchema, context)
  const { ONBOARDING_ID: onboardingId, CIS_KEY, CLUSTER } = environment
  const accounts = new Accounts(readServiceKey(CIS_KEY), context)
  for (const { guid, displayName } of await findAllSubaccounts(accounts, environment, context)) {
    const binding = await accounts.findBinding(guid)
    if (binding === undefined) continue
    const manager = openManager(binding, context)
    const [platforms, instances] = [new Platforms(manager), new ServiceInstances(manager)]
    // First of all: what others have in it would keep the subaccount, and needs the access to be removed.
    const foreign = await instances.foreign(onboardingId)
    if (foreign.count > 0 && !environment.FORCE_DELETE)
      throw stillInUse(foreign, `the subaccount "${displayName}"`)
    if (foreign.count > 0) {
      context.log('left to the deletion by force', { subaccount: guid, instances: foreign.count })
      continue
    }
    const platform = await ownPlatform(platforms, platformName(CLUSTER, onboardingId), onboardingId)
    if (platform !== undefined) await unregister(platforms, platform, context)
    const instance = await instances.findByLabel(onboardingId)
    if (instance !== undefined) await removeInstance(instances, instance, context)
    // Last: it is our access, and counts as content of the subaccount.
    await accounts.deleteBinding(guid)
  }
  const cluster = await openForUndoing(environment, context)
  if (cluster !== undefined) await new ConnectionSecret(cluster, connectionOf(environment)).remove()
  context.log('gone')
}
