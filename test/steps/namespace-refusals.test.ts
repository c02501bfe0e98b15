import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { NamespaceWorld, onboardingId } from './namespace-world.ts'
import { expectFittingOffer } from './offered.ts'

// Every run is a process of its own.
vi.setConfig({ testTimeout: 120_000 })

let world: NamespaceWorld

beforeEach(async () => {
  world = await NamespaceWorld.start()
})
afterEach(async () => {
  await world.stop()
})

const api = '/api/v1/namespaces'
const owner = { labels: { 'onboard-bot.dev/onboarding-id': onboardingId } }

const put = (
  resource: string,
  name: string,
  body: Record<string, unknown> = {},
  namespace = 'checkout',
): void => {
  const key = { resource, namespace: resource === 'namespaces' ? '' : namespace, name }
  world.kubernetes.objects.create(key, { kind: 'Any', apiVersion: 'v1', ...body }, 'test')
}
const own = (): void => put('namespaces', 'checkout', { metadata: owner, status: { phase: 'Active' } })
const refuse = (request: string, status: number, message: string, times = 9): void => {
  world.kubernetes.faults.answers.push({ request, status, message, times, retryAfterS: 0.01 })
}

interface Row {
  readonly step: string
  readonly more?: Record<string, string>
  readonly given: () => void
  readonly code: number
  readonly says: string
}

const nothing = (): void => undefined
const revoke = (): void => {
  world.kubernetes.rules.set(world.kubernetes.identity('onboard-namespaces'), [])
}
const revokeBind = (): void => {
  const identity = world.kubernetes.identity('onboard-namespaces')
  const rules = world.kubernetes.rules.get(identity) ?? []
  world.kubernetes.rules.set(
    identity,
    rules.filter(({ verbs }) => !verbs.includes('bind')),
  )
}

