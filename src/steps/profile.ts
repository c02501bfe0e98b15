import { z } from 'zod'

import { dnsLabel, ownerEnvironment } from './environment.ts'
import type { Release } from './helm.ts'

/** How a namespace is connected with the Service Manager, and where the operator that all namespaces share is. */
export const profileEnvironment = ownerEnvironment.extend({
  PROFILE: z.enum(['sap-btp-operator', 'service-broker-proxy']).default('sap-btp-operator'),
  OPERATOR_NAMESPACE: dnsLabel.default('sap-btp-operator'),
  /** The cluster to work on, where that is not the one that the step runs in. */
  TARGET_KUBECONFIG: z.string().default(''),
})
export type ProfileEnvironment = z.infer<typeof profileEnvironment>

/** The Secret of a connection: what connects the namespace, where it is, and whose it is. */
export interface Connection {
  readonly name: string
  readonly namespace: string
  readonly onboardingId: string
  /** Whether it lies in the operator's namespace, which all onboardings of the cluster share. */
  readonly isShared: boolean
}

/** The end of the names by which the operator finds the credentials of a namespace. */
export const mappingSuffix = '-sap-btp-service-operator'

/**
 * The Secret with the credentials: for the operator it lies in the operator's own namespace under the name that the
 * operator looks for, so that those who work in the namespace cannot read it.
 */
export const connectionOf = (environment: ProfileEnvironment): Connection => {
  const { PROFILE, NAMESPACE, OPERATOR_NAMESPACE, ONBOARDING_ID: onboardingId } = environment
  return PROFILE === 'sap-btp-operator'
    ? { name: `${NAMESPACE}${mappingSuffix}`, namespace: OPERATOR_NAMESPACE, onboardingId, isShared: true }
    : { name: 'service-manager-platform', namespace: NAMESPACE, onboardingId, isShared: false }
}

/** The release: one in each namespace for the proxy, one in the cluster for the operator. */
export const releaseOf = ({ PROFILE, NAMESPACE, OPERATOR_NAMESPACE }: ProfileEnvironment): Release =>
  PROFILE === 'sap-btp-operator'
    ? { name: 'sap-btp-operator', namespace: OPERATOR_NAMESPACE }
    : { name: 'service-broker-proxy', namespace: NAMESPACE }

/** A platform's name is unique in its region: the id of the onboarding makes it so. */
export const platformName = (cluster: string, onboardingId: string): string =>
  `${cluster}-${onboardingId.slice(0, 12)}`
