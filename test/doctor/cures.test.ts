import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, describe, expect, it } from 'vitest'

import { isAllowed } from '../../sandbox/kubernetes/identities.ts'
import { startWorld, type World } from '../../sandbox/world.ts'
import {
  fileOfSteps,
  grant,
  type GrantFile,
  grantFiles,
  makeServiceAccount,
} from '../../src/cli/doctor/grants.ts'
import {
  argoRights,
  doctorRights,
  executorRights,
  kubernetesRights,
  portForwardRights,
  type Right,
} from '../../src/kubernetes/rights.ts'
import { cureSandbox, rulesAfter } from './cures.ts'
import { clusterIn, diagnose, reconfigure } from './diagnose.ts'

const { bot, doctor, portForward, steps, namespaces } = grantFiles
const tables: readonly { readonly file: GrantFile; readonly rights: readonly Right[] }[] = [
  { file: bot, rights: argoRights },
  { file: bot, rights: kubernetesRights('onboard-bot') },
  { file: bot, rights: kubernetesRights('other-bot') },
  { file: portForward, rights: portForwardRights('argo-server') },
  { file: portForward, rights: portForwardRights('argo-workflows-server') },
  { file: doctor, rights: doctorRights },
  { file: steps, rights: executorRights },
  { file: namespaces, rights: executorRights },
]

const users = (file: GrantFile): readonly string[] => [
  `system:serviceaccount:team-a:${file.serviceAccount}`,
  'system:serviceaccount:team-a:other-bot',
  `system:serviceaccount:ci:${file.serviceAccount}`,
  'jane doe',
]

const rows = tables.flatMap(({ file, rights }) =>
  rights.flatMap((right) => users(file).map((user) => ({ file, right, user, resource: right.resource }))),
)

it.for(rows)('what cures the lack of $resource by $user gives it to them', ({ file, right, user }) => {
  const cure = grant({ user, namespace: 'team-a', right, file })
  const given = rulesAfter(cure).filter((one) => one.user === user)
  const [resource = '', subresource] = right.resource.split('/')
  const lacking = right.verbs.filter(
    (verb) =>
      !isAllowed(given, {
        verb,
        group: right.group,
        resource,
        subresource,
        namespace: 'team-a',
        name: right.name,
      }),
  )
  expect(lacking).toEqual([])
})

it('the file that holds a right is named to whom it is for, and a role of its own to all others', () => {
  const [right] = argoRights
  if (right === undefined) throw new Error('there is no right')
  const cure = (user: string): string => grant({ user, namespace: 'team-a', right, file: bot })
  expect(cure('system:serviceaccount:team-a:onboard-bot')).toBe(
    'kubectl apply -n team-a -f deploy/target-cluster/bot.yaml',
  )
  expect(cure('jane')).toBe(
    [
      'kubectl -n team-a create role onboard-bot-workflows --verb=create,get,list,watch,update,patch --resource=workflows.argoproj.io --dry-run=client -o yaml | kubectl apply -f -',
      'kubectl -n team-a create rolebinding onboard-bot-workflows-user --role=onboard-bot-workflows --user=jane --dry-run=client -o yaml | kubectl apply -f -',
    ].join('\n'),
  )
})

it.for(rows.filter(({ user }) => user === 'jane doe'))(
  'nothing gives $resource to whoever comes without credentials',
  ({ file, right }) => {
    for (const user of ['system:anonymous', 'system:unauthenticated'])
      expect(grant({ user, namespace: 'team-a', right, file })).toBe(
        'give the user credentials: a token, a client certificate, or a program that signs in',
      )
  },
)

it.for(['shared', 'team-a'])('a ServiceAccount that a file of %s makes has its rights there', (namespace) => {
  for (const name of ['onboard-namespaces', 'onboard-steps']) {
    const user = `system:serviceaccount:${namespace}:${name}`
    const given = rulesAfter(makeServiceAccount(fileOfSteps(name), namespace, name))
    expect(new Set(given.map((one) => one.user))).toEqual(new Set([user]))
    const access = { verb: 'create', group: 'argoproj.io', resource: 'workflowtaskresults', namespace }
    expect(isAllowed(given, access)).toBe(true)
  }
})

describe('whoever does what doctor says, round after round, has a cluster that nothing is wrong with', () => {
  let world: World
  afterEach(() => world.close())

  /** The area of one cluster; how often it took to come to nothing. */
  const rounds = async (): Promise<number> => {
    for (let round = 0; round < 6; round += 1) {
      const { lines } = await diagnose(world)
      const cures = lines
        .filter(
          ({ id, outcome, says }) =>
            id.startsWith('cluster/') && outcome !== 'ok' && !says.includes('NOT ENCRYPTED'),
        )
        .flatMap(({ cure }) => cure ?? [])
      if (cures.length === 0) {
        expect(lines.filter(({ outcome }) => outcome === 'wrong' || outcome === 'skipped')).toEqual([])
        return round
      }
      for (const cure of new Set(cures)) cureSandbox(world.kubernetes, cure)
    }
    throw new Error('the cures do not cure')
  }

  const empty = (): void => {
    const { objects, rules } = world.kubernetes
    for (const name of ['onboard-bot', 'onboard-steps', 'onboard-namespaces']) {
      objects.remove({ resource: 'serviceaccounts', namespace: 'shared', name })
      rules.delete(world.kubernetes.identity(name))
    }
    reconfigure(world, (configuration) => {
      delete configuration.clusters['dev-eu']
    })
  }

  it('as deploy/target-cluster has it', async () => {
    world = await startWorld({ way: 'port-forward' })
    empty()
    expect(await rounds()).toBeLessThanOrEqual(3)
  })

  it('with ServiceAccounts of other names, in other namespaces', async () => {
    world = await startWorld({ way: 'port-forward' })
    empty()
    const kubeconfig = join(world.folder, 'ci-kubeconfig')
    writeFileSync(kubeconfig, world.kubernetes.kubeconfig('system:serviceaccount:ci:deployer'))
    reconfigure(world, (configuration) => {
      const cluster = clusterIn(configuration)
      cluster.kubernetes.kubeconfig = kubeconfig
      cluster.argo.serviceAccount = 'other-bot'
    })
    expect(await rounds()).toBeLessThanOrEqual(5)
  })
})
