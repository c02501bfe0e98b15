import { z } from 'zod'

import { Accounts, type Subaccount } from './accounts.ts'
import type { Cluster } from './cluster.ts'
import { ConnectionSecret } from './connection-secret.ts'
import { clusterEnvironment, readEnvironment, knownSubaccountEnvironment, yesOrNo } from './environment.ts'
import { findAllSubaccounts } from './find-subaccount.ts'
import { deleteClusterContent, isOfCluster } from './gone-cluster-content.ts'
import { goneClusterEnvironment, openForUndoing } from './gone-cluster.ts'
import { openToLook } from './open-to-look.ts'
import { finishDeletion } from './operation.ts'
import { removeInstance } from './operator-access.ts'
import { isConnectionMade, madeEnvironment, isOurs } from './ownership.ts'
import { connectionOf, platformName, profileEnvironment } from './profile.ts'
import type { Remote } from './remote.ts'
import { ServiceInstances } from './service-instances.ts'
import { readServiceKey } from './service-key.ts'
import { isLabelledFor, openManager, ownerLabel, type Platform, Platforms } from './service-manager.ts'
import { StepError } from './step-error.ts'
import type { Step, StepContext } from './step.ts'
import { namesOf, stillInUse } from './still-in-use.ts'
import { waitInPace } from './wait-until.ts'

const environmentSchema = z.object({
  ...profileEnvironment.shape,
  ...knownSubaccountEnvironment.shape,
  ...clusterEnvironment.shape,
  ...goneClusterEnvironment.shape,
  ...madeEnvironment.shape,
  FORCE_DELETE: yesOrNo,
})
type Environment = z.infer<typeof environmentSchema>

/** A platform stays active for a moment after its proxy is gone. */
const activeWithinMs = 2 * 60_000

const ownPlatform = async (
  platforms: Platforms,
  { CLUSTER, ONBOARDING_ID: onboardingId, PLATFORM_ID: made }: Environment,
  context: StepContext,
): Promise<Platform | undefined> => {
  const own = await platforms.findByLabel(onboardingId)
  if (own !== undefined) return own
  const name = platformName(CLUSTER, onboardingId)
  const found = await platforms.findByName(name)
  if (found === undefined || isLabelledFor(found, onboardingId)) return found
  if (found.id !== made) {
    context.log('not ours: left alone', { level: 'warn', what: `platform "${name}" (${found.id})` })
    return undefined
  }
  throw new StepError(
    'refused',
    `The platform "${name}" (${found.id}) was made by this onboarding and has lost its label, so somebody may have taken it over. Put the label ${ownerLabel}=${onboardingId} back, or delete the platform when nobody uses it; then clean up again.`,
  )
}

interface Undoing {
  readonly environment: Environment
  /** Undefined for one that is gone. */
  readonly cluster: Cluster | undefined
  readonly context: StepContext
}

const unregister = async (
  manager: Remote,
  { id, name }: Platform,
  { cluster, context }: Undoing,
): Promise<void> => {
  const platforms = new Platforms(manager)
  const late = `The platform "${name}" is still connected with a running proxy. Check that the proxy is gone, then clean up again.`
  const withinMs = Math.min(activeWithinMs, context.pace.readyWithinMs)
  const ask = (): Promise<string | undefined> =>
    cluster === undefined ? platforms.unregisterWithContent(id) : platforms.unregister(id)
  const operation = await waitInPace(ask, { late, withinMs }, context)
  if (operation !== 'gone')
    await finishDeletion(manager, operation, { what: `the platform "${name}"`, context })
}

/** Whether all that is ours could be taken out; what others have in it is left only to a deletion by force. */
const takeOut = async (manager: Remote, subaccount: Subaccount, undoing: Undoing): Promise<boolean> => {
  const { environment, cluster, context } = undoing
  const instances = new ServiceInstances(manager)
  const platform = await ownPlatform(new Platforms(manager), environment, context)
  const access = await instances.findByLabel(environment.ONBOARDING_ID)
  const others = await instances.others(access)
  const made = cluster === undefined ? others.filter((one) => isOfCluster(one, { platform, access })) : []
  const foreign = others.filter((one) => !made.includes(one))
  // First of all: what others have in it would keep the subaccount, and needs the access to be removed.
  if (foreign.length > 0 && !environment.FORCE_DELETE)
    throw stillInUse(namesOf(foreign), `the subaccount "${subaccount.displayName}"`)
  if (foreign.length > 0) {
    context.log('left to the deletion by force', { subaccount: subaccount.guid, instances: foreign.length })
    return false
  }
  if (made.length > 0)
    context.log('deleting what a cluster that is gone made', { level: 'warn', ...namesOf(made) })
  if (access !== undefined && cluster === undefined)
    await deleteClusterContent(manager, instances, { access, made, known: environment.CLUSTER, context })
  if (platform !== undefined) await unregister(manager, platform, undoing)
  // What somebody else's access made stays, whatever cluster it names.
  const left = made.length > 0 ? await instances.others(access) : []
  if (left.length > 0) throw stillInUse(namesOf(left), `the subaccount "${subaccount.displayName}"`)
  if (access !== undefined) await removeInstance(instances, access, context)
  return true
}

/** Takes our access out of the Service Manager, with its Secret; done when nothing is there. */
export const unregisterPlatform: Step = async (context) => {
  const environment = readEnvironment(environmentSchema, context)
  const accounts = new Accounts(readServiceKey(environment.CIS_KEY), context)
  const cluster = await openForUndoing(environment, context)
  let hasLooked = true
  for (const subaccount of await findAllSubaccounts(accounts, environment, context)) {
    const binding = await openToLook(accounts, subaccount, context)
    hasLooked &&= binding !== undefined
    if (binding === undefined) continue
    const isOut = await takeOut(openManager(binding, context), subaccount, { environment, cluster, context })
    // Last: it is our access, and counts as content of the subaccount.
    if (isOut) await accounts.deleteBinding(subaccount.guid)
  }
  const about = { onboardingId: environment.ONBOARDING_ID, isMade: isConnectionMade(environment), context }
  if (cluster !== undefined)
    await new ConnectionSecret(cluster, connectionOf(environment)).remove((claimed) => isOurs(claimed, about))
  context.log(hasLooked ? 'gone' : 'gone, where it could look')
}
