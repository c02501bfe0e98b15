import { createSubaccount } from '../create-subaccount.ts'
import { deleteSubaccount } from '../delete-subaccount.ts'
import { installProxy } from '../install-proxy.ts'
import { applyLimits } from '../namespace/apply-limits.ts'
import { applyNetworkPolicy } from '../namespace/apply-network-policy.ts'
import { bindRoles } from '../namespace/bind-roles.ts'
import { checkUnused } from '../namespace/check-unused.ts'
import { createNamespace } from '../namespace/create-namespace.ts'
import { deleteNamespace } from '../namespace/delete-namespace.ts'
import { removeLimits, removeNetworkPolicy, unbindRoles } from '../namespace/remove-objects.ts'
import { registerPlatform } from '../register-platform.ts'
import type { Step } from '../step.ts'
import { uninstallProxy } from '../uninstall-proxy.ts'
import { unregisterPlatform } from '../unregister-platform.ts'

const making: Readonly<Record<string, Step>> = {
  'create-subaccount': createSubaccount,
  'register-platform': registerPlatform,
  'install-proxy': installProxy,
  'create-namespace': createNamespace,
  'apply-limits': applyLimits,
  'apply-network-policy': applyNetworkPolicy,
  'bind-roles': bindRoles,
}

/** The steps of clean-ups. */
export const undoing: Readonly<Record<string, Step>> = {
  'uninstall-proxy': uninstallProxy,
  'unregister-platform': unregisterPlatform,
  'delete-subaccount': deleteSubaccount,
  'check-unused': checkUnused,
  'unbind-roles': unbindRoles,
  'remove-network-policy': removeNetworkPolicy,
  'remove-limits': removeLimits,
  'delete-namespace': deleteNamespace,
}

/** The step programs, by the name that the template's container gives as its argument. */
export const steps: Readonly<Record<string, Step>> = { ...making, ...undoing }
