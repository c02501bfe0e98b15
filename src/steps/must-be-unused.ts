import type { z } from 'zod'

import { Accounts } from './accounts.ts'
import type { knownSubaccountEnvironment } from './environment.ts'
import { findAllSubaccounts } from './find-subaccount.ts'
import { openToLook } from './open-to-look.ts'
import { ServiceInstances } from './service-instances.ts'
import { readServiceKey } from './service-key.ts'
import { openManager } from './service-manager.ts'
import type { StepContext } from './step.ts'
import { namesOf, stillInUse } from './still-in-use.ts'

/**
 * Looks whether others have service instances in the onboarding's subaccount, before what they need is taken away.
 * Throws a conflict that names them.
 */
export const mustBeUnused = async (
  environment: z.infer<typeof knownSubaccountEnvironment>,
  context: StepContext,
): Promise<void> => {
  const accounts = new Accounts(readServiceKey(environment.CIS_KEY), context)
  for (const subaccount of await findAllSubaccounts(accounts, environment, context)) {
    const binding = await openToLook(accounts, subaccount, context)
    if (binding === undefined) continue
    const instances = new ServiceInstances(openManager(binding, context))
    const others = await instances.others(await instances.findByLabel(environment.ONBOARDING_ID))
    if (others.length > 0) throw stillInUse(namesOf(others), `the subaccount "${subaccount.displayName}"`)
  }
}
