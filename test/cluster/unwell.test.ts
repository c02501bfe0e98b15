import { afterAll, beforeAll, expect, it, vi } from 'vitest'

import { ClusterPlay } from './cluster-play.ts'
import { site, without } from './site.ts'

const noSite = without({})

let play: ClusterPlay

beforeAll(async () => {
  if (site !== undefined) play = await ClusterPlay.begin(site)
}, 120_000)
afterAll(async () => {
  if (play !== undefined) await play.end()
}, 300_000)

const cardOf = (namespace: string): string =>
  play.cardTexts().find((card) => card.includes(`Namespace \`${namespace}\``)) ?? ''

const start = async (namespace: string, trouble: string): Promise<void> => {
  await play.ask('unwell', namespace, `trouble=${trouble}`)
  // Until then the last card is the one before, which may still offer Approve.
  await play.until('its card is there', () => cardOf(namespace) !== '')
  await play.click('U0BEN', 'Approve')
}

const reads = async (namespace: string, ...texts: readonly string[]): Promise<void> => {
  try {
    await play.until(namespace, () => texts.every((text) => cardOf(namespace).includes(text)))
  } catch (cause) {
    throw new Error(`the card of ${namespace} says: ${cardOf(namespace)}`, { cause })
  }
}

/** Argo 4 ends a step whose pod was deleted, Argo 3.7 begins it anew. */
const endedOrBegunAnew = async (workflow: string, before: string | undefined): Promise<void> => {
  const isEnded = (): boolean => cardOf('bad-pod').includes('Failed')
  await vi.waitFor(
    async () => {
      const uid = await play.one.podUid(workflow, 'long')
      if (!isEnded() && (uid === undefined || uid === before)) throw new Error('the pod is only gone')
    },
    { timeout: 60_000, interval: 500 },
  )
  if (isEnded()) await reads('bad-pod', 'deleted the pod of the step', 'Press Retry')
  else await reads('bad-pod', 'Running', '[~] For ten minutes')
}

it.skipIf(noSite)(
  `what keeps a run from moving on, or has ended it, is on its card in a plain sentence with its cure${noSite}`,
  async () => {
    const { one } = play
    const { namespace } = one.site
    const nobody = { name: one.named('onboard-nobody'), namespace }
    await one.make({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: nobody })
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: one.named('onboard-rationed'), namespace },
      spec: { hard: { 'requests.onboard-bot.dev/rationed': '0' } },
    }
    await one.make(quota)
    const missing = one.named('onboard-missing')
    for (const trouble of [
      'image',
      'secret',
      'service-account',
      'rights',
      'deadline',
      'lock',
      'quota',
      'room',
    ]) {
      await start(`bad-${trouble}`, trouble)
    }
    await start('bad-lock-too', 'lock')
    await start('bad-pod', 'long')
    await start('bad-stop', 'long')
    // A pod that is gone before the controller saw it run is made anew.
    await reads('bad-pod', '[~] For ten minutes')
    const [deleted = ''] = await play.workflowsOf('bad-pod')
    const before = await one.podUid(deleted, 'long')
    await one.deletePod(deleted, 'long')
    await reads('bad-stop', '[~] For ten minutes')
    const [stopped = ''] = await play.workflowsOf('bad-stop')
    await one.stopInArgo(stopped)
    await Promise.all([
      reads('bad-image', 'The image registry.invalid/none:1 cannot be pulled.', 'Check its name'),
      reads(
        'bad-secret',
        'The secret onboard-test-missing, which the step needs, is not there.',
        'Create it',
      ),
      reads(
        'bad-service-account',
        `The ServiceAccount ${missing} does not exist in the namespace ${namespace}.`,
        'Create it',
      ),
      reads(
        'bad-rights',
        `The ServiceAccount ${namespace}:${nobody.name} of the steps may not report their results.`,
        'create and patch workflowtaskresults',
      ),
      reads('bad-deadline', 'It took longer than its deadline allows.', 'press Retry'),
      reads('bad-quota', `The quota ${quota.metadata.name} of the namespace is used up.`, 'Free some of it'),
      reads('bad-room', 'No node can take the pod of the step', 'Make room'),
      endedOrBegunAnew(deleted, before),
      reads('bad-stop', 'Somebody stopped it in Argo.', 'Clean up removes what it made'),
    ])
    // Nobody presses anything in Slack: the stream alone tells of it.
    await play.retryInArgo('unwell', stopped)
    await reads('bad-stop', 'Running', '[~] For ten minutes')
    const holders = await Promise.all(['bad-lock', 'bad-lock-too'].map((name) => play.workflowsOf(name)))
    const waits = (): boolean =>
      ['bad-lock', 'bad-lock-too'].some((name) =>
        holders
          .flat()
          .some((holder) => cardOf(name).includes(`onboard-test-lock, which ${namespace}/${holder}`)),
      )
    await play.until('one waits for the lock of the other', waits)
    expect(play.slack.problems).toEqual([])
  },
)
