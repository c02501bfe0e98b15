import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'

import { ClusterPlay, token } from './cluster-play.ts'
import { site, without } from './site.ts'

const { url, argoServer, workflowController } = site ?? {}
const noSite = without({})
const noUrl = without({ url })
const noServer = without({ argoServer })
const noController = without({ workflowController })

let play: ClusterPlay

beforeAll(async () => {
  if (site !== undefined) play = await ClusterPlay.begin(site)
}, 120_000)
afterAll(async () => {
  if (play !== undefined) await play.end()
}, 300_000)
beforeEach(() => {
  if (site !== undefined) play.set({ install: 'succeed', remove: 'succeed' })
})

/** One workflow for each attempt, no Secret left, no secret read by anybody, nothing that Slack would have refused. */
const nothingTwice = async (namespace: string, workflows: number): Promise<void> => {
  await play.secretsGone()
  expect(await play.workflowsOf(namespace)).toHaveLength(workflows)
  expect(play.everything()).not.toContain(token)
  expect(play.slack.problems).toEqual([])
}

const wholeStory = async (cluster: string): Promise<void> => {
  const namespace = `story-${cluster}`
  play.set({ install: 'fail', remove: 'fail' })
  await play.ask(cluster, namespace)
  await play.click('U0BEN', 'Approve')
  await play.threadSays('"Prepare" is done')
  await play.threadSays('There is no room for "hi" today.')
  await play.threadSays('hi, the token is [secret]')
  await play.click('U0ADA', 'Retry')
  await play.threadSays('There is no room for "hi" today.', 2)
  await play.click('U0ADA', 'Clean up')
  await play.threadSays('It is still used.')
  play.set({ install: 'fail', remove: 'succeed' })
  await play.click('U0ADA', 'Clean up')
  await play.threadSays('Cleaned up: nothing is left.')
  await play.secretsGone()
  await play.askAgain()
  await play.click('U0CLEO', 'Approve')
  await play.threadSays('There is no room for "hi" today.')
  play.set({ install: 'succeed', remove: 'succeed' })
  await play.click('U0ADA', 'Retry')
  await play.threadSays('Everything is done.')
  await nothingTwice(namespace, 4)
}

const chapters =
  'request, failure, retry, a clean-up that fails and is pressed again, and all of it once more'

it.skipIf(noUrl)(`by URL: ${chapters}${noUrl}`, () => wholeStory('one'))

it.skipIf(noSite)(`by port-forward: ${chapters}${noSite}`, () => wholeStory('tunnel'))

it.skipIf(noSite)(
  `two clusters work side by side, and one that is down holds up neither${noSite}`,
  async () => {
    await play.ask('down', 'side-down')
    await play.click('U0BEN', 'Approve')
    await play.ask('one', 'side-one')
    await play.click('U0BEN', 'Approve')
    await play.ask('two', 'side-two')
    await play.click('U0BEN', 'Approve')
    await play.until('both are done', () =>
      ['side-one', 'side-two'].every((namespace) =>
        play.cardTexts().some((card) => card.includes(namespace) && card.includes('Done')),
      ),
    )
    expect(play.cardTexts().find((card) => card.includes('side-down'))).toContain('cannot be reached')
    expect(await play.workflowsOf('side-one')).toHaveLength(1)
    expect(await play.workflowsOf('side-two', play.two)).toHaveLength(1)
  },
)

it.skipIf(noSite)(
  `Stop ends a running step, and the clean-up removes what the run has made${noSite}`,
  async () => {
    play.set({ install: '600', remove: 'succeed' })
    await play.ask('one', 'stop')
    await play.click('U0BEN', 'Approve')
    await play.threadSays('"Prepare" is done')
    await play.podRuns('stop', 'install')
    await play.click('U0ADA', 'Stop')
    await play.cardSays('Failed')
    await play.threadSays('Stopped.')
    await play.click('U0ADA', 'Clean up')
    await play.threadSays('Cleaned up: nothing is left.')
    await nothingTwice('stop', 2)
  },
)

it.skipIf(noSite)(
  `killed in the middle of a run, the bot finds the one workflow again${noSite}`,
  async () => {
    play.set({ install: '15', remove: 'succeed' })
    await play.ask('one', 'kill')
    await play.click('U0BEN', 'Approve')
    await play.threadSays('"Prepare" is done')
    await play.bot.end('SIGKILL')
    await play.bot.start()
    await play.threadSays('Everything is done.')
    await nothingTwice('kill', 1)
  },
)

