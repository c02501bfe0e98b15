import { z } from 'zod'

import { ClusterSecrets } from './cluster-secrets.ts'
import { readEnvironment } from './environment.ts'
import { installRelease } from './helm.ts'
import { platformSecret, proxyRelease } from './proxy.ts'
import { StepError } from './step-error.ts'
import type { Step } from './step.ts'

const environmentSchema = z.object({
  ONBOARDING_ID: z.string().min(1),
  NAMESPACE: z.string().min(1),
  PROXY_CHART: z.string().min(1),
  PROXY_VERSION: z.string().default(''),
})

/** Installs the proxy that connects the namespace with the Service Manager, and waits until it is ready. */
export const installProxy: Step = async (context) => {
  const { ONBOARDING_ID, NAMESPACE, PROXY_CHART, PROXY_VERSION } = readEnvironment(environmentSchema, context)
  const secrets = await ClusterSecrets.open({ namespace: NAMESPACE, onboardingId: ONBOARDING_ID })
  const credentials = await secrets.read(platformSecret)
  if (credentials === undefined) {
    throw new StepError(
      'conflict',
      `The Secret "${platformSecret}" with the platform's credentials is gone. Clean up, then ask again.`,
    )
  }
  const { url = '', username = '', password = '' } = credentials
  const release = proxyRelease(NAMESPACE)
  const values = { config: { sm: { url } }, sm: { user: username, password } }
  await installRelease({ ...release, chart: PROXY_CHART, version: PROXY_VERSION, values }, context.signal)
  context.output('release', release.name)
  context.log('installed', { release: release.name })
}