const rows: Readonly<Record<string, Row>> = {
  'a foreign namespace is not adopted': {
    step: 'create-namespace',
    given: () => put('namespaces', 'checkout'),
    code: 7,
    says: 'The namespace "checkout" is there and this onboarding did not make it, so it is left alone. Ask for another name; or hand it over and retry: kubectl label namespace checkout onboard-bot.dev/onboarding-id=0123456789abcdef0123456789abcdef (a clean-up then deletes it).',
  },
  'a namespace of another onboarding is not adopted': {
    step: 'create-namespace',
    given: () =>
      put('namespaces', 'checkout', { metadata: { labels: { 'onboard-bot.dev/onboarding-id': 'other' } } }),
    code: 7,
    says: 'this onboarding did not make it',
  },
  'a namespace of Kubernetes itself is refused': {
    step: 'create-namespace',
    more: { NAMESPACE: 'kube-public' },
    given: nothing,
    code: 7,
    says: '"kube-public" is a namespace of Kubernetes itself. Choose another name: clean up, then ask again.',
  },
  'a namespace that Kubernetes would not take is bad input': {
    step: 'create-namespace',
    more: { NAMESPACE: 'Check out' },
    given: nothing,
    code: 2,
    says: "The step's environment is wrong: NAMESPACE must be lower-case letters, digits and dashes, with no dash at either end. Correct it where it comes from, the request or the template; then clean up and ask again.",
  },
  'a kubeconfig that cannot be read is named': {
    step: 'create-namespace',
    more: { KUBECONFIG: '/nowhere' },
    given: nothing,
    code: 2,
    says: 'The kubeconfig that KUBECONFIG names cannot be read. Mend it, or leave it out in the template, where the ServiceAccount of the pod will do; then clean up and ask again.',
  },
  'rights that are missing are named by Kubernetes, with where they are': {
    step: 'create-namespace',
    given: revoke,
    code: 3,
    says: `The workflow's ServiceAccount may not get Namespace "checkout": namespaces "checkout" is forbidden: User "system:serviceaccount:shared:onboard-namespaces" cannot get resource "namespaces" in API group "" in the namespace "checkout". Give it the rights of deploy/target-cluster/namespace-template.yaml, then retry.`,
  },
  'a token that is not taken is no matter of rights': {
    step: 'create-namespace',
    given: () => refuse(`GET ${api}`, 401, 'Unauthorized'),
    code: 3,
    says: "The Kubernetes API does not accept the token of the workflow's ServiceAccount. Check that the ServiceAccount is still there, then retry.",
  },
  'an API server that stays down is tried again and then named': {
    step: 'create-namespace',
    given: () => refuse(`GET ${api}`, 503, 'etcdserver: request timed out'),
    code: 5,
    says: 'The Kubernetes API is not available (it answers HTTP 503, and asks to come again in 1 second). Retry later.',
  },
  'a quota with a wrong amount is bad input before anything is asked': {
    step: 'apply-limits',
    more: { MEMORY: '8 gigabytes', CPU: '0' },
    given: own,
    code: 2,
    says: "The step's environment is wrong: CPU must be cores such as 4, or 500m; MEMORY must be an amount such as 512Mi or 8Gi. Correct it where it comes from, the request or the template; then clean up and ask again.",
  },
  'what Kubernetes finds wrong with a value is told in its words': {
    step: 'apply-limits',
    given: () => {
      own()
      refuse(`PATCH ${api}/checkout/limitranges`, 422, 'LimitRange "onboarding" is invalid: spec.limits[0]')
    },
    code: 2,
    says: 'Kubernetes refuses to apply LimitRange "onboarding": LimitRange "onboarding" is invalid: spec.limits[0]. Clean up, then ask again with other values.',
  },
  'an admission webhook that denies is no matter of rights': {
    step: 'apply-limits',
    given: () => {
      own()
      refuse(
        `PATCH ${api}/checkout/resourcequotas`,
        403,
        'admission webhook "policy.example.com" denied the request: quota above 4Gi',
      )
    },
    code: 2,
    says: 'Kubernetes refuses to apply ResourceQuota "onboarding": admission webhook "policy.example.com" denied the request: quota above 4Gi. Clean up, then ask again with other values; or have the policy changed, then retry.',
  },
  'a namespace that went meanwhile is a conflict': {
    step: 'apply-limits',
    given: nothing,
    code: 4,
    says: 'The namespace "checkout" is gone. Clean up, then ask again.',
  },
  'a namespace whose deletion begins meanwhile takes nothing': {
    step: 'apply-limits',
    given: () => {
      own()
      const said =
        'limitranges "onboarding" is forbidden: unable to create new content in namespace checkout because it is being terminated'
      refuse(`PATCH ${api}/checkout/limitranges`, 403, said)
    },
    code: 4,
    says: 'because it is being terminated. Wait until it is gone, then retry.',
  },
  'a quota that is used up is no matter of rights': {
    step: 'apply-limits',
    given: () => {
      own()
      const said =
        'limitranges "onboarding" is forbidden: exceeded quota: count, requested: 1, used: 9, limited: 9'
      refuse(`PATCH ${api}/checkout/limitranges`, 403, said)
    },
    code: 4,
    says: 'exceeded quota: count, requested: 1, used: 9, limited: 9. Free some of the quota or raise it, then retry.',
  },
  'an answer that is no namespace is nothing to go on with': {
    step: 'create-namespace',
    given: () => refuse(`GET ${api}`, 200, 'no namespace'),
    code: 5,
    says: 'The Kubernetes API answers otherwise than it promises. Retry later.',
  },
  'a namespace that is being deleted takes nothing': {
    step: 'apply-network-policy',
    given: () => put('namespaces', 'checkout', { metadata: owner, status: { phase: 'Terminating' } }),
    code: 4,
    says: 'The namespace "checkout" is being deleted. Clean up, then ask again.',
  },
  'a network policy of somebody else is left as it is': {
    step: 'apply-network-policy',
    given: () => {
      own()
      put('networkpolicies', 'onboarding')
    },
    code: 7,
    says: 'There is a NetworkPolicy "onboarding" in "checkout" that this onboarding did not make. Rename or delete it, then retry.',
  },
  'a group of Kubernetes itself gets no role': {
    step: 'bind-roles',
    more: { VIEWERS: 'system:authenticated' },
    given: own,
    code: 7,
    says: '"system:authenticated" is a group of Kubernetes itself and gets no role here. Clean up, then ask again with a group of your own.',
  },
  'a name that is none is bad input': {
    step: 'bind-roles',
    more: { EDITORS: 'team a' },
    given: own,
    code: 2,
    says: '"team a" is no name of a group. Clean up, then ask again with another.',
  },
  'a role that may not be given on is a matter of rights': {
    step: 'bind-roles',
    given: () => {
      own()
      revokeBind()
    },
    code: 3,
    says: `The workflow's ServiceAccount may not give this role to others. Give it the verb "bind" on the ClusterRoles edit and view, then retry.`,
  },
  'a namespace in use is not cleaned up': {
    step: 'check-unused',
    given: () => {
      own()
      put('deployments', 'web')
      put('pods', 'done', { status: { phase: 'Succeeded' } })
      put('pods', 'web-1', {
        metadata: { ownerReferences: [{ kind: 'ReplicaSet', controller: true, uid: '1' }] },
      })
      put('persistentvolumeclaims', 'data')
    },
    code: 7,
    says: 'The namespace "checkout" is still in use: Deployment web, PersistentVolumeClaim data. Remove them, then clean up again.',
  },
  'of many things in use ten are named and the rest is counted': {
    step: 'delete-namespace',
    given: () => {
      own()
      for (let index = 0; index < 13; index += 1) put('pods', `pod-${index}`)
    },
    code: 7,
    says: 'Pod pod-8, Pod pod-9 and 3 more. Remove them, then clean up again.',
  },
  'a namespace that lost its label is not deleted': {
    step: 'delete-namespace',
    more: { NAMESPACE_UID: 'theirs' },
    given: () => {
      put('namespaces', 'checkout')
      const [found] = world.kubernetes.objects.list('namespaces', '').slice(-1)
      Object.assign(found?.metadata ?? {}, { uid: 'theirs' })
    },
    code: 7,
    says: 'The namespace "checkout" was made by this onboarding and has lost its label, so somebody may have taken it over. Put the label onboard-bot.dev/onboarding-id=0123456789abcdef0123456789abcdef back, or delete the namespace by hand; then clean up again.',
  },
  'a namespace that does not go says what it waits for': {
    step: 'delete-namespace',
    more: { READY_WITHIN_MS: '400' },
    given: () => {
      own()
      world.kubernetes.stuckNamespaces.add('checkout')
    },
    code: 6,
    says: 'The namespace "checkout" is still being deleted. Kubernetes says: Some content in the namespace has finalizers remaining: example.com/finalizer in 1 resource instances. Clean up again later.',
  },
}