it.skipIf(noServer).for(['one', 'tunnel'])(
  `a restart of argo-server cuts the stream of %s, and the end is learned all the same${noServer}`,
  async (cluster) => {
    const namespace = `restart-${cluster}`
    play.set({ install: '30', remove: 'succeed' })
    await play.ask(cluster, namespace)
    await play.click('U0BEN', 'Approve')
    await play.threadSays('"Prepare" is done')
    if (argoServer !== undefined) await play.one.restart(argoServer)
    await play.threadSays('Everything is done.')
    await nothingTwice(namespace, 1)
  },
)

it.skipIf(noController)(
  `without a controller the card says so, and goes on when one is back${noController}`,
  async () => {
    if (workflowController !== undefined) await play.one.stop(workflowController)
    try {
      await play.ask('one', 'alone')
      await play.click('U0BEN', 'Approve')
      await play.cardSays('No workflow controller picks it up in this namespace.')
    } finally {
      if (workflowController !== undefined) await play.one.start(workflowController)
    }
    await play.threadSays('Everything is done.')
    await nothingTwice('alone', 1)
  },
)

it.skipIf(noSite)(
  `what the bot has no right to submit cannot be approved until it has${noSite}`,
  async () => {
    await play.one.revoke()
    try {
      await play.ask('one', 'early')
      await play.cardSays('It cannot be approved as it is')
      // Which right is missed first depends on whether a token is at hand, and the cluster was looked at before.
      expect(play.cardText()).toMatch(
        /may not (create serviceaccounts\/token|list workflows|create workflows)/,
      )
      expect(play.button('Approve')).toBeUndefined()
    } finally {
      await play.one.grantAgain()
    }
    await play.click('U0ADA', 'Check again')
    await play.click('U0BEN', 'Approve')
    await play.threadSays('Everything is done.')
    await nothingTwice('early', 1)
  },
)

it.skipIf(noSite)(
  `without its rights the bot says what it may not do, and goes on when they are back${noSite}`,
  async () => {
    await play.ask('one', 'rights')
    await play.cardSays('argo-server would take this workflow')
    await play.one.revoke()
    try {
      await play.click('U0BEN', 'Approve')
      await play.cardSays('may not create workflows')
    } finally {
      await play.one.grantAgain()
    }
    await play.threadSays('Everything is done.')
    await nothingTwice('rights', 1)
  },
)

it.skipIf(noSite)(`rights that are taken in the middle of a run do not lose its end${noSite}`, async () => {
  play.set({ install: '20', remove: 'succeed' })
  await play.ask('one', 'midway')
  await play.click('U0BEN', 'Approve')
  await play.threadSays('"Prepare" is done')
  await play.one.revoke()
  try {
    await play.ended('midway')
  } finally {
    await play.one.grantAgain()
  }
  await play.threadSays('Everything is done.')
  await nothingTwice('midway', 1)
})

it.skipIf(noSite)(
  `a workflow that somebody deletes is said to be gone, and a retry begins a new one${noSite}`,
  async () => {
    play.set({ install: '600', remove: 'succeed' })
    await play.ask('one', 'deleted')
    await play.click('U0BEN', 'Approve')
    await play.threadSays('"Prepare" is done')
    await play.deleteWorkflowOf('deleted')
    await play.threadSays('Somebody deleted the workflow in the cluster.')
    play.set({ install: 'succeed', remove: 'succeed' })
    await play.click('U0ADA', 'Retry')
    await play.threadSays('Everything is done.')
    await nothingTwice('deleted', 1)
  },
)

it.skipIf(noSite)(
  `the Secret of a run cannot be changed, and goes with its workflow also while the bot is down${noSite}`,
  async () => {
    play.set({ install: '600', remove: 'succeed' })
    await play.ask('one', 'secret')
    await play.click('U0BEN', 'Approve')
    await play.threadSays('"Prepare" is done')
    const [workflow = ''] = await play.workflowsOf('secret')
    const { namespace } = play.one.site
    expect(await play.one.find('v1', 'Secret', `${workflow}-run`, namespace)).toMatchObject({
      immutable: true,
      metadata: { ownerReferences: [{ kind: 'Workflow', name: workflow }] },
    })
    await play.bot.end('SIGKILL')
    await play.deleteWorkflowOf('secret')
    await play.secretsGone()
    await play.bot.start()
    await play.threadSays('Somebody deleted the workflow in the cluster.')
    await nothingTwice('secret', 0)
  },
)
