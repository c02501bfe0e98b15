import { workflowSchema } from '../src/argo/schemas.ts'
import { stateOf } from '../src/argo/steps.ts'
import { createLog } from '../src/log.ts'
import { due } from '../src/onboarding/due.ts'
import type { Event } from '../src/onboarding/events.ts'
import type { Onboarding } from '../src/onboarding/onboarding.ts'
import { isRefusal, transition } from '../src/onboarding/transition.ts'
import { workflowName } from '../src/runner/naming.ts'
import { workflowAnnotations, workflowLabels } from '../src/runner/workflow-metadata.ts'
import { openStore } from '../src/store/open-store.ts'
import { type Fleet, objectOf } from './fleet.ts'

const installation = 'sandbox'
const steps = ['create-subaccount', 'register-platform', 'install-proxy'].map((name) => ({
  name,
  title: name,
}))
const day = 24 * 3_600_000

const everybody = { allow: ['U0ADA', 'U0BEN'], deny: [] }
const policy = {
  rules: {
    request: everybody,
    approve: everybody,
    extend: everybody,
    stop: everybody,
    retry: everybody,
    cleanup: everybody,
    'cleanup-succeeded': everybody,
  },
  admins: everybody,
  approvals: 1,
  requesterMayApprove: false,
}
const person = (id: string) => ({ id, standing: 'member' as const, memberOf: [], notLookedUp: [] })

/** An onboarding whose workflow was just created. */
const running = (cluster: string, index: number): Onboarding => {
  const now = Date.now()
  const key = { cluster, namespace: `team-${index}`, template: 'sap-btp' }
  const runId = `run-${cluster}-${index}`
  const name = workflowName({ installation, key, runId }, { kind: 'onboard', attempt: 1 })
  const start = {
    workflowName: name,
    workflowDigest: 'bench',
    steps,
    submitBy: now + day,
    overdueAt: now + day,
  }
  const asked = { at: now, policy }
  const events: Event[] = [
    {
      ...asked,
      type: 'requested',
      by: person('U0ADA'),
      key,
      template: { title: 'SAP BTP', digest: 'bench', steps, cleanupSteps: [] },
      parameters: [
        { name: 'display-name', value: `Team ${index}` },
        { name: 'subdomain', value: `team-${index}` },
        { name: 'region', value: 'eu10' },
      ],
      channel: 'C0ONBOARD',
      seal: 'a'.repeat(64),
      runId,
      nonce: 'nonce',
      decideBy: now + day,
      onFailure: 'ask',
      start,
    },
    { ...asked, type: 'approved', by: person('U0BEN'), earlier: [], start },
    { type: 'workflow-created', at: now, run: 0, uid: `uid-${name}` },
  ]
  const [first, ...rest] = events
  if (first === undefined) throw new Error('there is no event')
  return rest.reduce(next, next(undefined, first))
}

const next = (onboarding: Onboarding | undefined, event: Event): Onboarding => {
  const result = transition(onboarding, event)
  if (isRefusal(result)) throw new Error(`${event.type} was refused: ${result.reason}`)
  return result
}

/** The same with everything said that is to be said by then. */
const delivered = (onboarding: Onboarding, ts: string): Onboarding => {
  const told = onboarding.notices.reduce<Onboarding>(
    (now, { id, at }) => next(now, { type: 'notice-delivered', at, id, ts }),
    onboarding,
  )
  const { version, channel } = told.thread
  const shown = next(told, { type: 'card-shown', at: told.requestedAt, version, channel, ts })
  const left = due(shown).map(({ type }) => type)
  if (left.join() !== 'follow-workflow') throw new Error(`more is due than to follow: ${left.join(', ')}`)
  // A saved document begins with its first revision.
  return { ...shown, revision: 1 }
}

/** Fills a data folder with running onboardings, the fleet with their workflows, and by `post` Slack with cards. */
export const fill = async (
  folder: string,
  { fleet, post }: { fleet: Fleet; post: () => string },
  { clusters, perCluster }: { clusters: readonly string[]; perCluster: number },
): Promise<void> => {
  const store = openStore({ directory: folder, log: createLog('silent') })
  for (let index = 0; index < perCluster; index += 1) {
    await Promise.all(
      clusters.map(async (cluster) => {
        const onboarding = running(cluster, index)
        const [run] = onboarding.runs
        if (run?.uid === undefined) throw new Error('there is no run')
        const moving = fleet.put({
          cluster,
          name: run.workflowName,
          uid: run.uid,
          labels: workflowLabels(installation, onboarding, run),
          annotations: workflowAnnotations(onboarding, run, undefined),
        })
        const state = stateOf(workflowSchema.parse(objectOf(moving)))
        const seen = next(onboarding, {
          type: 'workflow-seen',
          isWatched: true,
          at: Date.now(),
          run: 0,
          state,
        })
        await store.save(delivered(seen, post()), { settled: false })
      }),
    )
  }
  await store.close()
}
