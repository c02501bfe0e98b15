import type { Right } from '../../kubernetes/rights.ts'
import { type Check, ok, skipped, wrong } from './check.ts'
import { type ClusterAbout, clusterCheck, type ClusterProbes, type RightPlace } from './cluster.ts'
import { grant, type GrantFile } from './grants.ts'
import { isRemote, refusal } from './remote.ts'

/** One check for each resource: whether the bearer may do all that the bot does with it. */
export const rightChecks = (
  about: ClusterAbout,
  probes: ClusterProbes,
  asked: {
    readonly place: RightPlace
    readonly rights: readonly Right[]
    readonly needs: readonly string[]
    /** What the ids of these checks begin with. */
    readonly name: string
    /** What gives these rights. */
    readonly file: GrantFile
  },
): readonly Check[] =>
  asked.rights.map((right) =>
    clusterCheck(about, {
      name: `${asked.name}/${right.resource}`,
      title: `right to ${right.resource}${right.name === undefined ? '' : ` of ${right.name}`}`,
      needs: asked.needs,
      probe: async () => ({
        denied: await probes.denied(asked.place, right),
        user: await probes.whoAmI(asked.place.bearer),
      }),
      judge: ({ denied, user }) =>
        denied.length === 0
          ? ok(right.verbs.join(', '))
          : wrong(
              `${user} may not ${denied.join(', ')} (${right.why})`,
              grant({ user, namespace: asked.place.namespace, right, file: asked.file }),
            ),
      refused: (error) =>
        // Such as the token of an argo-server that signs people in by itself.
        asked.place.bearer === 'argo' && isRemote(error, 'unauthorized')
          ? skipped("because the Kubernetes API does not take argo-server's token")
          : refusal(error, `${about.kubectl} auth can-i --list -n ${asked.place.namespace}`),
    }),
  )
