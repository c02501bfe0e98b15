import { afterAll, beforeAll, expect, it } from 'vitest'

import { startBtp } from '../../sandbox/btp/server.ts'
import { systemClock } from '../../src/clock.ts'
import { ClusterPlay } from './cluster-play.ts'
import { site, without } from './site.ts'

const { stepsImage, chart } = site ?? {}
const noImage = without({ stepsImage })
const noChart = without({ stepsImage, chart })

let play: ClusterPlay | undefined

beforeAll(async () => {
  if (site !== undefined && noImage === '') play = await ClusterPlay.begin(site)
}, 120_000)
afterAll(async () => {
  await play?.end()
}, 300_000)

it.skipIf(noImage)(
  `the template "namespace" makes a namespace with its limits and roles, and its clean-up leaves nothing${noImage}`,
  async ({ skip }) => {
    if (play === undefined) return skip()
    const { one } = play
    const name = one.named('onboarded')
    one.removeAtTheEnd({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    await play.ask('shipped', name, 'cpu=2 editors=team-shop')
    await play.click('U0BEN', 'Approve')
    await play.threadSays('Everything is done.')
    expect(await one.find('v1', 'ResourceQuota', 'onboarding', name)).toMatchObject({
      spec: { hard: { 'requests.cpu': '2' } },
    })
    const roles = await one.find('rbac.authorization.k8s.io/v1', 'RoleBinding', 'onboarding-edit', name)
    expect(roles).toMatchObject({ subjects: [{ kind: 'Group', name: 'team-shop' }] })
    await play.click('U0BEN', 'Clean up')
    await play.threadSays('Cleaned up: nothing is left.')
    expect(await one.find('v1', 'Namespace', name)).toBeUndefined()
    return undefined
  },
)

it.skipIf(noChart)(
  `the template "sap-btp" connects a namespace by a real helm, and its clean-up leaves nothing${noChart}`,
  async ({ skip }) => {
    if (play === undefined) return skip()
    const { one } = play
    const name = one.named('connected')
    const btp = await startBtp({ clock: systemClock })
    try {
      play.keepSecret('btp/cis', btp.serviceKey())
      await one.make({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      await play.ask(
        'shipped',
        `${name} sap-btp`,
        `display-name=Shop subdomain=${name} profile=service-broker-proxy`,
      )
      await play.click('U0BEN', 'Approve')
      await play.threadSays('Everything is done.')
      expect(btp.accounts.all().map(({ subdomain }) => subdomain)).toEqual([name])
      const releases = await one.secretsIn(name, 'owner=helm')
      expect(releases).toEqual(['sh.helm.release.v1.service-broker-proxy.v1'])
      await play.click('U0BEN', 'Clean up')
      await play.threadSays('Cleaned up: nothing is left.')
      expect(btp.accounts.all()).toEqual([])
      expect(await one.secretsIn(name, 'owner=helm')).toEqual([])
      return undefined
    } finally {
      await btp.close()
    }
  },
)