describe('a step that cannot go on ends with the code of its class and one sentence, whose cure is offered first', () => {
  it.each(Object.entries(rows))('%s', async (_name, { step, more = {}, given, code, says }) => {
    given()
    const ended = await world.run(step, more)
    expect(ended.message).toContain(says)
    expect(ended.code).toBe(code)
    expectFittingOffer(step, ended)
    expect(ended.log).toContain(JSON.stringify(ended.message).slice(1, -1))
  })

  it('a foreign namespace is nothing to clean up', async () => {
    put('namespaces', 'checkout')
    const ended = await world.run('delete-namespace')
    expect([ended.code, ended.outputs['remaining']]).toEqual([0, '[]'])
    expect(world.objects()).toHaveLength(1)
  })

  it('what runs is deleted with the namespace where the onboarding says so', async () => {
    own()
    put('deployments', 'web')
    expect((await world.run('delete-namespace', { ON_WORKLOADS: 'delete' })).code).toBe(0)
    expect(world.objects()).toEqual([])
  })

  it('what passes is tried again, and an answer that was lost is settled by looking', async () => {
    refuse(`POST ${api}`, 429, 'too many requests', 2)
    world.kubernetes.faults.lostAnswers.push(`POST ${api}`)
    expect((await world.run('create-namespace')).code).toBe(0)
    expect(world.objects()).toHaveLength(1)
  })

  it('SIGTERM ends a step at once that gets no answer', async () => {
    world.kubernetes.faults.isHanging = true
    const ended = await world.run('create-namespace', { killAfter: 1, signal: 'SIGTERM' })
    expect([ended.code, ended.message, ended.requests]).toEqual([
      6,
      'The step was told to end before it was done. Retry to go on from here.',
      1,
    ])
  })

  it('SIGTERM ends a step at once that waits', async () => {
    own()
    world.kubernetes.stuckNamespaces.add('checkout')
    const ended = await world.run('delete-namespace', { killAfter: 12, signal: 'SIGTERM' })
    expect([ended.code, ended.message]).toEqual([
      6,
      'The step was told to end before it was done. Clean up again to go on from here.',
    ])
  })
})
