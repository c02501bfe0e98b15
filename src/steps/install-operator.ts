import type { Cluster } from './cluster.ts'
import { counted } from './counted.ts'
import { type Helm, type Installation, type Installed, isStuck } from './helm.ts'
import { findOperator, instancesIn } from './operator.ts'
import { StepError } from './step-error.ts'
import type { StepContext } from './step.ts'
import { waitInPace } from './wait-until.ts'

interface Installing {
  readonly helm: Helm
  readonly cluster: Cluster
  readonly context: StepContext
  readonly wanted: Installation
}

/** The label's value on a release that every onboarding shares. */
export const sharedOwner = 'shared'

/** A little longer than helm itself waits (milliseconds). */
const graceMs = 30_000

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 }

const timeoutMs = ({ environment }: StepContext): number => {
  const [, count = '5', unit = 'm'] = /^(\d+)([smh])$/.exec(environment['HELM_TIMEOUT'] ?? '') ?? []
  return Number(count) * (unitMs[unit] ?? 0)
}

/** Another onboarding may be installing it right now: whoever was killed does not move on in the time that helm waits. */
const whenNobodyWorksOnIt = async ({ helm, context, wanted }: Installing): Promise<Installed | undefined> => {
  const end = Date.now() + timeoutMs(context) + Math.min(graceMs, timeoutMs(context))
  const first = await helm.find(wanted)
  if (first === undefined || !isStuck(first)) return first
  context.log('waiting for whoever installs the operator', { status: first.status })
  return waitInPace(
    async () => {
      const found = await helm.find(wanted)
      const isMoving = found !== undefined && isStuck(found) && found.revision === first.revision
      return isMoving && Date.now() < end ? undefined : { found }
    },
    { late: 'The operator is still being installed by somebody else. Retry later.' },
    context,
  ).then(({ found }) => found)
}

/**
 * Installs the operator where the cluster has none, and never beside another one or over somebody else's. Gives whether
 * its release is there: an operator that came another way has none of that name.
 */
export const installOperator = async (installing: Installing): Promise<boolean> => {
  const { helm, cluster, context, wanted } = installing
  const shared = { ...wanted, owner: sharedOwner }
  const where = await findOperator(cluster, wanted)
  if (where === 'elsewhere') {
    context.log('the operator is there already', { namespace: wanted.namespace })
    return false
  }
  const known = await whenNobodyWorksOnIt(installing)
  if (known?.status === 'deployed') return true
  if (known !== undefined && known.owner !== sharedOwner) {
    throw new StepError(
      'refused',
      `The release "${wanted.name}" of the operator in "${wanted.namespace}" is ${known.status}, and onboard-bot did not make it. Put it right by hand, then retry.`,
    )
  }
  if (known !== undefined && isStuck(known)) await takeAway(installing, known)
  await helm.install(shared)
  return true
}

/** Removing the operator removes every service instance of the cluster: only one that serves nothing may go. */
const takeAway = async ({ helm, cluster, context, wanted }: Installing, known: Installed): Promise<void> => {
  context.log('recovering', { release: wanted.name, status: known.status })
  await helm.recover(wanted, known.status, async () => {
    const { count } = await instancesIn(cluster)
    if (count === 0) return
    throw new StepError(
      'refused',
      `The operator's release "${wanted.name}" in "${wanted.namespace}" is ${known.status}, and the cluster has ${counted(count, 'service instance')} that would go with it. Put it right by hand, then retry.`,
    )
  })
}
