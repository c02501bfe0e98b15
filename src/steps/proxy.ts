/** The names under which the proxy is in a namespace: derived, so that a step that runs again finds them. */
export const proxyRelease = (namespace: string): { name: string; namespace: string } => ({
  name: 'service-broker-proxy',
  namespace,
})

/** The Secret with the credentials of the platform. */
export const platformSecret = 'service-manager-platform'

/** A platform's name is unique in its region: the id of the onboarding makes it so. */
export const platformName = (cluster: string, onboardingId: string): string =>
  `${cluster}-${onboardingId.slice(0, 12)}`
