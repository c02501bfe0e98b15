import { RemoteError } from '../../onboarding/ports/remote-error.ts'
import type { RunOf } from '../performing.ts'
import { findOwn } from './find-own.ts'
import { manifestOf } from './manifest.ts'

/**
 * Asks argo-server whether it would take the run's workflow; nothing stays behind. Throws RemoteError, of which
 * `invalid`, `forbidden` and `exists` (somebody else's workflow has the name) are definite.
 */
export const dryRun = async (about: RunOf, text: string): Promise<void> => {
  await about.tools.checkUnrecorded(about.onboarding)
  try {
    await about.tools.workflows.check(about.onboarding.key.cluster, manifestOf(about, text))
  } catch (error) {
    if (!(error instanceof RemoteError && error.code === 'exists')) throw error
    // Two creates that race for a quota are told the same, with no workflow there (argo-workflows#14106).
    if ((await findOwn(about)) === undefined) {
      throw new RemoteError(error.message, { code: 'unavailable', cause: error })
    }
  }
}
