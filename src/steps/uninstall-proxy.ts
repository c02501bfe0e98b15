import { z } from 'zod'

import { readEnvironment } from './environment.ts'
import { findRelease, uninstallRelease } from './helm.ts'
import { proxyRelease } from './proxy.ts'
import { StepError } from './step-error.ts'
import type { Step } from './step.ts'

/** Removes the proxy's release; done when there is none. */
export const uninstallProxy: Step = async (context) => {
  const { NAMESPACE } = readEnvironment(z.object({ NAMESPACE: z.string().min(1) }), context)
  const release = proxyRelease(NAMESPACE)
  await uninstallRelease(release, context.signal)
  const left = await findRelease(release, context.signal)
  if (left !== undefined)
    throw new StepError('conflict', `The release "${release.name}" is still there (${left.status}).`)
  context.log('gone', { release: release.name })
}
