import { expect, it } from 'vitest'

import { createManualClock } from '../../sandbox/manual-clock.ts'
import { createDispatcher } from '../../src/argo/dispatcher.ts'
import { createWorkflows } from '../../src/argo/workflows.ts'
import { createLog } from '../../src/log.ts'
import { Play } from '../story/play.ts'

it.each([
  ['https://argo.example.com', undefined, 'https://argo.example.com/workflows/shared/run-1'],
  ['https://argo.example.com', 'u&1', 'https://argo.example.com/workflows/shared/run-1?uid=u%261'],
  ['https://example.com/argo/', 'u1', 'https://example.com/argo/workflows/shared/run-1?uid=u1'],
  [undefined, 'u1', undefined],
])('the page of a run is below the address for people: %s, with the uid %s', (uiUrl, uid, page) => {
  const endpoint = {
    url: 'https://argo-server.shared.svc:2746',
    ...(uiUrl !== undefined && { uiUrl }),
    namespace: 'shared',
    token: async () => 'TOKEN',
    dispatcher: createDispatcher({ isVerified: true }),
  }
  const workflows = createWorkflows({
    endpoints: new Map([['prod', endpoint]]),
    labelSelector: 'a=b',
    clock: createManualClock(),
    log: createLog('silent'),
    random: () => 0.5,
  })
  expect(workflows.link('prod', 'run-1', uid)).toBe(page)
  expect(workflows.link('gone', 'run-1', uid)).toBeUndefined()
})

it('the card has a button that opens the page of its run', async () => {
  const play = await Play.begin()
  try {
    await play.ask()
    await play.click('U0BEN', 'Approve')
    const { argo, kubernetes } = play.world
    await play.until('it leads to the workflow', () => {
      const [workflow] = argo.workflows.list()
      const { name = '', uid = '' } = workflow?.metadata ?? {}
      const page = `${argo.url}/workflows/${kubernetes.namespace}/${name}?uid=${uid}`
      return play.button('Open in Argo') !== undefined && JSON.stringify(play.card()).includes(page)
    })
  } finally {
    await play.end()
  }
}, 60_000)
