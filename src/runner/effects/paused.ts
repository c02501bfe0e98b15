import { RemoteError } from '../../onboarding/ports/remote-error.ts'
import type { RunOf } from '../performing.ts'

/** Nothing begins on a cluster that the configuration has paused; what runs there is followed. Throws RemoteError. */
export const refuseWhilePaused = ({ onboarding, tools }: RunOf): void => {
  const { cluster } = onboarding.key
  const paused = tools.catalogue.clusters.find(({ name }) => name === cluster)?.paused
  if (paused !== undefined) throw new RemoteError(`${cluster} is paused: ${paused}`, { code: 'unavailable' })
}
