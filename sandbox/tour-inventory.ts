import { onboardingId } from '../src/runner/naming.ts'
import type { Inventory } from './world.ts'

/** What there is when nothing is onboarded any more. */
export const nothing: Inventory = {
  subaccounts: [],
  platforms: [],
  releases: [],
  platformSecrets: [],
  runSecrets: [],
  // Helm makes the namespace of the operator, which the whole cluster shares, and never deletes it.
  namespaces: ['sap-btp-operator'],
}

/** What one onboarding of `sap-btp` makes. */
export const everything: Inventory = {
  ...nothing,
  subaccounts: ['shop-prod'],
  platforms: [
    `operator-access-${onboardingId('sandbox', { cluster: 'prod-eu', namespace: 'shop', template: 'sap-btp' }).slice(0, 12)}`,
  ],
  releases: ['sap-btp-operator/sh.helm.release.v1.sap-btp-operator.v1'],
  platformSecrets: ['sap-btp-operator/shop-sap-btp-service-operator'],
}

/** What is not as it should be, kind by kind. */
export const differences = (is: Inventory, expected: Inventory): readonly string[] => {
  const kinds = [
    'subaccounts',
    'platforms',
    'releases',
    'platformSecrets',
    'runSecrets',
    'namespaces',
  ] as const
  return kinds.flatMap((kind) => {
    const [found, wanted] = [JSON.stringify(is[kind]), JSON.stringify(expected[kind])]
    return found === wanted ? [] : [`${kind}: there is ${found}, and there should be ${wanted}`]
  })
}
