import type { connectClusters } from '../../clusters.ts'
import type { Config } from '../../config/read-config.ts'
import { createCredentials } from '../../credentials/credentials.ts'
import type { Key } from '../../onboarding/key.ts'
import { createSecretSources } from '../../secret-sources.ts'
import type { Check } from './check.ts'
import { type Offers, offersIn } from './offers.ts'
import { botCallMs } from './run-checks.ts'
import { secretChecks } from './secret-checks.ts'

/** A namespace of nobody: what depends on it is not there, and that is an answer too. */
const keyOf = ({ cluster, template }: Pick<Key, 'cluster' | 'template'>): Key => ({
  cluster,
  namespace: 'doctor',
  template,
})

/** Where the secrets come from is asked for what is offered. */
export const planSecrets = (
  config: Config,
  { places }: ReturnType<typeof connectClusters>,
  { offers, limitMs }: { readonly offers: Offers; readonly limitMs: number },
): readonly Check[] => {
  const sourceOf = createSecretSources(config, {
    places,
    random: Math.random,
    ...(limitMs > botCallMs && { limits: { callMs: limitMs, allMs: limitMs } }),
  })
  const credentials = createCredentials(sourceOf)
  const { secretsOf } = offers.templates
  const wanted = offersIn(offers).flatMap(({ cluster, template }) =>
    Object.entries({ ...secretsOf(template.cleanup.text), ...secretsOf(template.onboard.text) }).map(
      ([name, reference]) => ({
        cluster,
        template: template.name,
        name,
        reference,
        source: sourceOf(keyOf({ cluster, template: template.name }))?.name,
      }),
    ),
  )
  return secretChecks(wanted, async (one) => {
    await credentials.fetch(keyOf(one), { [one.name]: one.reference })
  })
}
