import type { YamlPath } from '../templates/yaml-source.ts'
import { clustersIn, offersIn, type RightParts } from './right-parts.ts'

interface About {
  /** The secrets that the steps of a template need, by its name. */
  readonly secretsOf: (template: string) => readonly string[]
  readonly placeOf: (path: YamlPath) => string
}

/** The templates that are offered where nothing says where the secrets that they need come from. */
export const credentialMistakes = (
  file: Pick<RightParts, 'credentials' | 'clusters'>,
  { secretsOf, placeOf }: About,
): readonly string[] =>
  clustersIn(file).flatMap(([name, cluster]) =>
    offersIn(cluster).flatMap(([template, offer]) => {
      if ((offer.credentials ?? cluster.credentials ?? file.credentials) !== undefined) return []
      const secrets = secretsOf(template)
      if (secrets.length === 0) return []
      const place = placeOf(['clusters', name, 'templates', template])
      const what = `its steps need secrets (${secrets.join(', ')}), and nothing says where they come from`
      return [`${place}: ${what}; give "credentials" here, at the cluster or at the top`]
    }),
  )
